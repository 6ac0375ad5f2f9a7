/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The third step of a plan: a place for everything. It looks at sizes and headers, and touches no
 * byte.
 */
#ifndef BATON_PLAN_LAY_OUT_H
#define BATON_PLAN_LAY_OUT_H

#include <stdint.h>

struct arch;
struct decision;
struct error;
struct layout;
struct question;
struct unpacked_kernel;

/**
 * Choose every address. The alternatives are whole layouts, each with its own notes: the kernel
 * entered directly if that was decided, else at its decompressor.
 *
 * @param kernel           what plan_unpack() made of the image
 * @param start_data_size  bytes of what the kernel reads at its start
 * @param ret  freed with layout_deinit(); its kernel's and initrd's sources are views
 * Errors: ERROR_NO_SPACE with the largest hole where no hole fits; ERROR_UNSUPPORTED where the
 * kernel cannot be entered as it was asked for.
 */
struct error *lay_out(const struct arch *arch, const struct question *question,
	const struct decision *decision, const struct unpacked_kernel *kernel,
	uint64_t start_data_size, struct layout *ret);

#endif
