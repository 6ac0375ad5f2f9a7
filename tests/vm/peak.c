/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Run a command and print the most memory that it had, in KiB, for tests in guests:
 *
 *   peak COMMAND...
 *
 * busybox's `time -v` takes the kernel's figure, which is in KiB, for pages.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rusage usage;
	int status = 1;
	pid_t child;

	if (argc < 2)
		return 2;
	child = fork();
	if (child == 0) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status))
		return 1;
	printf("peak %ld KiB\n", usage.ru_maxrss);
	return WEXITSTATUS(status);
}
