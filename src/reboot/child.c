/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reboot/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"

enum { OUTPUT_MAX = 1 << 20, LOOK_MS = 500 };

static uint64_t now_ms(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static struct error *take_output(const char *data, size_t size, struct blob *output)
{
	uint64_t before;

	if (!output || output->size + size > OUTPUT_MAX)
		return NULL;
	before = output->size;
	TRY(blob_resize(output, before + size));
	memcpy(output->data + before, data, size);
	return NULL;
}

/* Where nothing tells whether anything moves, the whole time counts alone. */
static bool is_worth_waiting(
	const struct child *child, uint64_t since_start, uint64_t since_moved, uint64_t seen)
{
	return since_start < child->total_ms &&
	       ((child->moving && !seen) || since_moved < child->idle_ms);
}

/* Read until the child is gone, which closes its end; @ret_gone is false when there is no more
 * patience. */
static struct error *attend(const struct child *child, int fd, struct blob *output, bool *ret_gone)
{
	uint64_t started = now_ms(), moved = started, seen = child->moving ? child->moving() : 0;
	char buffer[4096];

	for (uint64_t now = started; is_worth_waiting(child, now - started, now - moved, seen);
		now = now_ms()) {
		struct pollfd poller = {.fd = fd, .events = POLLIN};
		ssize_t got;

		if (poll(&poller, 1, LOOK_MS) > 0) {
			got = read(fd, buffer, sizeof(buffer));
			*ret_gone = got == 0;
			if (got < 0 && errno != EINTR)
				return error_system(errno, "read");
			if (got == 0)
				return NULL;
			if (got > 0)
				TRY(take_output(buffer, (size_t)got, output));
		}
		if (child->moving && (!seen || child->moving() != seen)) {
			seen = child->moving();
			moved = now_ms();
		}
	}
	return NULL;
}

static void end(pid_t pid, bool gone, int *ret_status)
{
	int status;

	if (!gone)
		kill(pid, SIGKILL);
	/* One that hangs in the kernel does not go, and is not waited for. */
	if (waitpid(pid, &status, gone ? 0 : WNOHANG) == pid && gone && WIFEXITED(status))
		*ret_status = WEXITSTATUS(status);
}

static struct error *start_and_attend(
	const struct child *child, struct blob *ret_output, int *ret_status)
{
	struct error *error;
	bool gone = false;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_system(errno, "pipe");
	/* Nothing that is still to be printed is printed twice. */
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(child->work(child->data, ends[1]));
	error = pid < 0 ? error_system(errno, "fork") : NULL;
	close(ends[1]);
	if (!error) {
		error = attend(child, ends[0], ret_output, &gone);
		end(pid, gone, ret_status);
	}
	close(ends[0]);
	return error;
}

/*
 * Whoever started this program may have left SIGCHLD ignored, which execve(2) does not change: then
 * the kernel keeps no exit status (waitpid(2)), and what the child has found would not be known.
 */
struct error *child_run(const struct child *child, struct blob *ret_output, int *ret_status)
{
	const struct sigaction standard = {.sa_handler = SIG_DFL};
	struct sigaction before;
	struct error *error;

	*ret_status = -1;
	if (sigaction(SIGCHLD, &standard, &before) < 0)
		return error_system(errno, "sigaction");
	error = start_and_attend(child, ret_output, ret_status);
	sigaction(SIGCHLD, &before, NULL);
	return error;
}
