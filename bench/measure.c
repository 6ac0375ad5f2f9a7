/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * measure COMMAND... : run it and say what it cost, as the last line of standard error:
 *
 *	MEASURED status=0 ticks=4590000000 nanoseconds=4590000000 peak_kb=21504
 *
 * Ticks are of the time stamp counter, from before the fork to after the end; with QEMU's icount
 * one tick is one instruction, of the whole guest. Nanoseconds are the same span on the guest's
 * monotonic clock. The peak is that of resident memory (wait4).
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

static uint64_t monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	int status;

	if (argc < 2)
		return 125;
	uint64_t clock = monotonic();
	uint64_t start = __rdtsc();
	/* The child borrows our memory until it runs the command, so that its peak is its own. */
	pid_t child = vfork();
	if (child == 0) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) < 0)
		return 126;
	uint64_t end = __rdtsc();
	clock = monotonic() - clock;
	fprintf(stderr, "MEASURED status=%d ticks=%llu nanoseconds=%llu peak_kb=%ld\n",
		WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
		(unsigned long long)(end - start), (unsigned long long)clock, usage.ru_maxrss);
	return 0;
}
