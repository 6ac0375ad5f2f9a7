/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that words of a command line take away before the kernel unpacks its initrd
 * (populate_rootfs(), a rootfs_initcall).
 *
 * Sources: Documentation/admin-guide/kernel-parameters.txt for the forms;
 * Documentation/admin-guide/kdump/kdump.rst and kernel/crash_reserve.c, parse_crashkernel(), for
 * crashkernel=; mm/hugetlb.c, hugepages_setup(), hugepagesz_setup() and default_hugepagesz_setup(),
 * for huge pages; arch/x86/kernel/e820.c for mem= and memmap=.
 *
 * When each is taken, and so why it is missing to the initrd:
 * - mem=, memmap=: what they keep back is never there.
 * - crashkernel=, reserve_mem=, swiotlb=, log_buf_len=, and huge pages of 1 GiB: reserved from the
 *   first memory that there is (memblock), and not given back.
 * - hugepages= of 2 MiB: by a subsys_initcall, before the initrd. As many as can be had, so that
 *   too many of them leave nothing.
 * - cma=, numa_cma=, cma_pernuma=, hugetlb_cma=, kho_scratch=, crashkernel=SIZE,cma: are lent out,
 *   but for movable pages only. Those of ramfs, which the initrd's files are in wherever root= is
 *   given (init/do_mounts.c, init_rootfs()), are not movable (fs/ramfs/inode.c, GFP_HIGHUSER).
 * - movablecore=, kernelcore=: take nothing, but leave the rest of memory for movable pages only:
 *   the same.
 * - trace_buf_size=: for every CPU, when tracing is on from the start.
 *
 * What is left out: words that set a share of memory for later (transparent_hugepage=, zswap.*,
 * ramdisk_size=, numa_balancing=), tables that the kernel bounds to a sixteenth of its memory
 * (dhash_entries= and the like), and what is built into the kernel.
 *
 * With hugetlb_cma= pages of 1 GiB may come out of it; both are counted, which is too much rather
 * than too little.
 *
 * What the running kernel's own words took makes no difference: all is reckoned from the machine's
 * memory as its firmware tells it, which the new kernel is told anew.
 */
#ifndef BATON_PLAN_MEMORY_WORDS_H
#define BATON_PLAN_MEMORY_WORDS_H

#include "base/range.h"

struct error;

/** The kernel that a command line is for. */
struct memory_words_for {
	const struct range_set *memory; /* that it is told of */
	uint32_t cpus;			/* 0: unknown */
	bool kernel_32bit;
};

struct memory_words {
	uint64_t memory;    /* bytes that mem= and memmap= leave */
	uint64_t kept_back; /* bytes that they do not */
	uint64_t taken;	    /* of `memory`, by all other words; at most all of it */
	uint64_t surely; /* of `taken`: by huge pages of the small sizes, down to the last memory;
			    all else is left if it does not fit as a whole */
	char *text;	 /* the words, "mem=1G hugepages=512"; NULL: none takes anything */
};

/** @param ret  freed with memory_words_deinit() */
struct error *memory_words_read(
	const char *command_line, const struct memory_words_for *what, struct memory_words *ret);
void memory_words_deinit(struct memory_words *words);
#define _cleanup_memory_words_ __attribute__((cleanup(memory_words_deinit)))

#endif
