/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan made real. */
#ifndef BATON_JOB_LOAD_H
#define BATON_JOB_LOAD_H

#include "job/job.h"

/**
 * Load what was planned, and note that something is loaded now: in @machine, in the ledger's
 * mailbox, in /run/baton/loaded (store/loaded.h).
 *
 * @param machine  that it was planned for, as it is now
 * @param warn  is told of what is no reason to fail; takes it over
 */
struct error *job_load(const struct job_system *system, struct job *job, struct machine *machine,
	void (*warn)(struct error *warning, void *data), void *data);

/** handoff_unload(); what was noted of the load goes with it. */
struct error *job_unload(const struct job_system *system, enum target target, enum method method,
	const struct machine *machine);

#endif
