/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the old kernel's page tables to the image's, and the mover, which runs from a page of its
 * own and switches paging off. State at the end, as after kexec on 32-bit x86: protected mode, CR0
 * PG off and PE on, CR3 and CR4 0, no descriptor tables, flat segments, general registers 0.
 */
#include <linux/linkage.h>
#include <asm/page_types.h>
#include <asm/processor-flags.h>
#include <asm/segment.h>

	.text
	/* In one page, as tables_32.c expects: at most 64 bytes, aligned to 64. */
	.balign 64
/* On the stack: page tables, mover, moves, entry, stack, all physical; CR4, 0 if there is none. */
SYM_FUNC_START(baton_switch)
	cli
	movl	4(%esp), %edi
	movl	8(%esp), %esi
	movl	12(%esp), %ebx
	movl	16(%esp), %edx
	movl	20(%esp), %ebp
	movl	24(%esp), %ecx
	movl	$__KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	testl	%ecx, %ecx
	jz	1f
	/* Global pages go: one may lie where the mover does in the new tables. */
	movl	%ecx, %eax
	andl	$~X86_CR4_PGE, %eax
	movl	%eax, %cr4
1:	movl	%edi, %cr3
	jmp	*%esi
	/* Fails if there is more: then it may lie in two pages. */
	.org	baton_switch + 64, 0xcc
SYM_FUNC_END(baton_switch)

	.section .rodata, "a", @progbits
	.balign 64
/* Data to this kernel: it runs as a copy, at a physical address. */
SYM_DATA_START(baton_mover)
	cld
	movl	%ebp, %esp
	pushl	$0
	pushl	$0
	lidt	(%esp)
	lgdt	(%esp)
	xorl	%eax, %eax
	movl	%eax, %dr7
	movl	%cr0, %eax
	andl	$~(X86_CR0_PG | X86_CR0_AM | X86_CR0_WP | X86_CR0_TS | X86_CR0_EM), %eax
	orl	$X86_CR0_PE, %eax
	movl	%eax, %cr0
	/* Older processors want a jump after a change of PG (Intel SDM volume 3, 9.9.2). */
	jmp	1f
1:	xorl	%eax, %eax
	testl	%ecx, %ecx
	jz	2f
	movl	%eax, %cr4
2:	movl	%eax, %cr3

.Lrow:
	movl	0(%ebx), %edi
	movl	4(%ebx), %esi
	movl	8(%ebx), %ecx
	addl	$12, %ebx
	testl	%ecx, %ecx
	jz	.Lgo_on
	shll	$(PAGE_SHIFT - 2), %ecx
	cmpl	$1, %esi
	je	.Lclear
	rep movsl
	jmp	.Lrow
.Lclear:
	xorl	%eax, %eax
	rep stosl
	jmp	.Lrow
.Lgo_on:
	movl	%edi, %ebx
	testl	%edi, %edi
	jnz	.Lrow

	/* What was copied may be code: this serialises. */
	xorl	%eax, %eax
	movl	%eax, %cr3
	pushl	%edx
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%esi, %esi
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	ret
SYM_DATA_END_LABEL(baton_mover, SYM_L_GLOBAL, baton_mover_end)

	.section .note.GNU-stack, "", @progbits
