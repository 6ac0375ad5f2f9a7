/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the old kernel's page tables to the image's, and the mover, which runs from a page of its
 * own with paging off. State at the end, as after kexec: protected mode without paging, CR4 0, no
 * descriptor tables, flat segments, general registers 0.
 */
#include <linux/linkage.h>
#include <asm/nospec-branch.h>
#include <asm/page_types.h>
#include <asm/processor-flags.h>
#include <asm/segment.h>

	.text
	/* In one page, as tables_32.c expects: at most 64 bytes, aligned to 64. */
	.balign 64
/* EAX: page tables; EDX: mover; ECX: moves (regparm); on the stack: entry, stack. All physical. */
SYM_FUNC_START(baton_switch)
	cli
	movl	4(%esp), %esi
	movl	8(%esp), %edi
	movl	$__KERNEL_DS, %ebx
	movl	%ebx, %ds
	movl	%ebx, %es
	movl	%ebx, %ss
	movl	%ebx, %fs
	movl	%ebx, %gs
	movl	%eax, %cr3
	ANNOTATE_RETPOLINE_SAFE
	jmp	*%edx
	.if	. - baton_switch > 64
	.error	"baton_switch may lie in two pages"
	.endif
SYM_FUNC_END(baton_switch)

	.section .rodata, "a", @progbits
	.balign 64
/* Data to this kernel: it runs as a copy, at a physical address. */
SYM_DATA_START(baton_mover)
	cld
	movl	%edi, %esp
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
	jmp	1f
1:	xorl	%eax, %eax
	movl	%eax, %cr4
	movl	%eax, %cr3

	movl	%ecx, %ebx
	movl	%esi, %edx
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
