/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The options of kexec(8), as kexec-tools has them: each with its meaning, or refused with a
 * sentence that says why. None is accepted and then ignored.
 */
#ifndef BATON_CLI_KEXEC_KEXEC_OPTIONS_H
#define BATON_CLI_KEXEC_KEXEC_OPTIONS_H

#include "cli/option_table.h"
#include "cli/plan.h"

struct kexec_options {
	struct choice choice; /* first: choice_option_…() set it through a pointer to this */

	/* What to do. Options act in order, so that a later one can take back an earlier one. */
	bool any_action; /* none: load, then have the system shut down */
	bool load, unload, execute;
	bool status, load_seen; /* -S asks about the crash kernel unless -l is there too */
	bool print_crash_size;
	bool help, version;

	bool no_sync, no_interfaces_down;
	bool debug;
	bool hotplug;	    /* --hotplug: checked to come with -p */
	bool core_headers;  /* --elf64-core-headers: the same */
	bool other_headers; /* --elf32-core-headers */
	bool memmap_words;  /* --pass-memmap-cmdline */
	bool reuse_initrd;

	/* baton's own */
	bool dry_run, json, show_addresses;
};

void kexec_options_deinit(struct kexec_options *options);
#define _cleanup_kexec_options_ __attribute__((cleanup(kexec_options_deinit)))

/** Read the command line; errors are ERROR_USAGE (or ERROR_UNSUPPORTED for what is refused). */
struct error *kexec_options_read(
	int argc, char **argv, struct kexec_options *options, int *ret_rest);

/** Print all of them. */
void kexec_options_print(void);

#endif
