/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a page of memory can be kept without a process. */
#ifndef BATON_HANDOFF_MAILBOX_HOME_H
#define BATON_HANDOFF_MAILBOX_HOME_H

#include <stdbool.h>

struct mailbox_home {
	const char *folder; /* below the root */
	const char *name;   /* in it */
	/**
	 * What its name begins with until the load has succeeded; the number of the process that
	 * loads follows, so that two may load at once.
	 */
	const char *temporary;
	/** Is it there to be used? */
	bool (*is_there)(const char *folder);
	/**
	 * Make HANDOFF_MAILBOX_SIZE bytes of zeros under a path, with the memory for them; a file
	 * to mmap(), or -1 and errno.
	 */
	int (*make)(const char *path);
	/** Open what make() has made: a file to mmap(), or -1 and errno. */
	int (*open)(const char *path);
};

/** In order of preference. */
enum { MAILBOX_HOME_COUNT = 2 };
extern const struct mailbox_home mailbox_homes[MAILBOX_HOME_COUNT];

#endif
