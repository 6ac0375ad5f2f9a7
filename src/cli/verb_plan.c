/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/print.h"
#include "cli/verbs.h"

#include "handoff/handoff.h"

static void show(const struct cli *cli, const struct job *job)
{
	if (cli->json) {
		struct json_object *object = json_object_new_object();

		json_add_plan(object, job, true);
		json_print(object);
	} else if (cli->quiet) {
		tell_warnings(cli, job);
	} else {
		print_plan(cli, job, true);
	}
}

/** Also the dry run of load and reboot. */
struct error *verb_plan(struct cli *cli, struct options *options, const char *argument)
{
	_cleanup_job_ struct job job = {0};
	_cleanup_progress_ struct progress *progress = NULL;

	TRY(options_finish(options, argument));
	if (options->elf) {
		if (options->choice.via_option)
			return error_new(ERROR_USAGE,
				"--elf and %s contradict: an ELF file is loaded by QEMU; leave one out",
				options->choice.via_option);
		options->choice.job.request.method = METHOD_ELF;
		options->choice.via_option = "--elf";
	}
	/* What is only shown need not be unpacked. */
	options->choice.job.request.describe_only = !options->elf;
	progress = progress_start(cli);
	TRY(choice_plan(cli, &options->choice, progress, &job));
	if (options->elf)
		TRY(handoff_write_elf(&job.plan, options->elf));
	progress_stop(progress);
	show(cli, &job);
	return NULL;
}
