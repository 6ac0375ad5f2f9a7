/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For assembly: from 32-bit protected mode without paging to long mode. */

	/* Pages that the tables take: level 4, level 3, four of level 2. */
	.set	IDENTITY_PAGES, 6

	/*
	 * Map memory to itself in the IDENTITY_PAGES zeroed pages at EDI: 512 GiB in pages of 1 GiB
	 * where the CPU has them, else 4 GiB in pages of 2 MiB. Changes EAX, EBX, ECX and EDX.
	 */
	.macro	make_identity_tables
	leal	4096 + 3(%edi), %eax		/* present, writable */
	movl	%eax, (%edi)

	movl	$0x80000001, %eax
	cpuid
	testl	$(1 << 26), %edx		/* 1 GiB pages */
	jz	.Lsmall_pages\@

	xorl	%ecx, %ecx
.Llarge\@:
	movl	%ecx, %eax
	shll	$30, %eax
	orl	$0x83, %eax			/* present, writable, large */
	movl	%eax, 4096(%edi, %ecx, 8)
	movl	%ecx, %eax
	shrl	$2, %eax
	movl	%eax, 4096 + 4(%edi, %ecx, 8)
	incl	%ecx
	cmpl	$512, %ecx
	jb	.Llarge\@
	jmp	.Lmade\@

.Lsmall_pages\@:
	movl	$0x83, %eax
	xorl	%ecx, %ecx
.Lsmall\@:
	movl	%eax, 2 * 4096(%edi, %ecx, 8)
	addl	$0x200000, %eax
	incl	%ecx
	cmpl	$2048, %ecx
	jb	.Lsmall\@
	leal	2 * 4096 + 3(%edi), %eax
	xorl	%ecx, %ecx
.Llevel3\@:
	movl	%eax, 4096(%edi, %ecx, 8)
	addl	$4096, %eax
	incl	%ecx
	cmpl	$4, %ecx
	jb	.Llevel3\@
.Lmade\@:
	.endm

	/* Switch paging and long mode on with the tables at EDI; still in a 32-bit code segment
	 * afterwards. Changes EAX, ECX and EDX. */
	.macro	enable_long_mode
	movl	$0x20, %eax			/* CR4.PAE */
	movl	%eax, %cr4
	movl	%edi, %cr3
	movl	$0xc0000080, %ecx		/* EFER */
	rdmsr
	orl	$0x100, %eax			/* LME */
	wrmsr
	movl	%cr0, %eax
	orl	$0x80000001, %eax		/* PG, PE */
	movl	%eax, %cr0
	.endm
