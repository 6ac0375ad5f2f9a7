/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files of a load: which, and what is in them. */
#ifndef BATON_JOB_FILES_H
#define BATON_JOB_FILES_H

#include "job/job.h"

/** Another computer's, or another time's: its files are not here, and nothing is done to it. */
bool job_is_recorded(const struct job_options *options);

/** Below it the files are looked for that nobody has named. */
const char *job_root(const struct job_system *system, const struct job_options *options);

/** Name the kernel and, where none was named, the initrds that go with it. */
struct error *job_find_files(
	const struct job_system *system, const struct job_options *options, struct job *job);

/** Refuse what does not fit, before any file is opened, as far as that can be told then. */
struct error *job_check_room(const struct job_options *options, const struct job *job);

struct error *job_read_image(
	const struct job_system *system, const struct job_options *options, struct job *job);

/** Open the initrds; their bytes stay in the files. */
struct error *job_open_initrds(const struct job_options *options, struct job *job);
/** Into memory. */
struct error *job_read_initrds(const struct job_options *options, struct job *job);

struct error *job_read_device_tree(struct job_options *options, struct job *job);

#endif
