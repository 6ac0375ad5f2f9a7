/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* baton's own options, and which verb takes which. */
#ifndef BATON_CLI_OPTIONS_H
#define BATON_CLI_OPTIONS_H

#include "cli/option_table.h"
#include "cli/plan.h"

/** Which verbs take an option. */
enum verb_bit {
	ON_STATUS = 1 << 0,
	ON_LOAD = 1 << 1,
	ON_UNLOAD = 1 << 2,
	ON_PLAN = 1 << 3,
	ON_MACHINE = 1 << 4,
	ON_REBOOT = 1 << 5,
	ON_HELP = 1 << 6,
	ON_VERSION = 1 << 7,
	ON_PREPARE = 1 << 8,
	ON_REPORT = 1 << 9,
	ON_MARK = 1 << 10,
	ON_DOCTOR = 1 << 11,
	ON_LIST = 1 << 12,
	ON_PLANNING = ON_LOAD | ON_PLAN | ON_REBOOT,
	ON_FACTS = ON_STATUS | ON_LOAD | ON_PLAN | ON_MACHINE | ON_REBOOT | ON_UNLOAD | ON_REPORT |
		   ON_DOCTOR | ON_LIST,
	ON_ALL = (1 << 13) - 1,
};

struct options {
	struct choice choice; /* first: choice_option_…() set it through a pointer to this */
	bool help, version;
	bool quiet, verbose, json, show_addresses;
	enum color_choice color;
	bool dry_run;
	bool now;
	bool ignore_inhibitors;
	bool no_load;
	bool clear;	       /* prepare: forget every prepared kernel */
	bool all;	       /* prepare: every installed kernel */
	const char *root;      /* list: folder that stands in for / */
	const char *record;    /* machine: file to write */
	const char *elf;       /* plan: file to write */
	const char *svg;       /* report: file to write */
	const char *boot;      /* report: which one; NULL: this */
	bool history;	       /* report: all of them */
	bool add_to_history;   /* report: into the history */
	bool kernel_by_option; /* --kernel, and not by position */
};

void options_deinit(struct options *options);
#define _cleanup_options_ __attribute__((cleanup(options_deinit)))

/** What a verb says between its name and its options. */
struct verb {
	const char *name;
	enum verb_bit bit;
	const char *argument;	 /* its one argument: "KERNEL", "VERB"; NULL: takes none */
	const char *summary;	 /* one line for the list */
	const char *description; /* a paragraph for `baton help VERB` */
	/** @argument is NULL when it was left out. Prints its facts; an error is told by main. */
	struct error *(*run)(struct cli *cli, struct options *options, const char *argument);
};

/**
 * Read the command line into @ret, to be freed with options_deinit() also after an error.
 *
 * @param verb      NULL: before the verb, where every option is known; reading stops at the verb
 * @param ret_rest  index in argv of the first argument that is no option (argv is permuted)
 * Errors are ERROR_USAGE, with what was probably meant.
 */
struct error *options_read(
	int argc, char **argv, const struct verb *verb, struct options *options, int *ret_rest);

/** Print the options of @verb, one a line. */
void options_print(const struct verb *verb);

#endif
