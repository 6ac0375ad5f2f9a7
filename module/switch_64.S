/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the old kernel's page tables to the image's, and the mover, which runs from a page of its
 * own. State at the end, as after kexec: long mode, identity mapped, CR0 PG and PE, CR4 PAE and
 * LA57 as it was, no descriptor tables, flat segments, general registers 0.
 */
#include <linux/linkage.h>
#include <asm/ibt.h>
#include <asm/nospec-branch.h>
#include <asm/page_types.h>
#include <asm/processor-flags.h>
#include <asm/segment.h>

/* Intel SDM volume 3, 2.5. Older headers do not name it. */
#define CR4_LASS (1 << 27)

	.text
	/* In one page, as tables_64.c expects: at most 64 bytes, aligned to 64. */
	.balign 64
/* RDI: page tables; RSI: mover; RDX: moves; RCX: entry; R8: stack. All physical. R9: CR4. */
SYM_FUNC_START(baton_switch)
	ENDBR	/* tables_64.c takes its address */
	cli
	movl	$__KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	/* With linear address space separation no code can run in the lower half, where the mover is. */
	andq	$~CR4_LASS, %r9
	movq	%r9, %cr4
	movq	%rdi, %cr3
	ANNOTATE_RETPOLINE_SAFE
	jmp	*%rsi
	.if	. - baton_switch > 64
	.error	"baton_switch may lie in two pages"
	.endif
SYM_FUNC_END(baton_switch)

	.section .rodata, "a", @progbits
	.balign 64
/* Data to this kernel: it runs as a copy, at a physical address. */
SYM_DATA_START(baton_mover)
	cld
	movq	%r8, %rsp
	pushq	$0
	pushq	$0
	lidt	(%rsp)
	lgdt	(%rsp)
	xorl	%eax, %eax
	movq	%rax, %dr7
	/* Global pages go, and with them every trace of the old tables. */
	movq	%cr4, %rax
	andl	$X86_CR4_LA57, %eax
	orl	$X86_CR4_PAE, %eax
	movq	%rax, %cr4
	movq	%cr0, %rax
	andq	$~(X86_CR0_AM | X86_CR0_WP | X86_CR0_TS | X86_CR0_EM), %rax
	orl	$(X86_CR0_PG | X86_CR0_PE), %eax
	movq	%rax, %cr0

	movq	%rdx, %rbx
	movq	%rcx, %rdx
.Lrow:
	movq	0(%rbx), %rdi
	movq	8(%rbx), %rsi
	movq	16(%rbx), %rcx
	addq	$24, %rbx
	testq	%rcx, %rcx
	jz	.Lgo_on
	shlq	$(PAGE_SHIFT - 3), %rcx
	cmpq	$1, %rsi
	je	.Lclear
	rep movsq
	jmp	.Lrow
.Lclear:
	xorl	%eax, %eax
	rep stosq
	jmp	.Lrow
.Lgo_on:
	movq	%rdi, %rbx
	testq	%rdi, %rdi
	jnz	.Lrow

	/* What was copied may be code: this serialises. */
	movq	%cr3, %rax
	movq	%rax, %cr3
	pushq	%rdx
	xorl	%eax, %eax
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%esi, %esi
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	xorl	%r12d, %r12d
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
	xorl	%r15d, %r15d
	ret
SYM_DATA_END_LABEL(baton_mover, SYM_L_GLOBAL, baton_mover_end)

	.section .note.GNU-stack, "", @progbits
