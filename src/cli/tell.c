/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How an error is told, and which exit status it becomes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

/* Documented in baton(8), EXIT STATUS; tests/cli/test_exit_status.py compares the two. */
static const enum exit_status status_by_code[] = {
	[ERROR_OTHER] = EXIT_STATUS_FAILED,
	[ERROR_NO_MEMORY] = EXIT_STATUS_FAILED,
	[ERROR_SYSTEM] = EXIT_STATUS_FAILED,
	[ERROR_USAGE] = EXIT_STATUS_USAGE,
	[ERROR_FORMAT] = EXIT_STATUS_BAD_FILE,
	[ERROR_DAMAGED] = EXIT_STATUS_BAD_FILE,
	[ERROR_UNSUPPORTED] = EXIT_STATUS_BAD_FILE,
	[ERROR_NO_SPACE] = EXIT_STATUS_NO_ROOM,
	[ERROR_NOT_PERMITTED] = EXIT_STATUS_NOT_PERMITTED,
	[ERROR_NOT_LOADED] = EXIT_STATUS_NOT_LOADED,
	[ERROR_LIMIT] = EXIT_STATUS_BAD_FILE,
};

enum exit_status exit_status_of(const struct error *error)
{
	size_t code;

	if (!error)
		return EXIT_STATUS_OK;
	if (error_errno(error) == EPERM || error_errno(error) == EACCES)
		return EXIT_STATUS_NOT_PERMITTED;
	code = (size_t)error_code(error);
	if (code >= sizeof(status_by_code) / sizeof(status_by_code[0]))
		return EXIT_STATUS_FAILED;
	return status_by_code[code];
}

void cli_choose_color(struct cli *cli, enum color_choice choice)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	bool wanted = !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;

	cli->color_out =
		choice == COLOR_ALWAYS || (choice == COLOR_AUTO && wanted && isatty(STDOUT_FILENO));
	cli->color_err =
		choice == COLOR_ALWAYS || (choice == COLOR_AUTO && wanted && isatty(STDERR_FILENO));
}

static void tell(const struct cli *cli, enum style style, const char *kind, const char *message)
{
	/* What was printed so far comes first, also when both go to one file. */
	fflush(stdout);
	fprintf(stderr, "%s%s:%s %s", style_err(cli, style), cli->program,
		style_err(cli, STYLE_PLAIN), kind);
	print_escaped(stderr, message);
	fputc('\n', stderr);
}

void cli_tell_error(const struct cli *cli, const struct error *error)
{
	tell(cli, STYLE_BAD, "", error_message(error));
}

void cli_warn_text(const struct cli *cli, const char *warning)
{
	tell(cli, STYLE_WARN, "warning: ", warning);
}

void cli_warn(struct error *warning, void *data)
{
	if (warning)
		cli_warn_text(data, error_message(warning));
	error_free(warning);
}

struct error *cli_check_permission(const struct cli *cli, const char *to_do_what)
{
	if (cli->system->may_reboot)
		return NULL;
	if (cli->system->is_root)
		return error_new(ERROR_NOT_PERMITTED,
			"%s needs the capability CAP_SYS_BOOT, which root does not have here; run it "
			"outside the container",
			to_do_what);
	return error_new(ERROR_NOT_PERMITTED, "%s needs root; try again with sudo", to_do_what);
}

/** @finish is fflush() or fclose(). */
static struct error *finish_output(int (*finish)(FILE *file))
{
	bool failed = ferror(stdout);

	errno = 0;
	if (finish(stdout) != 0 || failed)
		return errno ? error_system(errno, "standard output: not everything was written")
			     : error_new(
				       ERROR_OTHER, "standard output: not everything was written");
	return NULL;
}

struct error *cli_flush_output(void)
{
	return finish_output(fflush);
}

struct error *cli_close_output(void)
{
	return finish_output(fclose);
}
