/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * May this kernel be entered directly, past its own decompressor? And where, at random, as that
 * would have put it (arch/x86/boot/compressed/kaslr.c)?
 */
#ifndef BATON_PLAN_DIRECT_H
#define BATON_PLAN_DIRECT_H

#include "plan/allocator.h"
#include "plan/plan.h"

struct question;
struct unpacked_kernel;

struct direct {
	bool possible;
	bool randomize_virtual;
	bool randomize_physical;
	uint64_t virtual_offset; /* what the kernel is to be relocated by */
};

/**
 * What a bzImage's decompressor would do with this command line and nobody else does, so that it
 * must run, as far as that is known without a look at what it unpacks; NULL: nothing. Static.
 */
const char *direct_hazard(const struct question *question, const char *command_line);

/**
 * Decide from direct_hazard(), the unpacked kernel and the new command line, and note the reasons.
 * With ENTRY_DIRECT what stands in the way is an error, else the bzImage's own entry is used.
 */
struct error *direct_decide(const struct question *question, const char *hazard,
	const struct unpacked_kernel *kernel, struct plan *plan, struct direct *ret);

/**
 * Have the plan take the unpacked kernel over, relocate it and add its segments; sets
 * plan->kernel_entry. ERROR_NO_SPACE, and nothing is taken over, where no place is found.
 * @param ret_address  physical address of its first part
 */
struct error *direct_place(struct plan *plan, struct allocator *allocator,
	const struct question *question, const struct direct *direct,
	struct unpacked_kernel *kernel, uint64_t *ret_address);

#endif
