/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/print.h"
#include "cli/verbs.h"
#include "job/machine.h"
#include "job/start.h"
#include "store/prepared.h"

static void tell_doubt(const char *doubt, void *data)
{
	cli_warn_text(data, doubt);
}

/** --no-load goes with what is there, so that nothing may be asked of the load. */
static struct error *check_loaded(
	const struct cli *cli, const struct options *options, struct job *job)
{
	const struct choice *choice = &options->choice;
	const struct job_system system = cli_job_system(cli);

	if (choice->job.kernel || choice->job.initrd_count || choice->append ||
		choice->job.request.command_line || choice->job.request.reuse_command_line ||
		choice->job.no_initrd || choice->says_how || choice->via_option)
		return error_new(ERROR_USAGE,
			"--no-load starts what is loaded already; leave out --no-load to load another "
			"kernel, or what says how to load");
	job_read_loaded(&system, &job->machine);
	if (machine_loaded(&job->machine) == TRISTATE_NO)
		return error_new(ERROR_NOT_LOADED,
			"no kernel is loaded for the next reboot; leave out --no-load to load the "
			"default one");
	return job_check_loaded(
		&system, choice->job.warn_of_start, tell_doubt, (void *)(uintptr_t)cli);
}

/** Once for each kernel: at every reboot it would be noise. */
static void print_hint(const struct cli *cli, const struct job *job)
{
	if (!cli->json && !cli->quiet && is_installed_unprepared(job) &&
		prepared_hint_wanted(cli->system->reboot.root, &job->image, job_payload(job)))
		puts(PREPARE_HINT);
}

/** A load takes seconds, in which somebody may have begun what must not be interrupted. */
static struct error *load_and_check(
	struct cli *cli, struct choice *choice, struct reboot_wish wish, struct job *ret)
{
	TRY(load_now(cli, choice, ret));
	print_hint(cli, ret);
	return error_hint(reboot_check(&cli->system->reboot, wish, cli_warn, cli),
		"the kernel stays loaded: baton reboot --no-load");
}

struct error *verb_reboot(struct cli *cli, struct options *options, const char *argument)
{
	_cleanup_job_ struct job job = {0};
	const struct reboot_wish wish = {
		.now = options->now,
		.ignore_inhibitors = options->ignore_inhibitors,
	};
	const struct reboot_way *way;

	if (options->dry_run && options->no_load)
		return error_new(ERROR_USAGE, "--dry-run and --no-load: there is nothing to plan");
	if (options->dry_run)
		return verb_plan(cli, options, argument);
	if (options->no_load && argument)
		options->choice.job.kernel = argument;
	else
		TRY(options_finish(options, argument));
	TRY(refuse_machine_record(options, "reboot"));
	TRY(cli_check_permission(cli, "baton reboot"));
	TRY(reboot_check(&cli->system->reboot, wish, cli_warn, cli));
	if (options->no_load)
		TRY(check_loaded(cli, options, &job));
	else
		TRY(load_and_check(cli, &options->choice, wish, &job));
	way = reboot_choose(&cli->system->reboot, wish, &job.machine);
	cli_warn(mailbox_mark_command(cli->system->reboot.calls, cli->system->reboot.root,
			 cli->system->started, !options->no_load),
		cli);
	if (!cli->json && !cli->quiet)
		printf("Rebooting: %s.\n", way->explanation);
	fflush(stdout);
	return reboot_go(&cli->system->reboot, way, wish, &job.machine, cli_warn, cli);
}
