/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Work that may hang in the kernel (a dead file server) or outside: in a process that can be left.
 */
#ifndef BATON_REBOOT_CHILD_H
#define BATON_REBOOT_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/blob.h"

struct child {
	/** The work; what it writes to @out is collected. Its result is the exit status. */
	int (*work)(const void *data, int out);
	const void *data;
	unsigned int idle_ms;  /* give up when nothing has moved for so long */
	unsigned int total_ms; /* give up in any case */
	/** A number that changes while the work gets on, 0 if it is not known; NULL: none. */
	uint64_t (*moving)(void);
};

/**
 * Run it and wait, but not for ever. What is given up is killed, if it can be, and left alone.
 * @param ret_output  at most 1 MiB of what was written; NULL: of no interest
 * @param ret_status  the exit status; -1: given up, or killed
 */
struct error *child_run(const struct child *child, struct blob *ret_output, int *ret_status);

#endif
