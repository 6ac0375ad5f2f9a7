/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the state in which QEMU starts an ELF with a PVH note (xen's docs/misc/pvh.pandoc: 32-bit
 * protected mode, paging off, flat segments, EBX = start info) to the state in which Linux's kexec
 * enters purgatory. It stands for the first kernel when a plan is booted without one.
 *
 * The plan stores this blob's own address and purgatory's entry into it.
 */
	.section .head, "ax"
	.code32
	.globl	pvh_start
pvh_start:
	.byte	0xbd			/* movl $ADDRESS, %ebp: */
	.long	0			/* offset 1: stored by the plan, page-aligned */
	jmp	1f
	.balign	8
entry64:
	.quad	0			/* offset 8: stored by the plan */
	.long	memory_end - pvh_start	/* offset 16: bytes of memory that this needs */
	.balign	8
1:
	cld
	cli
	leal	gdt - pvh_start(%ebp), %eax
	movl	%eax, gdt_pointer - pvh_start + 2(%ebp)
	lgdt	gdt_pointer - pvh_start(%ebp)
	leal	stack_top - pvh_start(%ebp), %esp

	/* Clear the six pages of tables. */
	leal	level4 - pvh_start(%ebp), %edi
	movl	$(6 * 4096 / 4), %ecx
	xorl	%eax, %eax
	rep stosl

	leal	level3 - pvh_start + 3(%ebp), %eax	/* present, writable */
	movl	%eax, level4 - pvh_start(%ebp)

	movl	$0x80000001, %eax
	cpuid
	testl	$(1 << 26), %edx			/* 1 GiB pages */
	jz	2f

	/* 512 GiB in pages of 1 GiB. */
	leal	level3 - pvh_start(%ebp), %edi
	xorl	%ecx, %ecx
3:	movl	%ecx, %eax
	shll	$30, %eax
	orl	$0x83, %eax				/* present, writable, large */
	movl	%eax, (%edi, %ecx, 8)
	movl	%ecx, %eax
	shrl	$2, %eax
	movl	%eax, 4(%edi, %ecx, 8)
	incl	%ecx
	cmpl	$512, %ecx
	jb	3b
	jmp	5f

	/* 4 GiB in pages of 2 MiB. */
2:	leal	level2 - pvh_start(%ebp), %edi
	movl	$0x83, %eax
	xorl	%ecx, %ecx
4:	movl	%eax, (%edi, %ecx, 8)
	addl	$0x200000, %eax
	incl	%ecx
	cmpl	$2048, %ecx
	jb	4b
	leal	level2 - pvh_start + 3(%ebp), %eax
	leal	level3 - pvh_start(%ebp), %edi
	movl	%eax, (%edi)
	addl	$4096, %eax
	movl	%eax, 8(%edi)
	addl	$4096, %eax
	movl	%eax, 16(%edi)
	addl	$4096, %eax
	movl	%eax, 24(%edi)

5:	movl	$0x20, %eax				/* CR4.PAE */
	movl	%eax, %cr4
	leal	level4 - pvh_start(%ebp), %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx			/* EFER */
	rdmsr
	orl	$0x100, %eax				/* LME */
	wrmsr
	movl	%cr0, %eax
	orl	$0x80000001, %eax			/* PG, PE */
	movl	%eax, %cr0
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
level4:	.skip	4096
level3:	.skip	4096
level2:	.skip	4 * 4096
memory_end:

	.section .note.GNU-stack, "", @progbits
