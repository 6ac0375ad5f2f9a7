/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the steps of making one plan share. */
#ifndef BATON_PLAN_PLANNING_H
#define BATON_PLAN_PLANNING_H

#include "arch/x86/boot_data_build.h"
#include "arch/x86/purgatory.h"
#include "plan/allocator.h"
#include "plan/direct.h"
#include "plan/plan.h"

struct unpacked_kernel;

struct planning {
	const struct request *request;
	const struct image *image;
	const struct machine *machine;
	struct unpacked_kernel *kernel;
	const struct initrd *initrd_source; /* NULL: none */
	struct bytes initrd;
	struct allocator allocator;
	struct boot_data boot_data;
	struct boot_data_addresses addresses;
	struct direct direct;
	uint64_t purgatory;
	enum purgatory_kind purgatory_kind;
	struct plan *plan;
};

#endif
