/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/mark.h"

#include "base/error.h"
#include "base/save.h"
#include "machine/source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

/* Nine digits of nanoseconds, so that the decimal point has its place. */
#define UP_FORMAT "%" PRId64 ".%09" PRId64

enum { NS = 1000000000 };

struct error *ledger_mark_up(const char *root)
{
	struct timespec now;
	char path[4096], text[64];
	int length;

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(path, sizeof(path), "%s/run/baton", root);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return error_system(errno, "%s", path);
	snprintf(path, sizeof(path), "%s/run/baton/up", root);
	length = snprintf(
		text, sizeof(text), UP_FORMAT "\n", (int64_t)now.tv_sec, (int64_t)now.tv_nsec);
	return save_first(path, bytes_of(text, (uint64_t)length));
}

struct error *ledger_read_up(struct source *source, bool *ret_found, int64_t *ret_ns)
{
	int64_t seconds, rest;
	int point = 0, last = 0;
	struct bytes text;
	char end;

	*ret_ns = 0;
	TRY(source_file(source, "run/baton/up", ret_found, &text));
	if (!*ret_found)
		return NULL;
	/* As UP_FORMAT writes it: nine digits after the point, and nothing after the line. */
	*ret_found = sscanf((const char *)text.data, "%10" SCNd64 ".%n%9" SCNd64 "%n%c", &seconds,
			     &point, &rest, &last, &end) == 3 &&
		     last - point == 9 && end == '\n' && (uint64_t)last + 1 == text.size &&
		     seconds >= 0 && rest >= 0;
	if (*ret_found)
		*ret_ns = seconds * NS + rest;
	return NULL;
}
