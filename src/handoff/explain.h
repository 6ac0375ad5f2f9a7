/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's bare errno as a sentence, with what is known about the machine. */
#ifndef BATON_HANDOFF_EXPLAIN_H
#define BATON_HANDOFF_EXPLAIN_H

#include "plan/plan.h"

/** @call is "kexec_load" or "kexec_file_load"; @errnum is positive. */
struct error *explain_load_failure(
	const char *call, int errnum, enum target target, const struct machine *machine);

#endif
