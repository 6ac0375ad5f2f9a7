/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * May this kernel be entered directly, past its own decompressor? And where, at random, as that
 * would have put it (arch/x86/boot/compressed/kaslr.c)?
 */
#ifndef BATON_PLAN_DIRECT_H
#define BATON_PLAN_DIRECT_H

#include "plan/allocator.h"

struct decision;
struct error;
struct layout;
struct notes;
struct payload;
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
 * Decide from decision->hazard, the unpacked kernel and the new command line, and note the reasons.
 * With ENTRY_DIRECT what stands in the way is an error, else the bzImage's own entry is used.
 */
struct error *direct_decide(const struct question *question, const struct decision *decision,
	const struct unpacked_kernel *kernel, struct notes *notes, struct direct *ret);

/**
 * Add the unpacked kernel's segments; sets layout->direct, and where it is entered and by how much
 * it is to be relocated. ERROR_NO_SPACE where no place is found.
 */
struct error *direct_place(struct layout *layout, struct allocator *allocator,
	const struct question *question, const struct direct *direct,
	const struct payload *payload);

#endif
