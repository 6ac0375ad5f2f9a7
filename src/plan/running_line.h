/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The running kernel's command line, taken apart by where its words came from. */
#ifndef BATON_PLAN_RUNNING_LINE_H
#define BATON_PLAN_RUNNING_LINE_H

#include "plan/line.h"

struct machine;

/** The word that stands in for the record where none travels: see running_line_read(). */
#define ONCE_MARK "baton_handoff.once"

struct running_line {
	struct line usual;	/* what its boot loader gave it, or the handoff as the usual line */
	struct line once;	/* what the handoff was given for that start alone */
	struct line built_in;	/* what its own configuration has added */
	struct line bootconfig; /* and its boot configuration */
	bool overridden; /* the configuration's words replaced the boot loader's, which nobody knows
			  */
};

/**
 * Take apart what /proc/cmdline shows.
 *
 * The handoff record says what baton had given, and of that, what for the one start alone. It is
 * believed if the running line has all of its words in their order. Without a record (it does not
 * travel by kexec_file_load) a word ONCE_MARK=K,I says it of the last K words of the kernel's part
 * and the last I of init's.
 *
 * @param ret  freed with running_line_deinit()
 */
struct error *running_line_read(const struct machine *machine, struct running_line *ret);
void running_line_deinit(struct running_line *line);
#define _cleanup_running_line_ __attribute__((cleanup(running_line_deinit)))

#endif
