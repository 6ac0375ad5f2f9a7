/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text out of purgatory: a 16550 serial port, the VGA text screen, or neither. */
#include "io.h"
#include "purgatory.h"
#include "vga.h"

/* 16550 registers by offset, and their bits (PC16550D data sheet, section 8). */
enum {
	UART_DATA = 0,
	UART_DIVISOR_LOW = 0,
	UART_DIVISOR_HIGH = 1,
	UART_INTERRUPTS = 1,
	UART_LINE_CONTROL = 3,
	UART_MODEM_CONTROL = 4,
	UART_LINE_STATUS = 5,
	LINE_8N1 = 0x03,
	LINE_DIVISOR_LATCH = 0x80,
	MODEM_DTR_RTS = 0x03,
	STATUS_HOLDING_EMPTY = 0x20,
	STATUS_ALL_SENT = 0x40,
	UART_CLOCK_BAUD = 115200,
	/* A character takes 33 ms at 300 baud; an absent port must not hold us up for long. */
	UART_WAIT_MICROSECONDS = 50000,
};

static struct {
	uint32_t outputs;
	uint16_t port;
	uint8_t port_is_dead;
} console;

static void serial_wait(uint8_t status)
{
	if (console.port_is_dead)
		return;
	for (uint32_t i = 0; i < UART_WAIT_MICROSECONDS; i++) {
		if (in8(console.port + UART_LINE_STATUS) & status)
			return;
		delay_microsecond();
	}
	console.port_is_dead = 1;
}

static void serial_init(const struct purgatory_params *params)
{
	console.port = (uint16_t)params->serial_port;
	out8(console.port + UART_INTERRUPTS, 0);
	if (params->serial_baud && params->serial_baud <= UART_CLOCK_BAUD) {
		uint32_t divisor = UART_CLOCK_BAUD / params->serial_baud;

		out8(console.port + UART_LINE_CONTROL, LINE_DIVISOR_LATCH | LINE_8N1);
		out8(console.port + UART_DIVISOR_LOW, (uint8_t)divisor);
		out8(console.port + UART_DIVISOR_HIGH, (uint8_t)(divisor >> 8));
	}
	out8(console.port + UART_LINE_CONTROL, LINE_8N1);
	out8(console.port + UART_MODEM_CONTROL, MODEM_DTR_RTS);
}

void console_init(const struct purgatory_params *params)
{
	console.outputs = params->console;
	if (console.outputs & PURGATORY_CONSOLE_SERIAL)
		serial_init(params);
	if (console.outputs & PURGATORY_RESET_VGA)
		vga_set_text_mode();
	if (console.outputs & PURGATORY_CONSOLE_VGA)
		vga_clear();
}

void console_write(const char *text)
{
	for (; *text; text++) {
		if (console.outputs & PURGATORY_CONSOLE_SERIAL && !console.port_is_dead) {
			serial_wait(STATUS_HOLDING_EMPTY);
			out8(console.port + UART_DATA, (uint8_t)*text);
		}
		if (console.outputs & PURGATORY_CONSOLE_VGA)
			vga_put(*text);
	}
}

void console_finish(void)
{
	if (console.outputs & PURGATORY_CONSOLE_SERIAL)
		serial_wait(STATUS_ALL_SENT);
	/* Somebody may be reading the screen: five seconds, counted by slow bus cycles. */
	if (console.outputs & PURGATORY_CONSOLE_VGA)
		delay_microseconds(5000000);
}
