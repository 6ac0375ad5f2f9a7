/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BATON_PURGATORY_X86_IO_H
#define BATON_PURGATORY_X86_IO_H

#include <stdint.h>

static inline void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

/** About a microsecond: a write to the POST diagnostic port goes out on the slow bus. */
static inline void delay_microsecond(void)
{
	out8(0x80, 0);
}

static inline void delay_microseconds(uint32_t count)
{
	while (count--)
		delay_microsecond();
}

#endif
