/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the state in which QEMU starts an ELF with a PVH note (xen's docs/misc/pvh.pandoc: 32-bit
 * protected mode, paging off, flat segments, EBX = start info) to the state in which Linux's kexec
 * enters purgatory. It stands for the first kernel when a plan is booted without one.
 *
 * The plan stores this blob's own address and purgatory's entry into it.
 */
#include "long_mode.inc"

	.section .head, "ax"
	.code32
	.globl	pvh_start
pvh_start:
	.byte	0xbd			/* movl $ADDRESS, %ebp: */
	.long	0			/* offset 1: stored by the plan, page-aligned */
	jmp	1f
	.org	8			/* PVH_ENTRY_OFFSET */
entry64:
	.quad	0			/* stored by the plan */
	.org	16			/* PVH_MEMORY_SIZE_OFFSET */
	.long	memory_end - pvh_start	/* bytes of memory that this needs */
	.balign	8
1:
	cld
	cli
	leal	gdt - pvh_start(%ebp), %eax
	movl	%eax, gdt_pointer - pvh_start + 2(%ebp)
	lgdt	gdt_pointer - pvh_start(%ebp)
	leal	stack_top - pvh_start(%ebp), %esp

	/* Clear the tables' pages. */
	leal	tables - pvh_start(%ebp), %edi
	movl	$(IDENTITY_PAGES * 4096 / 4), %ecx
	xorl	%eax, %eax
	rep stosl

	leal	tables - pvh_start(%ebp), %edi
	make_identity_tables
	enable_long_mode
	leal	long_mode - pvh_start(%ebp), %eax
	pushl	$0x10
	pushl	%eax
	lret

	.code64
long_mode:
	movl	%ebp, %ebp
	movq	entry64 - pvh_start(%rbp), %rax
	movl	$0x18, %ecx
	movl	%ecx, %ds
	movl	%ecx, %es
	movl	%ecx, %ss
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%esi, %esi
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	jmp	*%rax

	.balign	8
gdt:
	.quad	0
	.quad	0
	.quad	0x00af9a000000ffff
	.quad	0x00cf92000000ffff
gdt_end:
	.balign 8
	.skip	6
gdt_pointer:
	.word	gdt_end - gdt - 1
	.long	0
	.balign	16
	.skip	64
stack_top:
	.balign	4096
file_end:
	.bss
	.balign	4096
tables:	.skip	4096 * IDENTITY_PAGES
memory_end:

	.section .note.GNU-stack, "", @progbits
