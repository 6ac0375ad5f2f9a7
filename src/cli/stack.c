/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the stack is limited to little (ulimit -s), the command runs on one of its own. */
#include <stdio.h>
#include <sys/resource.h>

#include "base/thread.h"
#include "cli/cli.h"

struct command {
	int (*run)(int argc, char **argv, const struct cli_system *system);
	int argc;
	char **argv;
	const struct cli_system *system;
	int status;
};

static void *run_command(void *data)
{
	struct command *command = data;

	command->status = command->run(command->argc, command->argv, command->system);
	return NULL;
}

/* Not by fprintf(): for a stream without a buffer, glibc takes 8 KiB of the stack. */
static void complain(const struct rlimit *limit)
{
	char text[160];

	snprintf(text, sizeof(text),
		"baton: the stack is limited to %llu KiB, and another one of %d KiB could not be "
		"had; raise the limit (ulimit -s)\n",
		(unsigned long long)limit->rlim_cur >> 10, THREAD_STACK_SIZE >> 10);
	fputs(text, stderr);
}

/* The limit is not raised in place of it: whatever is started from here would have that, too. */
int cli_run(int (*run)(int argc, char **argv, const struct cli_system *system), int argc,
	char **argv, const struct cli_system *system)
{
	struct command command = {run, argc, argv, system, EXIT_STATUS_FAILED};
	struct rlimit limit;
	pthread_t thread;

	if (getrlimit(RLIMIT_STACK, &limit) < 0 || limit.rlim_cur >= THREAD_STACK_SIZE)
		return run(argc, argv, system);
	if (!thread_start(&thread, run_command, &command)) {
		complain(&limit);
		return EXIT_STATUS_FAILED;
	}
	pthread_join(thread, NULL);
	return command.status;
}
