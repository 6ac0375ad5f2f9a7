/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Purgatory's entry on x86-64. State on entry (Linux, arch/x86/kernel/relocate_kernel_64.S): long
 * mode, interrupts off, memory identity-mapped, general registers zero, GDT and IDT limit possibly
 * zero, stack in a page that is not ours.
 *
 * State on leaving for the 64-bit entry (Documentation/arch/x86/boot.rst, "64-bit boot protocol"):
 * RSI = boot_params, flat __BOOT_CS 0x10 and __BOOT_DS 0x18, interrupts off. For the 32-bit entry
 * ("32-bit boot protocol"): paging off, ESI = boot_params, EBP = EDI = EBX = 0, the same selectors.
 */
#include "entry.inc"

	.code64
	purgatory_head

	.text
enter:
	cld
	cli
	/* Kernels with CONFIG_KEXEC_DEBUG leave an IDT whose handler halts for ever. With none, every
	 * fault and NMI ends in a triple fault: a reset, not a hang. */
	lidt	no_interrupts(%rip)
	rdtsc
	shlq	$32, %rdx
	orq	%rdx, %rax
	movq	%rax, %rdi

	leaq	stack_top(%rip), %rsp
	leaq	gdt64(%rip), %rax
	movq	%rax, gdt64_pointer+2(%rip)
	lgdt	gdt64_pointer(%rip)
	leaq	1f(%rip), %rax
	pushq	$0x10
	pushq	%rax
	lretq
1:	load_data_segments %eax

	/* Zeroed data needs no clearing: the kernel zeroes memory past a segment's bytes. */
	call	purgatory_main

	movq	purgatory_params+8(%rip), %rsi
	movq	purgatory_params(%rip), %rax
	cmpl	$0, purgatory_params+24(%rip)
	jne	enter_32bit
	clear_registers_64
	jmp	*%rax

enter_32bit:
	movl	%eax, %ebp
	leaq	gdt32(%rip), %rax
	movq	%rax, gdt32_pointer+2(%rip)
	lgdt	gdt32_pointer(%rip)
	leaq	protected_mode(%rip), %rax
	pushq	$0x10
	pushq	%rax
	lretq

	.code32
protected_mode:
	load_data_segments %eax
	movl	%cr0, %eax
	andl	$0x7fffffff, %eax	/* CR0.PG off leaves long mode */
	movl	%eax, %cr0
	movl	$0xc0000080, %ecx	/* EFER */
	rdmsr
	andl	$~0x100, %eax		/* LME */
	wrmsr
	xorl	%eax, %eax
	movl	%eax, %cr4
	movl	%eax, %cr3
	movl	%ebp, %eax
	clear_registers_32
	jmp	*%eax

	.balign	8
no_interrupts:
	.word	0
	.quad	0

	.data
	.balign	8
gdt64:
	.quad	0
	.quad	0
	.quad	0x00af9a000000ffff	/* 0x10: 64-bit code */
	.quad	0x00cf92000000ffff	/* 0x18: data */
gdt64_end:
gdt32:
	.quad	0
	.quad	0
	.quad	0x00cf9a000000ffff	/* 0x10: 32-bit code, flat */
	.quad	0x00cf92000000ffff	/* 0x18: data, flat */
gdt32_end:
	.balign	8
	.skip	6
gdt64_pointer:
	.word	gdt64_end - gdt64 - 1
	.quad	0
	.skip	6
gdt32_pointer:
	.word	gdt32_end - gdt32 - 1
	.quad	0

	.bss
	.balign	16
	.skip	8192
stack_top:

	.section .note.GNU-stack, "", @progbits
