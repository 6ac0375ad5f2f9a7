/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Purgatory's entry after a 32-bit kernel. State on entry (Linux,
 * arch/x86/kernel/relocate_kernel_32.S, machine_kexec_32.c): protected mode with paging off, flat
 * segments whose descriptors are gone (GDT and IDT limit 0), CR4 = 0 where the CPU has PAE,
 * interrupts off, general registers zero, a stack of one page that is not ours.
 *
 * State on leaving: as in entry.S. The 64-bit entry is reached through page tables of our own, in
 * which memory is identity-mapped; the plan has made sure that the CPU has long mode, and that
 * everything lies below 4 GiB.
 */
#include "entry.inc"
#include "long_mode.inc"

	.code32
	purgatory_head

	.text
enter:
	cld
	cli
	/* Position-independent as the C code is: EBX is the global offset table. */
	call	1f
1:	popl	%ebx
	addl	$_GLOBAL_OFFSET_TABLE_ + (. - 1b), %ebx
	leal	stack_top@GOTOFF(%ebx), %esp
	rdtsc
	pushl	%edx			/* what purgatory_main() gets */
	pushl	%eax

	/* With no IDT every fault and NMI ends in a triple fault: a reset, not a hang. */
	lidt	no_interrupts@GOTOFF(%ebx)
	leal	gdt32@GOTOFF(%ebx), %eax
	movl	%eax, gdt32_pointer@GOTOFF + 2(%ebx)
	lgdt	gdt32_pointer@GOTOFF(%ebx)
	leal	2f@GOTOFF(%ebx), %eax
	pushl	$0x10
	pushl	%eax
	lret
2:	load_data_segments %eax

	/* Zeroed data needs no clearing: the kernel zeroes memory past a segment's bytes. */
	call	purgatory_main
	/* Without paging, whatever it clears. */
	call	purgatory_finish

	leal	purgatory_params@GOTOFF(%ebx), %ebp
	movl	PARAMS_BOOT_PARAMS(%ebp), %esi
	cmpl	$0, PARAMS_ENTRY_MODE(%ebp)
	je	enter_64bit
	movl	PARAMS_ENTRY(%ebp), %eax
	clear_registers_32
	jmp	*%eax

enter_64bit:
	leal	gdt64@GOTOFF(%ebx), %eax
	movl	%eax, gdt64_pointer@GOTOFF + 2(%ebx)
	lgdt	gdt64_pointer@GOTOFF(%ebx)
	leal	long_mode@GOTOFF(%ebx), %eax
	pushl	$0x10
	pushl	%eax
	leal	tables@GOTOFF(%ebx), %edi
	make_identity_tables
	enable_long_mode
	lret

	.code64
long_mode:
	movl	%ebp, %ebp		/* the upper halves are not defined after the switch */
	movl	%esi, %esi
	movq	PARAMS_ENTRY(%rbp), %rax
	load_data_segments %ecx
	clear_registers_64
	jmp	*%rax
	.code32

	.balign	8
no_interrupts:
	.word	0
	.long	0

	.data
	.balign	8
gdt32:
	.quad	0
	.quad	0
	.quad	0x00cf9a000000ffff	/* 0x10: 32-bit code, flat */
	.quad	0x00cf92000000ffff	/* 0x18: data, flat */
gdt32_end:
gdt64:
	.quad	0
	.quad	0
	.quad	0x00af9a000000ffff	/* 0x10: 64-bit code */
	.quad	0x00cf92000000ffff	/* 0x18: data */
gdt64_end:
	.balign	8
	.skip	2
gdt32_pointer:
	.word	gdt32_end - gdt32 - 1
	.long	0
	.skip	2
gdt64_pointer:
	.word	gdt64_end - gdt64 - 1
	.long	0

	.bss
	.balign	4096
tables:
	.skip	4096 * IDENTITY_PAGES
	.balign	16
	.skip	8192
stack_top:

	.section .note.GNU-stack, "", @progbits
