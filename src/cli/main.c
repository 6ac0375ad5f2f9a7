/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One program, two names: which one is asked for stands in argv[0]. */
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/counter.h"
#include "cli/cli.h"

static bool has_cap_sys_boot(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	if (syscall(SYS_capget, &header, data) < 0)
		return geteuid() == 0;
	return data[CAP_TO_INDEX(CAP_SYS_BOOT)].effective & CAP_TO_MASK(CAP_SYS_BOOT);
}

/**
 * Fill the places of standard files that are closed, so that the next file opened does not get one
 * of them and messages do not end up in it. What is printed to a closed output still fails.
 */
static void occupy_standard_files(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
			_exit(EXIT_STATUS_FAILED);
}

int main(int argc, char **argv)
{
	/* First of all: this may be the command that ends this system. */
	uint64_t started = counter_now();
	const struct cli_system system = {
		.started = started,
		.reboot = reboot_system_live,
		.ledger = &ledger_system_live,
		.may_reboot = has_cap_sys_boot(),
		.is_root = geteuid() == 0,
	};
	char *no_arguments[] = {(char *)"baton", NULL};
	const char *slash;

	occupy_standard_files();
	/* A pipe closed at the other end is an error that is told like any other. */
	signal(SIGPIPE, SIG_IGN);
	/* So is a file that grows past the limit (ulimit -f). */
	signal(SIGXFSZ, SIG_IGN);
	if (argc < 1)
		return cli_run(baton_main, 1, no_arguments, &system);
	slash = strrchr(argv[0], '/');
	if (strcmp(slash ? slash + 1 : argv[0], "kexec") == 0)
		return cli_run(kexec_main, argc, argv, &system);
	return cli_run(baton_main, argc, argv, &system);
}
