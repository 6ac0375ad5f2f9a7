/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The VGA text screen. Register values of mode 3 as in the IBM VGA technical reference's table of
 * mode parameters (80 x 25, 9 x 16 character cell, 28.322 MHz dot clock).
 */
#include "vga.h"

#include "io.h"

#include <stddef.h>

enum {
	COLUMNS = 80,
	ROWS = 25,
	GREY_ON_BLACK = 0x0700,
	ATTRIBUTE_PORT = 0x3c0,
	MISC_WRITE_PORT = 0x3c2,
	SEQUENCER_PORT = 0x3c4,
	GRAPHICS_PORT = 0x3ce,
	CRTC_PORT = 0x3d4,
	STATUS_PORT = 0x3da,
	MISC_MODE_3 = 0x67,
};

static const uint8_t sequencer_mode_3[] = {0x03, 0x00, 0x03, 0x00, 0x02};

static const uint8_t crtc_mode_3[] = {0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f,
	0x0d, 0x0e, 0x00, 0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff};

static const uint8_t graphics_mode_3[] = {0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x00, 0xff};

static const uint8_t attribute_mode_3[] = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38,
	0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x0c, 0x00, 0x0f, 0x08, 0x00};

static struct {
	unsigned int row, column;
} cursor;

static volatile uint16_t *screen(void)
{
	uintptr_t address = 0xb8000;

	/* Hide the constant: compilers take low addresses for null pointers with an offset. */
	__asm__("" : "+r"(address));
	return (volatile uint16_t *)address;
}

static void write_indexed(uint16_t port, const uint8_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		out8(port, (uint8_t)i);
		out8(port + 1, values[i]);
	}
}

void vga_set_text_mode(void)
{
	out8(MISC_WRITE_PORT, MISC_MODE_3);
	write_indexed(SEQUENCER_PORT, sequencer_mode_3, sizeof(sequencer_mode_3));
	/* Registers 0 to 7 are write-protected by bit 7 of register 17. */
	out8(CRTC_PORT, 17);
	out8(CRTC_PORT + 1, 0x0e);
	write_indexed(CRTC_PORT, crtc_mode_3, sizeof(crtc_mode_3));
	write_indexed(GRAPHICS_PORT, graphics_mode_3, sizeof(graphics_mode_3));
	/* Reading the status resets the flip-flop between the attribute port's index and data. */
	in8(STATUS_PORT);
	for (size_t i = 0; i < sizeof(attribute_mode_3); i++) {
		out8(ATTRIBUTE_PORT, (uint8_t)i);
		out8(ATTRIBUTE_PORT, attribute_mode_3[i]);
	}
	out8(ATTRIBUTE_PORT, 0x20); /* the palette belongs to the display again */
}

void vga_clear(void)
{
	for (size_t i = 0; i < COLUMNS * ROWS; i++)
		screen()[i] = GREY_ON_BLACK | ' ';
	cursor.row = 0;
	cursor.column = 0;
}

static void scroll(void)
{
	for (size_t i = 0; i < COLUMNS * (ROWS - 1); i++)
		screen()[i] = screen()[i + COLUMNS];
	for (size_t i = COLUMNS * (ROWS - 1); i < COLUMNS * ROWS; i++)
		screen()[i] = GREY_ON_BLACK | ' ';
	cursor.row = ROWS - 1;
}

void vga_put(char character)
{
	if (character == '\r') {
		cursor.column = 0;
		return;
	}
	if (character == '\n' || cursor.column == COLUMNS) {
		cursor.row++;
		cursor.column = 0;
	}
	if (cursor.row >= ROWS)
		scroll();
	if (character != '\n')
		screen()[cursor.row * COLUMNS + cursor.column++] =
			GREY_ON_BLACK | (uint8_t)character;
}
