/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <utmp.h>

#include "base/error.h"
#include "reboot/child.h"
#include "reboot/file_systems.h"

enum { IDLE_MS = 10000, TOTAL_MS = 600000 };

struct work {
	const char *root;
	void (*sync)(void);
	bool record;
};

/*
 * A record of wtmp (utmp(5)): the same bytes on every machine. Not every C library has updwtmp(3),
 * nor every one's struct utmp this layout.
 */
struct wtmp_record {
	int16_t type, pad;
	int32_t process;
	char line[32], id[4], user[32], host[256];
	int16_t termination, exit;
	int32_t session, seconds, microseconds;
	int32_t address[4];
	char unused[20];
};
_Static_assert(sizeof(struct wtmp_record) == 384, "utmp(5)");

/* Where there is no wtmp, none is wanted: utmp(5). */
static void write_wtmp(const char *root)
{
	struct wtmp_record record = {.type = RUN_LVL, .line = "~", .id = "~~", .user = "shutdown"};
	struct utsname name;
	struct timeval now;
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/var/log/wtmp", root) >= (int)sizeof(path))
		return;
	gettimeofday(&now, NULL);
	record.seconds = (int32_t)now.tv_sec;
	record.microseconds = (int32_t)now.tv_usec;
	if (uname(&name) == 0)
		snprintf(record.host, sizeof(record.host), "%s", name.release);
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd < 0)
		return;
	/* Nothing depends on it. */
	if (write(fd, &record, sizeof(record)) != (ssize_t)sizeof(record))
		errno = 0;
	close(fd);
}

static int work(const void *data, int out)
{
	const struct work *work = data;

	(void)out;
	if (work->record)
		write_wtmp(work->root);
	work->sync();
	return 0;
}

/* Pages written so far, by anybody: /proc/vmstat. 0 if that is not known. */
static uint64_t pages_written(void)
{
	FILE *file = fopen("/proc/vmstat", "re");
	unsigned long long number = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "nr_written %llu", &number) == 1)
			break;
	if (file)
		fclose(file);
	return number;
}

struct error *write_back(const char *root, void (*sync)(void), bool record)
{
	const struct work data = {.root = root, .sync = sync, .record = record};
	const struct child child = {
		.work = work,
		.data = &data,
		.idle_ms = IDLE_MS,
		.total_ms = TOTAL_MS,
		.moving = pages_written,
	};
	int status;
	struct error *error = child_run(&child, NULL, &status);

	/* Rather for ever than not at all. */
	if (error) {
		error_free(error);
		work(&data, -1);
		return NULL;
	}
	if (status == 0)
		return NULL;
	return error_new(ERROR_OTHER,
		"sync: not everything could be written back: nothing has moved for %d seconds, or more "
		"than %d have passed; a file server or a disk may be gone",
		IDLE_MS / 1000, TOTAL_MS / 1000);
}
