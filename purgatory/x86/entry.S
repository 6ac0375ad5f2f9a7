/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Purgatory's entry on x86-64. State on entry (Linux, arch/x86/kernel/relocate_kernel_64.S): long
 * mode, interrupts off, memory identity-mapped, general registers zero, GDT and IDT limit possibly
 * zero, stack in a page that is not ours.
 *
 * State on leaving for the 64-bit entry (Documentation/arch/x86/boot.rst, "64-bit boot protocol"):
 * RSI = boot_params, flat __BOOT_CS 0x10 and __BOOT_DS 0x18, interrupts off; the page tables that it
 * came with, or the plan's: of as many levels, or of 4 in place of 5. For the 32-bit entry ("32-bit
 * boot protocol"): paging off, ESI = boot_params, EBP = EDI = EBX = 0, the same selectors.
 */
#include "entry.inc"
#include "long_mode.inc"

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

	cmpl	$0, purgatory_params+PARAMS_ENTRY_MODE(%rip)
	jne	enter_32bit
	movq	purgatory_params+PARAMS_PAGE_TABLES(%rip), %rdi
	testq	%rdi, %rdi
	jz	enter_64bit
	movq	%cr4, %rax
	testl	$(1 << 12), %eax		/* LA57 */
	jz	four_levels_already
	cmpl	$5, purgatory_params+PARAMS_PAGE_TABLE_LEVELS(%rip)
	jne	go_down
	jmp	1f
four_levels_already:
	cmpl	$5, purgatory_params+PARAMS_PAGE_TABLE_LEVELS(%rip)
	jne	1f
	/* The plan took 5 levels for granted. The first table below is one of 4, for 256 TiB. */
	movq	(%rdi), %rdi
	andq	$~0xfff, %rdi
1:	movq	%rdi, %cr3

enter_64bit:
	call	purgatory_finish
	movq	purgatory_params+PARAMS_BOOT_PARAMS(%rip), %rsi
	movq	purgatory_params+PARAMS_ENTRY(%rip), %rax
	clear_registers_64
	jmp	*%rax

enter_32bit:
	call	purgatory_finish
	movl	purgatory_params+PARAMS_BOOT_PARAMS(%rip), %esi
	movl	purgatory_params+PARAMS_ENTRY(%rip), %ebp
	leaq	protected_mode(%rip), %rax
	jmp	to_32bit_code

	/*
	 * From 5-level page tables to the 4-level ones at RDI. CR4.LA57 can be changed only with
	 * paging off (Intel SDM volume 3, 4.1.1), so the way leads through 32-bit code. Purgatory and
	 * the tables lie below 4 GiB, and both sets of tables map purgatory to itself.
	 */
go_down:
	leaq	gdt64_pointer(%rip), %rbx
	leaq	four_levels(%rip), %rbp
	leaq	without_paging(%rip), %rax

	/* To RAX, in a 32-bit code segment; memory stays mapped as it is. Changes RCX. */
to_32bit_code:
	leaq	gdt32(%rip), %rcx
	movq	%rcx, gdt32_pointer+2(%rip)
	lgdt	gdt32_pointer(%rip)
	pushq	$0x10
	pushq	%rax
	lretq

	.code32
without_paging:
	load_data_segments %eax
	leave_long_mode
	enable_long_mode
	lgdt	(%ebx)
	pushl	$0x10
	pushl	%ebp
	lret

	.code64
four_levels:
	load_data_segments %eax
	movl	%esp, %esp		/* the upper halves are not defined after the switch */
	jmp	enter_64bit

	.code32
protected_mode:
	load_data_segments %eax
	leave_long_mode
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
