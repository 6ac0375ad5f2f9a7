/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the kernel, the initrd and baton's own pieces go. */
#ifndef BATON_PLAN_PLACE_H
#define BATON_PLAN_PLACE_H

#include "plan/allocator.h"

struct error;
struct layout;
struct question;

/**
 * Add the kernel's segments, to be entered at its own entry point; sets layout->kernel, that of the
 * bzImage's protected-mode code or of the first ELF part, and layout->kernel_entry.
 */
struct error *place_kernel(
	struct layout *layout, struct allocator *allocator, const struct question *question);

/** Add the initrd's segment; does nothing without one. */
struct error *place_initrd(
	struct layout *layout, struct allocator *allocator, const struct question *question);

/**
 * Find a place for a small piece of baton's own, from 1 MiB upwards and below 4 GiB, where every
 * entry mode can reach it; in low memory only when there is no other.
 */
struct error *place_low(
	struct allocator *allocator, const char *name, uint64_t size, uint64_t *ret_address);

#endif
