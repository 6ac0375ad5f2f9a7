/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The last step of a plan: the bytes of everything that has a place now. What they belong to is the
 * plan's own; what is a view of image or initrd is not changed.
 */
#ifndef BATON_PLAN_FILL_H
#define BATON_PLAN_FILL_H

struct arch;
struct error;
struct layout;
struct plan;
struct question;
struct start_data;
struct unpacked_kernel;

/**
 * Relocate the kernel, store the pointers of what it reads at its start, make page tables and
 * purgatory with the digests of it all; then repeat every check that the running kernel will make.
 *
 * @param layout  its segments are taken over
 * @param data    of arch->make_start_data(); its bytes are taken over
 * @param kernel  its payload is taken over where the layout enters it directly
 * @param plan    of the decision, so far; after an error it may hold the payload
 */
struct error *fill(const struct arch *arch, const struct question *question, struct layout *layout,
	struct start_data *data, struct unpacked_kernel *kernel, struct plan *plan);

#endif
