/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From names of files to a plan. */
#ifndef BATON_JOB_RUN_H
#define BATON_JOB_RUN_H

#include "job/job.h"

/**
 * Read and plan, changing nothing but the ledger's mailbox. Everything that is known to fail is
 * refused, before anything is unpacked where it is known by then.
 *
 * @param watch  NULL: nobody looks
 * @param ret    zeroed; to be freed with job_deinit(), also after an error; borrows from @options
 */
struct error *job_plan(const struct job_system *system, struct job_options *options,
	const struct job_watch *watch, struct job *ret);

/** As far as the kernel's own file: for who needs no plan. */
struct error *job_read_kernel(const struct job_system *system, const struct job_options *options,
	const struct job_watch *watch, struct job *ret);

#endif
