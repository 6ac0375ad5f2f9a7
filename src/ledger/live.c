/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running system: its clocks, its log, its programs. */
#include "ledger/collect.h"

#include "base/blob.h"
#include "base/counter.h"
#include "base/error.h"
#include "base/wide.h"
#include "ledger/kernel_clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	NS = 1000000000,
	CLOCK_TRIES = 8,
	MEASURE_NS = 50000000,
	LOG_RECORD_MAX = 16 << 10, /* twice what a record of /dev/kmsg can have */
	LOG_MAX = 64 << 20,
	OUTPUT_MAX = 4 << 20, /* some thousands of units */
};

static int64_t read_ns(clockid_t id)
{
	struct timespec now = {0};

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * NS + now.tv_nsec;
}

static struct ledger_clocks read_once(void)
{
	struct ledger_clocks clocks = {.raw_ns = read_ns(CLOCK_MONOTONIC_RAW)};
	uint64_t before = counter_now();
	int64_t after_ns;

	clocks.monotonic_ns = read_ns(CLOCK_MONOTONIC);
	clocks.boottime_ns = read_ns(CLOCK_BOOTTIME);
	clocks.realtime_ns = read_ns(CLOCK_REALTIME);
	clocks.counter = before + (counter_now() - before) / 2;
	after_ns = read_ns(CLOCK_MONOTONIC_RAW);
	clocks.uncertain_ns = (uint64_t)(after_ns - clocks.raw_ns);
	clocks.raw_ns += (after_ns - clocks.raw_ns) / 2;
	return clocks;
}

/* The closest of some tries: the others were interrupted. */
static struct ledger_clocks read_closely(void)
{
	struct ledger_clocks best = read_once();

	for (int i = 1; i < CLOCK_TRIES; i++) {
		struct ledger_clocks next = read_once();

		if (next.uncertain_ns < best.uncertain_ns)
			best = next;
	}
	return best;
}

/* Intel SDM 2A, CPUID leaf 0x15: EBX/EAX is the ratio to the crystal's ECX Hz, each 0 if unknown.
 */
static uint64_t counter_hz_of_cpu(void)
{
#if defined(__x86_64__) || defined(__i386__)
	uint32_t eax = 0, ebx, ecx = 0, edx;

	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	if (eax < 0x15)
		return 0;
	eax = 0x15;
	ecx = 0;
	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	return eax ? (uint64_t)ecx * ebx / eax : 0;
#else
	return 0;
#endif
}

static struct error *live_clocks(struct ledger_clocks *ret)
{
	*ret = read_closely();
	ret->counter_hz = counter_hz_of_cpu();
	kernel_clock_read(read_once, ret);
	return NULL;
}

static struct error *live_measure_counter(uint64_t *ret_hz)
{
	struct ledger_clocks first = read_closely(), last;
	struct timespec pause = {.tv_nsec = MEASURE_NS};

	nanosleep(&pause, NULL);
	last = read_closely();
	*ret_hz = last.raw_ns > first.raw_ns ? multiply_divide(last.counter - first.counter, NS,
						       (uint64_t)(last.raw_ns - first.raw_ns))
					     : 0;
	return NULL;
}

static struct error *read_kernel_log(int fd, struct blob *log)
{
	char record[LOG_RECORD_MAX];

	while (log->size < LOG_MAX) {
		ssize_t got = read(fd, record, sizeof(record));

		if (got > 0)
			TRY(blob_append(log, record, (uint64_t)got));
		else if (got == 0 || errno == EAGAIN)
			return NULL;
		/* EPIPE: the record was overwritten meanwhile; the next read gives the next one. */
		else if (errno != EPIPE && errno != EINTR)
			return error_system(errno, "/dev/kmsg");
	}
	return NULL;
}

static struct error *live_kernel_log(struct blob *ret)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct error *error;

	if (fd < 0)
		return error_system(errno, "/dev/kmsg");
	error = read_kernel_log(fd, ret);
	close(fd);
	return error;
}

static struct error *start(const char *const argv[], int output, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	int failed;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	failed = posix_spawnp(ret, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return failed ? error_system(failed, "%s", argv[0]) : NULL;
}

static struct error *read_output(int fd, struct blob *output)
{
	char part[4096];

	while (output->size < OUTPUT_MAX) {
		ssize_t got = read(fd, part, sizeof(part));

		if (got == 0)
			return NULL;
		if (got > 0)
			TRY(blob_append(output, part, (uint64_t)got));
		else if (errno != EINTR)
			return error_system(errno, "output");
	}
	return NULL;
}

static struct error *wait_for(const char *name, pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return error_system(errno, "%s", name);
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return NULL;
	return error_new(ERROR_OTHER, "%s: it ended with the wait status 0x%x", name, status);
}

static struct error *run(const char *const argv[], struct blob *ret_output)
{
	struct error *error, *ended;
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_system(errno, "pipe");
	error = start(argv, ends[1], &child);
	close(ends[1]);
	if (error) {
		close(ends[0]);
		return error;
	}
	error = read_output(ends[0], ret_output);
	close(ends[0]);
	ended = wait_for(argv[0], child);
	if (!error)
		return ended;
	error_free(ended);
	return error;
}

/* Where SIGCHLD was left ignored there would be no exit status: waitpid(2). */
static struct error *live_run(const char *const argv[], struct blob *ret_output)
{
	const struct sigaction standard = {.sa_handler = SIG_DFL};
	struct sigaction before;
	struct error *error;

	if (sigaction(SIGCHLD, &standard, &before) < 0)
		return error_system(errno, "sigaction");
	error = run(argv, ret_output);
	sigaction(SIGCHLD, &before, NULL);
	return error;
}

const struct ledger_system ledger_system_live = {
	.clocks = live_clocks,
	.measure_counter = live_measure_counter,
	.kernel_log = live_kernel_log,
	.run = live_run,
};
