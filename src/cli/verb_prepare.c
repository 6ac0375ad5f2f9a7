/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "cli/print.h"
#include "cli/verbs.h"
#include "store/prepared.h"

static void print_prepared(const struct cli *cli, const struct prepared *prepared, const char *path,
	uint64_t size, uint64_t unpacked)
{
	char from[SIZE_TEXT], to[SIZE_TEXT], kept[SIZE_TEXT];

	if (cli->json) {
		struct json_object *object = json_object_new_object();

		json_add_number(object, "schema", JSON_SCHEMA);
		json_add_text(object, "kernel", prepared->kernel);
		json_add_text(object, "path", path);
		json_add_number(object, "size", size);
		json_add_number(object, "unpacked_size", unpacked);
		json_print(object);
	} else if (!cli->quiet) {
		print_label(cli, "Prepared");
		print_escaped(stdout, prepared->kernel);
		printf(", %s, unpacked to %s\n", size_text(prepared->image.file_size, from),
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

struct error *verb_prepare(struct cli *cli, struct options *options, const char *argument)
{
	_cleanup_prepared_ struct prepared prepared = {0};
	_cleanup_progress_ struct progress *progress = NULL;
	uint64_t size = 0, unpacked = 0;
	char *path = NULL;
	struct error *error;

	if (options->clear && argument)
		return error_new(ERROR_USAGE, "--clear forgets every prepared kernel; leave out %s",
			argument);
	if (options->clear)
		return clear(cli);
	TRY(options_finish(options, argument));
	progress = progress_start(cli);
	TRY(prepare_kernel(cli, &options->choice, progress, &prepared));
	progress_at(progress, PROGRESS_UNPACK);
	error = prepared_make(cli->system->reboot.root, &prepared.image,
		prepared.machine.memory_available, &path, &size, &unpacked);
	progress_stop(progress);
	if (!error)
		print_prepared(cli, &prepared, path, size, unpacked);
	free(path);
	return error;
}
