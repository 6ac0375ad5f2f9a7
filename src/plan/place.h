/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the kernel, the initrd and baton's own pieces go. */
#ifndef BATON_PLAN_PLACE_H
#define BATON_PLAN_PLACE_H

#include "plan/allocator.h"
#include "plan/plan.h"

struct question;

/**
 * Add the kernel's segments; sets plan->kernel_entry.
 * @param ret_load_address  of the bzImage's protected-mode code, or of the first ELF part
 */
struct error *place_kernel(struct plan *plan, struct allocator *allocator,
	const struct question *question, uint64_t *ret_load_address);

/** Add the initrd's segment; does nothing without one. */
struct error *place_initrd(struct plan *plan, struct allocator *allocator,
	const struct question *question, struct bytes initrd, uint64_t *ret_address);

/**
 * Find a place for a small piece of baton's own, from 1 MiB upwards and below 4 GiB, where every
 * entry mode can reach it; in low memory only when there is no other.
 */
struct error *place_low(
	struct allocator *allocator, const char *name, uint64_t size, uint64_t *ret_address);

#endif
