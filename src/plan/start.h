/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Will what is to be started come up? What can be told beforehand, out of facts about the files of
 * this system (entry/start_facts.h) and the names in the initrd. Pure, as the plan is.
 *
 * Each finding is a refusal, where the new system would surely not come up, or a warning, where
 * that is in doubt; what cannot be known is no finding. A kernel that somebody names, and that does
 * not lie in /boot, is theirs to know: what is refused for an installed one is a warning then, but
 * for a root file system that is not there.
 */
#ifndef BATON_PLAN_START_H
#define BATON_PLAN_START_H

#include "machine/machine.h"

struct error;
struct initrd_contents;
struct notes;

enum {
	START_FINDINGS_MAX = 32,
	START_NEEDS_MAX = 32,
	START_CONSOLES_MAX = 8,
};

struct start_findings {
	struct start_finding {
		bool refusal;
		bool note;  /* neither that nor a warning: what nobody looked at */
		char *text; /* one sentence, without its full stop */
	} list[START_FINDINGS_MAX];
	unsigned int count;
};

void start_findings_deinit(struct start_findings *findings);
#define _cleanup_start_findings_ __attribute__((cleanup(start_findings_deinit)))

/** The root file system that the command line names. */
enum start_root {
	START_ROOT_UNKNOWN =
		0,	    /* of a kind that cannot be looked up, or no list to look it up in */
	START_ROOT_UNNAMED, /* no root= */
	START_ROOT_THERE,
	START_ROOT_MISSING,
	START_ROOT_IN_DOUBT, /* missing, but something may yet make it: LVM, RAID, encryption */
};

/** What the kernel must have to reach its root, and the modules each of which brings it. */
struct start_need {
	char *what;    /* "the disk's driver" */
	char *modules; /* '\n' NAME '\n' NAME … '\n' */
};

/** Facts about the system that is to be started. Zeroed: nothing is known. */
struct start_facts {
	char *release;		  /* the kernel's: "6.1.0-50-amd64"; NULL unknown */
	bool found_kernel;	  /* by baton; else the user named it */
	bool own_kernel;	  /* the user named it, and it does not lie in /boot */
	bool named_initrd;	  /* by the user */
	bool wanted_no_initrd;	  /* by the user */
	bool looked_closer;	  /* --verify: at what stays packed, too */
	enum tristate had_initrd; /* the running kernel was given one */
	char *why_no_initrd;	  /* why one that was there was not taken; NULL */
	char *unmounted_boot;	  /* what /etc/fstab has for /boot, if that is not mounted; NULL */
	bool kernel_in_boot;	  /* it lies in /boot */

	/* Modules in the file system, for the running system or what replaces it. */
	enum tristate modules_there; /* a folder of modules for `release` */
	bool modules_used;	     /* this system has modules, and is not in its initramfs */
	bool modules_elsewhere;	     /* but keeps none where they are looked for */

	enum start_root root;
	bool other_root;     /* another one than the running kernel's, or another subvolume */
	char *root_word;     /* the value of root= */
	char *running_root;  /* the running kernel's; NULL: none, or unknown */
	char *first_program; /* of the initrd, by rdinit=; NULL: /init */
	char *missing_init;  /* what init= names and this root does not have; NULL */
	char *other_type;    /* what rootfstype= allows, and this root is not; NULL */
	char *blocked; /* modules that the kernel will not load (module_blacklist=): as in `needs`
			*/
	char *blocked_by_name; /* and that modprobe will not, by what asks for them */
	bool initrd_only_root; /* of a kind that only an initrd can find: UUID=, LABEL= */
	struct start_need needs[START_NEEDS_MAX]; /* only what is a module in the new kernel */
	unsigned int need_count;
	char *unread_list; /* why a list of modules could not be read: `needs` is not whole; NULL */
	char *consoles[START_CONSOLES_MAX]; /* that are not there */
	unsigned int console_count;
};

void start_facts_deinit(struct start_facts *facts);
#define _cleanup_start_facts_ __attribute__((cleanup(start_facts_deinit)))

/** What can be told before anything is unpacked: the files, the root, the consoles. */
struct error *start_check_system(const struct start_facts *facts, struct start_findings *ret);

/**
 * What the initrd tells: whether it is of this kernel's version, and holds a first program and the
 * modules that the root file system needs.
 * @param contents  NULL: there is no initrd
 */
struct error *start_check_initrd(const struct start_facts *facts,
	const struct initrd_contents *contents, struct start_findings *ret);

/**
 * The first refusal among @findings as an error, ERROR_OTHER, then what else was found, so that
 * all can be seen to at once, and @way_out; NULL if nothing is refused.
 */
struct error *start_refusal(const struct start_findings *findings, const char *way_out);

/** Add all findings, as warnings and notes. */
void start_note(const struct start_findings *findings, struct notes *notes);

#endif
