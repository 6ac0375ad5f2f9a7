/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the next kernel would do after the jump, done before it: unpack the kernel and the initrds,
 * while services still run.
 */
#ifndef BATON_PLAN_UNPACK_H
#define BATON_PLAN_UNPACK_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct image;
struct initrd;
struct machine;
struct request;
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
 * @param initrd  may be NULL
 * Errors: out of memory; an initrd that had to be read again and could not be; a command line that
 * plan_check() refuses.
 */
struct error *plan_unpack(const struct request *request, const struct machine *machine,
	const struct image *image, struct unpacked_kernel *kernel, struct initrd *initrd);

/**
 * True if plan_unpack() will want the kernel unpacked: nothing that was asked for, and no system
 * call that must be used, keeps it from being entered directly.
 */
bool plan_wants_payload(
	const struct request *request, const struct machine *machine, const struct image *image);

/**
 * True if the kernel will be given the initrds' files and nothing has to be done with what is in
 * them: initrd_open() does, and initrd_read() would only take memory.
 */
bool plan_leaves_files(
	const struct request *request, const struct image *image, const struct machine *machine);

/**
 * The most bytes that an initrd may have when it is unpacked beforehand; 0: it is to stay as it is.
 * Never more than a quarter of the memory that is free here, so that services keep theirs; nor more
 * than fits beside the kernel, as both are there twice during the load; never so much that the
 * kernel would refuse the load. What the new kernel has memory for is another matter, and counts as
 * well (plan/new_memory.h).
 */
uint64_t plan_initrd_limit(
	const struct request *request, const struct image *image, const struct machine *machine);

#endif
