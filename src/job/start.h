/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Will what is to be started come up? (plan/start.h, with the facts of entry/start_facts.h) */
#ifndef BATON_JOB_START_H
#define BATON_JOB_START_H

#include "job/job.h"

/**
 * What the system's files tell, before anything is unpacked. Refusals are errors, unless
 * options->warn_of_start; the rest waits in job->findings. Says nothing about a recorded machine or
 * a crash kernel: the one is elsewhere, the other has its own ways.
 */
struct error *job_check_start(
	const struct job_system *system, const struct job_options *options, struct job *job);

/** What the initrd tells, once plan_unpack() is done with it. */
struct error *job_check_initrd(const struct job_options *options, struct job *job);

/**
 * What the files tell of the kernel that is loaded already, if baton loaded it: an upgrade may have
 * removed its modules since, or its root may be gone.
 *
 * @param warns  what would be refused is not
 * @param tell   is told of each doubt
 */
struct error *job_check_loaded(const struct job_system *system, bool warns,
	void (*tell)(const char *doubt, void *data), void *data);

#endif
