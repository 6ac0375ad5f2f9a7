/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What was asked for by options, of a command line or of the library: the job, and which options
 * asked for what, so that two that contradict can be named.
 */
#ifndef BATON_JOB_CHOICE_H
#define BATON_JOB_CHOICE_H

#include "job/job.h"

/** Zeroed is "everything by default". Strings are the caller's, but for what is owned. */
struct choice {
	struct job_options job;
	char *append;		  /* owned: every --append, joined by a space */
	const char *initrd_owner; /* the option that named the initrds */

	/*
	 * Options that only one of the system calls can honour. The first of each is remembered by
	 * its name, so that auto can choose and a contradiction can be told.
	 */
	const char *needs_kexec_load;
	const char *needs_file_load;
	bool says_how; /* something was asked of the way of loading, if only of one call's */
	const char *via_option; /* the option that set request.method: "-s" */
	char *method_reason;	/* owned: an option decided, and which; NULL: the plan's reason */
};

void choice_deinit(struct choice *choice);
#define _cleanup_choice_ __attribute__((cleanup(choice_deinit)))

/** Remember that only kexec_load can honour @option, the first of them. */
void choice_needs_kexec_load(struct choice *choice, const char *option);
/** Remember that something was asked that kexec_load honours, and that any call can do without. */
void choice_says_how(struct choice *choice);
struct error *choice_add_initrd(struct choice *choice, const char *option, const char *path);
/** Add to the command line, after a space. */
struct error *choice_append(struct choice *choice, const char *text);
/** Force a format by the name a user knows it by: "bzImage", "bzImage64", "elf-x86_64", "ELF". */
struct error *choice_set_format(struct choice *choice, const char *option, const char *name);

/**
 * Decide what the options together say of the way to load, before job_plan() of @choice->job.
 * ERROR_USAGE, or for a crash kernel ERROR_UNSUPPORTED, if they contradict.
 */
struct error *choice_settle(struct choice *choice);

#endif
