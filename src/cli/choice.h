/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What was asked for on a command line: the job, and which options asked for what, so that two that
 * contradict can be named.
 */
#ifndef BATON_CLI_CHOICE_H
#define BATON_CLI_CHOICE_H

#include "cli/cli.h"
#include "cli/progress.h"
#include "job/job.h"

/** Zeroed is "everything by default". Strings are the command line's, but for what is owned. */
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
/** The way of loading by its name. */
struct error *choice_set_via(struct choice *choice, const char *value);
/** All the plan's randomness, as hex digits. */
struct error *choice_set_seed(struct choice *choice, const char *value);
/** Force a format by the name a user knows it by: "bzImage", "bzImage64", "elf-x86_64", "ELF". */
struct error *choice_set_format(struct choice *choice, const char *option, const char *name);

/**
 * job_plan() of what was chosen. @progress may be NULL.
 * @param ret  to be freed with job_deinit(), also after an error; borrows from @choice
 * ERROR_USAGE also if options contradict.
 */
struct error *choice_plan(
	const struct cli *cli, struct choice *choice, struct progress *progress, struct job *ret);

/** The system that jobs of this command are done to. */
struct job_system cli_job_system(const struct cli *cli);

/** job_read_machine() on it. */
struct error *read_machine(
	const struct cli *cli, const char *record, struct source **ret_source, struct machine *ret);

#endif
