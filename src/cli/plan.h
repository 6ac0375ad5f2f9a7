/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs as both command lines have them made: on this command's system, with its bar. */
#ifndef BATON_CLI_PLAN_H
#define BATON_CLI_PLAN_H

#include "cli/cli.h"
#include "cli/progress.h"
#include "job/choice.h"

/**
 * job_plan() of what was chosen. @progress may be NULL.
 * @param ret  to be freed with job_deinit(), also after an error; borrows from @choice
 * ERROR_USAGE also if options contradict.
 */
struct error *choice_plan(
	const struct cli *cli, struct choice *choice, struct progress *progress, struct job *ret);

/** The system that jobs of this command are done to. */
struct job_system cli_job_system(const struct cli *cli);

/** job_read_machine() on it. */
struct error *read_machine(
	const struct cli *cli, const char *record, struct source **ret_source, struct machine *ret);

#endif
