/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "cli/print.h"
#include "cli/verbs.h"
#include "job/load.h"

static uint64_t milliseconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void print_loaded(const struct cli *cli, const struct job *job, uint64_t took)
{
	const struct plan *plan = &job->plan;
	char size[SIZE_TEXT];

	print_choices(cli, job);
	print_label(cli, "Loaded");
	printf("%s%s%s for %s", style_out(cli, STYLE_GOOD), size_text(plan->handed_over, size),
		style_out(cli, STYLE_PLAIN),
		plan->target == TARGET_CRASH ? "a crash" : "the next reboot");
	if (plan->segments.count)
		printf(", %u segments", plan->segments.count);
	printf(", in %.2f s\n", (double)took / 1000);
	if (cli->show_addresses)
		print_segments(cli, plan);
	if (cli->verbose)
		print_reasons(cli, plan);
}

static void print_loaded_json(const struct cli *cli, const struct job *job, uint64_t took)
{
	struct json_object *object = json_object_new_object();

	json_add_bool(object, "loaded", true);
	json_add_number(object, "milliseconds", took);
	json_add_plan(object, job, cli->show_addresses);
	json_print(object);
}

struct error *load_job(const struct cli *cli, struct job *job)
{
	const struct job_system system = cli_job_system(cli);

	return job_load(&system, job, &job->machine, cli_warn, (void *)(uintptr_t)cli);
}

static struct error *plan_and_load(const struct cli *cli, struct choice *choice, struct job *ret)
{
	_cleanup_progress_ struct progress *progress = progress_start(cli);

	TRY(choice_plan(cli, choice, progress, ret));
	progress_at(progress, JOB_LOAD);
	return load_job(cli, ret);
}

struct error *load_now(struct cli *cli, struct choice *choice, struct job *ret)
{
	uint64_t started = milliseconds_now();
	struct error *error = plan_and_load(cli, choice, ret);

	/* Also after a failure: what is not known about the machine may be why. */
	tell_warnings(cli, ret);
	TRY(error);
	if (cli->json)
		print_loaded_json(cli, ret, milliseconds_now() - started);
	else if (!cli->quiet)
		print_loaded(cli, ret, milliseconds_now() - started);
	return NULL;
}

bool is_installed_unprepared(const struct job *job)
{
	const struct payload *payload = job_payload(job);

	return (job->boot_entry.kernel || job->start.kernel_in_boot) && payload &&
	       !payload->prepared;
}

/** What to do after a load; only an installed kernel is worth keeping unpacked. */
static void print_next(const struct job *job)
{
	puts("Start it with `baton reboot --no-load`.");
	if (is_installed_unprepared(job))
		puts(PREPARE_HINT);
}

struct error *verb_load(struct cli *cli, struct options *options, const char *argument)
{
	_cleanup_job_ struct job job = {0};

	if (options->dry_run)
		return verb_plan(cli, options, argument);
	TRY(options_finish(options, argument));
	TRY(refuse_machine_record(options, "load"));
	TRY(cli_check_permission(cli, "baton load"));
	TRY(load_now(cli, &options->choice, &job));
	if (!cli->json && !cli->quiet && job.plan.target == TARGET_NORMAL)
		print_next(&job);
	return error_hint(cli_flush_output(),
		"the kernel is loaded all the same; baton unload takes it back");
}

struct error *refuse_machine_record(const struct options *options, const char *verb)
{
	if (!options->choice.job.record)
		return NULL;
	return error_new(ERROR_USAGE,
		"--machine: a plan for a recorded machine cannot be carried out on this one; use baton "
		"plan, or %s --dry-run",
		verb);
}

struct error *options_finish(struct options *options, const char *argument)
{
	struct choice *choice = &options->choice;

	if (argument && options->kernel_by_option)
		return error_new(ERROR_USAGE, "%s: the kernel was already named by --kernel=%s",
			argument, choice->job.kernel);
	if (argument)
		choice->job.kernel = argument;
	if (choice->job.no_initrd && choice->job.initrd_count)
		return error_new(ERROR_USAGE, "--initrd and --no-initrd contradict; leave one out");
	choice->job.find_kernel = true;
	choice->job.find_initrd = true;
	choice->job.reuse_by_default = true;
	return NULL;
}
