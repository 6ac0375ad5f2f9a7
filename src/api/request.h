/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the public interface share. */
#ifndef BATON_API_REQUEST_H
#define BATON_API_REQUEST_H

#include "baton.h"
#include "job/choice.h"

enum { REQUEST_FDS_MAX = INITRD_MAX + 1 };

struct baton_request {
	struct choice choice; /* strings in it are the request's */
	char **strings;
	size_t string_count;
	int fds[REQUEST_FDS_MAX];
	unsigned int fd_count;
	baton_progress progress;
	void *progress_data;
	baton_log log;
	void *log_data;
};

struct baton_machine {
	struct machine machine;
	bool recorded; /* another computer, or another time: nothing can be done to it */
};

static inline struct baton_error *wrap(struct error *error)
{
	return (struct baton_error *)error;
}

#endif
