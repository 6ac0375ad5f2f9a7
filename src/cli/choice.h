/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From options to a plan, for both command lines: a choice is what was asked for, still as names of
 * files; prepare() reads the machine and the files and makes the plan.
 */
#ifndef BATON_CLI_CHOICE_H
#define BATON_CLI_CHOICE_H

#include "base/blob.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "entry/entry.h"
#include "handoff/mailbox.h"
#include "image/initrd.h"
#include "image/unpacked.h"
#include "machine/machine.h"
#include "machine/source.h"
#include "plan/decision.h"
#include "plan/plan.h"
#include "plan/question.h"
#include "plan/request.h"
#include "plan/start.h"

/** Zeroed is "everything by default". Strings are the command line's, but for `append`. */
struct choice {
	const char *kernel; /* NULL: find it, if `find_kernel` */
	const char *initrds[INITRD_MAX];
	unsigned int initrd_count;
	bool no_initrd;
	bool warn_of_start;	  /* what would refuse a start that will not come up only warns */
	bool verify_start;	  /* look also where that takes long: into packed initrds */
	bool hotplug;		  /* a crash kernel that follows the hotplug of CPUs and memory */
	bool find_kernel;	  /* as baton does and kexec does not */
	bool find_initrd;	  /* look beside the kernel if none was named */
	bool reuse_by_default;	  /* the running command line, if no other was given */
	const char *initrd_owner; /* the option that named the initrds, for the error */
	const char *initrd_hint;  /* what to try if they cannot be read; NULL: nothing */
	const char *format;	  /* for image_identify(); NULL: any */
	const char *device_tree;
	const char *machine; /* a record to replay; NULL: the running system */
	bool seed_given;
	char *append; /* owned: every --append, joined by a space */

	/*
	 * Options that only one of the system calls can honour. The first of each is remembered by
	 * its name, so that auto can choose and a contradiction can be told.
	 */
	const char *needs_kexec_load;
	const char *needs_file_load;
	bool says_how; /* something was asked of the way of loading, if only of one call's */
	const char *via_option; /* the option that set request.method: "-s" */

	struct request request; /* pointers in it are filled by prepare() */
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

/** Everything that a plan is made of, and the plan. */
struct prepared {
	struct source *source;
	struct machine machine;
	bool machine_known;  /* it was read; else its fields mean nothing */
	struct entry entry;  /* empty when the kernel was named */
	const char *kernel;  /* path: borrowed from the choice or from the entry */
	char *initrd_beside; /* found by its name; NULL when named or none */
	char *why_no_initrd; /* why one that was there was not taken; NULL when none was there */
	struct start_facts start;
	struct start_findings findings;
	struct blob device_tree;
	struct image image;
	struct unpacked_kernel unpacked;
	struct initrd initrd;
	struct question question; /* of the choice's request, and of what is above */
	struct decision decision; /* taken over by the plan */
	struct mailbox mailbox;	  /* for a load; empty while it is only planned */
	struct plan plan;
	char *method_reason; /* an option decided; NULL: the plan's own reason */
};

/** The unpacked kernel, which the plan has taken over or not; NULL if it was not unpacked. */
const struct payload *payload_of_prepared(const struct prepared *prepared);

void prepared_deinit(struct prepared *prepared);
#define _cleanup_prepared_ __attribute__((cleanup(prepared_deinit)))

/** Open and read the machine that @record names, or the running one. */
struct error *read_machine(
	const struct cli *cli, const char *record, struct source **ret_source, struct machine *ret);

/**
 * Only whether a kernel is loaded, into @ret->kexec.loaded: on the way into a reboot there is no
 * time to read more, and a fact that is malformed must not stop it. TRISTATE_UNKNOWN if it cannot
 * be read.
 */
void read_loaded(const struct cli *cli, struct machine *ret);

/**
 * Read and plan, changing nothing. @progress may be NULL.
 * @param ret  to be freed with prepared_deinit(), also after an error; borrows from @choice
 */
struct error *prepare(const struct cli *cli, struct choice *choice, struct progress *progress,
	struct prepared *ret);

/** As far as the kernel's own file: for who needs no plan. */
struct error *prepare_kernel(const struct cli *cli, struct choice *choice,
	struct progress *progress, struct prepared *ret);

/**
 * Load what was prepared, note in its machine that something is loaded now, and in the ledger's
 * mailbox when.
 */
struct error *load_prepared(const struct cli *cli, struct prepared *prepared);

/** Which system call, as far as the options decide it. ERROR_USAGE if they contradict. */
struct error *choice_method(const struct choice *choice, enum method *ret, char **ret_reason);

#endif
