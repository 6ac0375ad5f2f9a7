/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/plan.h"

#include "job/machine.h"
#include "job/run.h"

struct job_system cli_job_system(const struct cli *cli)
{
	return (struct job_system){
		.root = cli->system->reboot.root,
		.calls = cli->system->reboot.calls,
	};
}

struct error *read_machine(
	const struct cli *cli, const char *record, struct source **ret_source, struct machine *ret)
{
	const struct job_system system = cli_job_system(cli);

	return job_read_machine(&system, record, ret_source, ret);
}

struct error *choice_plan(
	const struct cli *cli, struct choice *choice, struct progress *progress, struct job *ret)
{
	const struct job_system system = cli_job_system(cli);
	const struct job_watch watch = progress_watch(progress);

	TRY(choice_settle(choice));
	choice->job.makes_mailbox = true;
	return job_plan(&system, &choice->job, &watch, ret);
}
