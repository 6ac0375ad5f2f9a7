/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "decision/segment.h"

#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct error *segments_add(
	struct segments *segments, const struct segment *segment, const char *reason, ...)
{
	struct segment *added = &segments->list[segments->count];
	va_list arguments;
	int length;

	if (segments->count == SEGMENTS_MAX)
		return error_new(ERROR_UNSUPPORTED,
			"more than %d segments, which is all that kexec_load takes", SEGMENTS_MAX);
	*added = *segment;
	va_start(arguments, reason);
	length = vasprintf(&added->reason, reason, arguments);
	va_end(arguments);
	if (length < 0) {
		added->reason = NULL;
		return error_no_memory();
	}
	segments->count++;
	return NULL;
}

struct segment *segments_find(const struct segments *segments, enum segment_role role)
{
	for (unsigned int i = 0; i < segments->count; i++)
		if (segments->list[i].role == role)
			return (struct segment *)(uintptr_t)&segments->list[i];
	return NULL;
}

static int compare(const void *a, const void *b)
{
	const struct segment *first = a, *second = b;

	if (first->role != second->role)
		return (int)first->role - (int)second->role;
	return first->address < second->address ? -1 : first->address > second->address;
}

void segments_sort(struct segments *segments)
{
	qsort(segments->list, segments->count, sizeof(segments->list[0]), compare);
}

void segments_deinit(struct segments *segments)
{
	for (unsigned int i = 0; i < segments->count; i++)
		free(segments->list[i].reason);
	*segments = (struct segments){0};
}
