/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which system call loads this image on this machine, and may it? */
#ifndef BATON_PLAN_METHOD_H
#define BATON_PLAN_METHOD_H

#include "plan/plan.h"

/** Set plan->method and note why, or say what stands in the way. */
struct error *method_choose(const struct request *request, const struct image *image,
	const struct machine *machine, struct plan *plan);

#endif
