/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan's own account of its decisions. */
#ifndef BATON_PLAN_REASONS_H
#define BATON_PLAN_REASONS_H

#include "base/error.h"
#include "plan/plan.h"

/** Note a decision; @topic is static. */
struct error *plan_note(struct plan *plan, const char *topic, const char *format, ...)
	BATON_PRINTF(3, 4);

#endif
