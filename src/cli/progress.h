/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bar on standard error, on a terminal only, and only once the work has taken a noticeable time.
 * A thread draws it, so that a long system call does not stop it.
 */
#ifndef BATON_CLI_PROGRESS_H
#define BATON_CLI_PROGRESS_H

#include "job/job.h"

struct cli;
struct progress;

/** NULL when there is nobody to show it to, which every function here accepts. */
struct progress *progress_start(const struct cli *cli);
void progress_at(struct progress *progress, enum job_stage stage);
/** progress_at() as a job calls it. */
struct job_watch progress_watch(struct progress *progress);
/** Wipe the bar away; before anything is printed. Harmless when called again. */
void progress_stop(struct progress *progress);
void progress_freep(struct progress **progress);
#define _cleanup_progress_ __attribute__((cleanup(progress_freep)))

#endif
