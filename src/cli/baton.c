/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* baton VERB: find the verb, read its options, run it, tell what went wrong. */
#include <stdlib.h>
#include <string.h>

#include "cli/verbs.h"

/**
 * Find the verb among options: `baton --json status` is as good as `baton status --json`. @ret_at
 * is its index in argv, 0 when there is none.
 */
static struct error *find_verb(int argc, char **argv, const struct verb **ret, int *ret_at)
{
	_cleanup_options_ struct options ignored = {0};
	int rest;

	TRY(options_read(argc, argv, NULL, &ignored, &rest));
	*ret_at = 0;
	*ret = verb_find(ignored.version ? "version" : ignored.help ? "help" : "status");
	if (rest >= argc)
		return NULL;
	*ret = verb_find(argv[rest]);
	if (!*ret)
		return verb_unknown(argv[rest]);
	*ret_at = rest;
	return NULL;
}

/** At most one argument, and none where the verb takes none. */
static struct error *take_argument(
	const struct verb *verb, int argc, char **argv, int rest, const char **ret)
{
	*ret = rest < argc ? argv[rest] : NULL;
	if (*ret && !verb->argument)
		return error_new(ERROR_USAGE, "%s: `baton %s` takes no argument", *ret, verb->name);
	if (rest + 1 < argc)
		return error_new(ERROR_USAGE,
			"%s: `baton %s` takes one %s, and has %s already; options begin with --, as in "
			"--initrd=FILE",
			argv[rest + 1], verb->name, verb->argument, *ret);
	return NULL;
}

static struct error *run_verb(struct cli *cli, const struct verb *verb, int argc, char **argv)
{
	_cleanup_options_ struct options options = {0};
	const char *argument;
	int rest;

	TRY(options_read(argc, argv, verb, &options, &rest));
	cli->quiet = options.quiet;
	cli->verbose = options.verbose;
	cli->show_addresses = options.show_addresses;
	cli->json = options.json;
	cli_choose_color(cli, options.color);
	if (options.help)
		return verb_help(cli, &options, verb->bit == ON_HELP ? NULL : verb->name);
	TRY(take_argument(verb, argc, argv, rest, &argument));
	return verb->run(cli, &options, argument);
}

static struct error *run(struct cli *cli, int argc, char **argv)
{
	const struct verb *verb;
	int at;

	TRY(find_verb(argc, argv, &verb, &at));
	if (at) {
		/* Take the verb out, and leave argv[0] in front of what it takes. */
		memmove(argv + at, argv + at + 1, (size_t)(argc - at) * sizeof(*argv));
		argc--;
	}
	return run_verb(cli, verb, argc, argv);
}

int baton_main(int argc, char **argv, const struct cli_system *system)
{
	struct cli cli = {.program = "baton", .system = system};
	_cleanup_error_ struct error *error = NULL;
	_cleanup_error_ struct error *output = NULL;
	enum exit_status status;

	if (argc > 1 && strcmp(argv[1], "kexec") == 0)
		return kexec_main(argc - 1, argv + 1, system);
	cli_choose_color(&cli, COLOR_AUTO);
	error = run(&cli, argc, argv);
	status = exit_status_of(error);
	if (error && !cli.silent)
		cli_tell_error(&cli, error);
	output = cli_close_output();
	if (output && !error) {
		cli_tell_error(&cli, output);
		status = EXIT_STATUS_FAILED;
	}
	return (int)status;
}
