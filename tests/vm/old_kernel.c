/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stand-in for a kernel of boot protocol 2.06, not relocatable: tells on the first serial port
 * how it was entered and what it was given, and ends. Linked at 0x100000; the test puts the setup
 * code in front.
 */
#include <stdint.h>

/* What the 32-bit boot protocol promises (Documentation/arch/x86/boot.rst), as it was found. */
struct entry_state {
	uint32_t eip, esi, ebx, ebp, edi, cr0, cr4, cs, ds, eflags;
};

/* Its first instruction is the file's first byte. */
__asm__(".section .head, \"ax\"\n"
	".globl start\n"
	"start:\n"
	"	cli\n"
	"	movl	$stack_end, %esp\n"
	"	pushf\n"
	"	movl	%ds, %eax; pushl %eax\n"
	"	movl	%cs, %eax; pushl %eax\n"
	"	movl	%cr4, %eax; pushl %eax\n"
	"	movl	%cr0, %eax; pushl %eax\n"
	"	pushl	%edi; pushl %ebp; pushl %ebx; pushl %esi\n"
	"	call	1f\n"
	"1:	subl	$(1b - start), (%esp)\n"
	"	movl	%esp, %eax\n"
	"	pushl	%eax\n"
	"	call	old_kernel\n"
	"2:	hlt; jmp 2b\n"
	".bss; .balign 16; .skip 4096; stack_end: .text\n");

static void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void put(char c)
{
	while (!(in8(0x3f8 + 5) & 0x20))
		;
	out8(0x3f8, (uint8_t)c);
}

static void put_text(const char *text)
{
	while (*text)
		put(*text++);
}

static void put_number(const char *name, uint32_t value)
{
	put(' ');
	put_text(name);
	put_text("=0x");
	for (int shift = 28; shift >= 0; shift -= 4)
		put("0123456789abcdef"[value >> shift & 0xf]);
}

static uint32_t field(const uint8_t *boot_params, uint32_t offset)
{
	return *(const uint32_t *)(boot_params + offset);
}

/* FNV-1a, 32 bits. */
static uint32_t hash(const uint8_t *data, uint32_t size)
{
	uint32_t value = 0x811c9dc5;

	while (size--)
		value = (value ^ *data++) * 0x01000193;
	return value;
}

void old_kernel(const struct entry_state *state);
void old_kernel(const struct entry_state *state)
{
	const uint8_t *boot_params = (const uint8_t *)(uintptr_t)state->esi;

	put_text("\r\nold kernel:");
	put_number("eip", state->eip);
	put_number("ebx", state->ebx);
	put_number("ebp", state->ebp);
	put_number("edi", state->edi);
	put_number("paging", state->cr0 >> 31);
	put_number("cr4", state->cr4);
	put_number("cs", state->cs);
	put_number("ds", state->ds);
	put_number("interrupts", state->eflags >> 9 & 1);
	put_number("magic", field(boot_params, 0x202));
	put_number("loader", boot_params[0x210]);
	put_number("code32", field(boot_params, 0x214));
	put_number("e820", boot_params[0x1e8]);
	put_number("setup_data", field(boot_params, 0x250));
	put_number("size", field(boot_params, 0x21c));
	put_number("hash", hash((const uint8_t *)(uintptr_t)field(boot_params, 0x218),
				   field(boot_params, 0x21c)));
	put_text(" line=[");
	put_text((const char *)(uintptr_t)field(boot_params, 0x228));
	put_text("] end\r\n");
}
