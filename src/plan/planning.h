/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the steps of making one plan share. */
#ifndef BATON_PLAN_PLANNING_H
#define BATON_PLAN_PLANNING_H

#include "arch/x86/boot_data_build.h"
#include "arch/x86/purgatory.h"
#include "plan/allocator.h"
#include "plan/direct.h"
#include "plan/plan.h"
#include "plan/question.h"

struct decision;
struct unpacked_kernel;

struct planning {
	const struct question *question;
	const struct decision *decision;
	struct unpacked_kernel *kernel;
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
