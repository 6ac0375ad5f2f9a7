/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Check a finished plan against every rule that the kernel will check. */
#ifndef BATON_PLAN_VERIFY_H
#define BATON_PLAN_VERIFY_H

#include "plan/plan.h"

struct arch;

/**
 * Every rule of sanity_check_segment_list() (kernel/kexec_core.c), so that a bad plan is our own
 * clear error and never a bare EINVAL: page alignment, no overlap, source not larger than memory,
 * inside usable RAM, no segment and no total above half of RAM. And what the kernel does not check:
 * nothing lies in what purgatory clears, which is usable RAM too, and the page tables that it goes
 * over to map all of the plan.
 */
struct error *plan_verify(
	const struct arch *arch, const struct plan *plan, const struct machine *machine);

#endif
