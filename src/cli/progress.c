/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/progress.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/thread.h"
#include "cli/cli.h"

enum {
	FIRST_AFTER_MS = 400, /* what takes less looks immediate */
	REDRAW_MS = 120,
	BAR_WIDTH = 20,
};

static const char *const stage_names[JOB_STAGES] = {
	[JOB_MACHINE] = "reading the machine's memory map",
	[JOB_KERNEL] = "reading the kernel",
	[JOB_INITRD] = "reading the initrds",
	[JOB_UNPACK] = "unpacking, so that the next kernel need not",
	[JOB_PLAN] = "planning",
	[JOB_LOAD] = "handing everything to the kernel",
};

struct progress {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	enum job_stage stage;
	bool stopping, stopped, drawn;
};

static struct timespec after(unsigned int milliseconds)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += (long)(milliseconds % 1000) * 1000000;
	t.tv_sec += milliseconds / 1000 + t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void draw(struct progress *progress, unsigned int tick)
{
	static const char spinner[] = "|/-\\";
	char bar[BAR_WIDTH + 1];
	int filled = BAR_WIDTH * (int)progress->stage / JOB_STAGES;

	for (int i = 0; i < BAR_WIDTH; i++)
		bar[i] = i < filled ? '#' : '.';
	bar[BAR_WIDTH] = 0;
	bar[filled] = spinner[tick % 4];
	dprintf(STDERR_FILENO, "\r\033[K[%s] %s", bar, stage_names[progress->stage]);
	progress->drawn = true;
}

static void *show(void *data)
{
	struct progress *progress = data;
	struct timespec until = after(FIRST_AFTER_MS);

	pthread_mutex_lock(&progress->mutex);
	for (unsigned int tick = 0; !progress->stopping; tick++) {
		while (!progress->stopping &&
			pthread_cond_timedwait(&progress->changed, &progress->mutex, &until) == 0)
			;
		if (!progress->stopping)
			draw(progress, tick);
		until = after(REDRAW_MS);
	}
	pthread_mutex_unlock(&progress->mutex);
	return NULL;
}

struct progress *progress_start(const struct cli *cli)
{
	struct progress *progress;
	pthread_condattr_t attributes;

	if (cli->quiet || !isatty(STDERR_FILENO))
		return NULL;
	progress = calloc(1, sizeof(*progress));
	if (!progress)
		return NULL;
	pthread_mutex_init(&progress->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&progress->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	if (!thread_start_aside(&progress->thread, show, progress)) {
		progress->stopped = true;
		progress_freep(&progress);
	}
	return progress;
}

void progress_at(struct progress *progress, enum job_stage stage)
{
	if (!progress)
		return;
	pthread_mutex_lock(&progress->mutex);
	progress->stage = stage;
	pthread_mutex_unlock(&progress->mutex);
}

static void on_stage(void *data, enum job_stage stage)
{
	progress_at(data, stage);
}

struct job_watch progress_watch(struct progress *progress)
{
	return (struct job_watch){.at = on_stage, .data = progress};
}

void progress_stop(struct progress *progress)
{
	if (!progress || progress->stopped)
		return;
	pthread_mutex_lock(&progress->mutex);
	progress->stopping = true;
	pthread_cond_signal(&progress->changed);
	pthread_mutex_unlock(&progress->mutex);
	pthread_join(progress->thread, NULL);
	progress->stopped = true;
	if (progress->drawn)
		dprintf(STDERR_FILENO, "\r\033[K");
}

void progress_freep(struct progress **progress)
{
	if (!*progress)
		return;
	progress_stop(*progress);
	pthread_cond_destroy(&(*progress)->changed);
	pthread_mutex_destroy(&(*progress)->mutex);
	free(*progress);
	*progress = NULL;
}
