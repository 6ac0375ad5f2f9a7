/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine of a job: the running one, a recorded one, or a test's folder. */
#ifndef BATON_JOB_MACHINE_H
#define BATON_JOB_MACHINE_H

#include "job/job.h"

/** Open and read the machine that @record names; NULL: the running one. */
struct error *job_read_machine(const struct job_system *system, const char *record,
	struct source **ret_source, struct machine *ret);

/**
 * Only whether a kernel is loaded, into @ret->kexec.loaded: on the way into a reboot there is no
 * time to read more, and a fact that is malformed must not stop it. TRISTATE_UNKNOWN if it cannot
 * be read.
 */
void job_read_loaded(const struct job_system *system, struct machine *ret);

#endif
