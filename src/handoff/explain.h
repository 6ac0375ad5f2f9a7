/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's bare errno as a sentence, with what is known about the machine. */
#ifndef BATON_HANDOFF_EXPLAIN_H
#define BATON_HANDOFF_EXPLAIN_H

#include "plan/plan.h"

/** @call is "kexec_load" or "kexec_file_load"; @errnum is positive. */
struct error *explain_load_failure(
	const char *call, int errnum, enum target target, const struct machine *machine);

/** The same for kexec_file_load, which may have refused one of @plan's files: looks at their
 * labels. */
struct error *explain_file_load_failure(
	int errnum, const struct plan *plan, const struct machine *machine);

#endif
