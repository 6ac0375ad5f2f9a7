/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "cli/print.h"
#include "cli/verbs.h"
#include "job/run.h"
#include "store/prepared.h"

static void print_prepared(const struct cli *cli, const struct job *job, const char *path,
	uint64_t size, uint64_t unpacked)
{
	char from[SIZE_TEXT], to[SIZE_TEXT], kept[SIZE_TEXT];

	if (cli->json) {
		struct json_object *object = json_object_new_object();

		json_add_number(object, "schema", JSON_SCHEMA);
		json_add_text(object, "kernel", job->kernel);
		json_add_text(object, "path", path);
		json_add_number(object, "size", size);
		json_add_number(object, "unpacked_size", unpacked);
		json_print(object);
	} else if (!cli->quiet) {
		print_label(cli, "Prepared");
		print_escaped(stdout, job->kernel);
		printf(", %s, unpacked to %s\n", size_text(job->image.file_size, from),
			size_text(unpacked, to));
		print_label(cli, "Kept");
		print_escaped(stdout, path);
		printf(", %s; baton prepare --clear forgets it\n", size_text(size, kept));
	}
}

static struct error *clear(const struct cli *cli)
{
	unsigned int count = 0;

	TRY(prepared_clear(cli->system->reboot.root, &count));
	if (cli->json) {
		struct json_object *object = json_object_new_object();

		json_add_number(object, "schema", JSON_SCHEMA);
		json_add_number(object, "cleared", count);
		json_print(object);
	} else if (!cli->quiet) {
		printf("Forgot %u prepared kernel%s.\n", count, count == 1 ? "" : "s");
	}
	return NULL;
}

static struct error *prepare_one(struct cli *cli, struct choice *choice, bool once)
{
	_cleanup_job_ struct job job = {0};
	_cleanup_progress_ struct progress *progress = progress_start(cli);
	const struct job_system system = cli_job_system(cli);
	const struct job_watch watch = progress_watch(progress);
	uint64_t size = 0, unpacked = 0;
	char *path = NULL;
	struct error *error;

	TRY(job_read_kernel(&system, &choice->job, &watch, &job));
	if (once && prepared_is_there(cli->system->reboot.root, &job.image))
		return NULL;
	progress_at(progress, JOB_UNPACK);
	error = prepared_make(cli->system->reboot.root, &job.image, job.machine.memory_available,
		&path, &size, &unpacked);
	progress_stop(progress);
	if (!error)
		print_prepared(cli, &job, path, size, unpacked);
	free(path);
	return error;
}

/** The oldest first: of those that are kept the one made last is the newest. */
static struct error *prepare_all(struct cli *cli, struct choice *choice)
{
	struct error *first = NULL;
	unsigned int count;
	char **kernels;

	TRY(boot_entry_installed(cli->system->reboot.root, PREPARED_KEPT, &kernels, &count));
	for (unsigned int i = count; i-- > 0; free(kernels[i])) {
		struct error *error;

		choice->job.kernel = kernels[i];
		error = prepare_one(cli, choice, true);
		/* One that is damaged keeps no other from being prepared. */
		if (error && first)
			cli_warn(error, cli);
		else if (error)
			first = error;
	}
	free(kernels);
	choice->job.kernel = NULL;
	return first;
}

struct error *verb_prepare(struct cli *cli, struct options *options, const char *argument)
{
	if ((options->clear || options->all) && argument)
		return error_new(ERROR_USAGE, "--%s is about every kernel; leave out %s",
			options->clear ? "clear" : "all", argument);
	if (options->clear && options->all)
		return error_new(ERROR_USAGE, "--clear and --all contradict; leave one out");
	if (options->clear)
		return clear(cli);
	TRY(options_finish(options, argument));
	return options->all ? prepare_all(cli, &options->choice)
			    : prepare_one(cli, &options->choice, false);
}
