/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reset the machine by every way there is, in the order of how complete they are. The last one,
 * a triple fault, cannot be refused.
 */
#include "io.h"
#include "purgatory.h"

enum { SETTLE_MICROSECONDS = 50000 };

/* ACPI 6.5, 4.8.3.6: write RESET_VALUE to RESET_REG. */
static void reset_by_acpi(const struct purgatory_params *params)
{
	if (params->reset_space == PURGATORY_RESET_IO)
		out8((uint16_t)params->reset_address, (uint8_t)params->reset_value);
	/* A register in memory need not be mapped here; without an IDT a fault on it resets too. */
	if (params->reset_space == PURGATORY_RESET_MEMORY)
		*(volatile uint8_t *)(uintptr_t)params->reset_address =
			(uint8_t)params->reset_value;
}

/* Reset Control Register of PCI chipsets since the PIIX3: full reset (bit 1), then go (bit 2). */
static void reset_by_pci(void)
{
	uint8_t control = in8(0xcf9) & (uint8_t)~6;

	out8(0xcf9, control | 2);
	delay_microseconds(50);
	out8(0xcf9, control | 6);
}

/* Keyboard controller command 0xfe pulses the reset line; wait, bounded, for its input buffer. */
static void reset_by_keyboard_controller(void)
{
	for (int i = 0; i < 10000 && (in8(0x64) & 2); i++)
		delay_microsecond();
	out8(0x64, 0xfe);
}

static _Noreturn void reset_by_triple_fault(void)
{
	static const struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) no_interrupts = {0, 0};

	for (;;)
		__asm__ volatile("lidt %0\n\tint3" : : "m"(no_interrupts));
}

_Noreturn void machine_reset(const struct purgatory_params *params)
{
	reset_by_acpi(params);
	delay_microseconds(SETTLE_MICROSECONDS);
	reset_by_pci();
	delay_microseconds(SETTLE_MICROSECONDS);
	reset_by_keyboard_controller();
	delay_microseconds(SETTLE_MICROSECONDS);
	reset_by_triple_fault();
}

uint64_t counter_read(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}
