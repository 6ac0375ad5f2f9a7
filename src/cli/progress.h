/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bar on standard error, on a terminal only, and only once the work has taken a noticeable time.
 * A thread draws it, so that a long system call does not stop it.
 */
#ifndef BATON_CLI_PROGRESS_H
#define BATON_CLI_PROGRESS_H

struct cli;
struct progress;

/** The steps of loading, in order. */
enum progress_stage {
	PROGRESS_MACHINE,
	PROGRESS_KERNEL,
	PROGRESS_INITRD,
	PROGRESS_UNPACK,
	PROGRESS_PLAN,
	PROGRESS_LOAD,
	PROGRESS_STAGES,
};

/** NULL when there is nobody to show it to, which every function here accepts. */
struct progress *progress_start(const struct cli *cli);
void progress_at(struct progress *progress, enum progress_stage stage);
/** Wipe the bar away; before anything is printed. Harmless when called again. */
void progress_stop(struct progress *progress);
void progress_freep(struct progress **progress);
#define _cleanup_progress_ __attribute__((cleanup(progress_freep)))

#endif
