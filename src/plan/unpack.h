/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the next kernel would do after the jump, done before it: unpack the kernel and the initrds,
 * while services still run.
 */
#ifndef BATON_PLAN_UNPACK_H
#define BATON_PLAN_UNPACK_H

#include <stdint.h>

struct decision;
struct error;
struct image;
struct initrd;
struct machine;
struct question;
struct unpacked_kernel;

/**
 * Make ready, before plan_make(), what the plan can use: the kernel proper inside a bzImage, where
 * it may be entered directly; the initrds' contents, where memory allows it; and the initrd's
 * digest. The two are done at the same time, on two threads, where there are CPUs and memory for
 * it: the decoders' own memory is then there together.
 *
 * The kernel stays packed if it does not fit beside the initrd.
 *
 * Where something stays packed, kernel->declined and initrd->kept_reason say why; where a
 * file turns out to be damaged, kernel->damage and initrd->damage do, for plan_make() to refuse it.
 * @param kernel  its `prepared` is used up, where it fits
 * @param initrd  that of the question, read where its files are not what is handed on; may be NULL
 * Errors: out of memory; an initrd that had to be read again and could not be.
 */
struct error *plan_unpack(const struct question *question, const struct decision *decision,
	struct unpacked_kernel *kernel, struct initrd *initrd);

/**
 * The most bytes that an initrd may have when it is unpacked beforehand; 0: it is to stay as it is.
 * Never more than a quarter of the memory that is free here, so that services keep theirs; nor more
 * than fits beside the kernel, as both are there twice during the load; never so much that the
 * kernel would refuse the load. What the new kernel has memory for is another matter, and counts as
 * well (plan/new_memory.h).
 */
uint64_t plan_initrd_limit(const struct question *question, const struct decision *decision);

#endif
