/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Boot entries: what would this system start if it were booted in the ordinary way?
 *
 * Sources are asked in the order of the table in entry.c; the first that knows a default wins. Each
 * only looks below the root it is given, writes nothing and mounts nothing.
 *
 * To add a source (GRUB, BLS, UKI): src/entry/SOURCE.c with its row, the row in entry.c's table
 * (the order there is the order of belief, and says why), a folder of real configurations with the
 * entries expected of them, its name in baton(8).
 */
#ifndef BATON_ENTRY_ENTRY_H
#define BATON_ENTRY_ENTRY_H

#include <stdbool.h>

#include "machine/machine.h"

struct error;

enum { BOOT_ENTRY_INITRDS_MAX = 16 };

/** Something that can be started. Strings are owned; paths begin with the root they were found in.
 */
struct boot_entry {
	const char *source; /* name of the table's row; static */
	char *origin; /* how it was found: "the link /vmlinuz to /boot/vmlinuz-6.1.0-40-amd64" */
	char *kernel; /* path, links resolved */
	char *initrds[BOOT_ENTRY_INITRDS_MAX];
	unsigned int initrd_count;
	char *command_line;  /* NULL: the entry does not say, so the running kernel's is used */
	char *why_no_initrd; /* why one that was there was not taken; NULL: there was none */
	char *warning;	     /* what whoever loads it should know, one sentence; NULL: nothing */
};

void boot_entry_deinit(struct boot_entry *entry);
#define _cleanup_boot_entry_ __attribute__((cleanup(boot_entry_deinit)))

/** What the choice depends on. */
struct boot_entry_question {
	const char *root;	  /* "/" or a folder that stands in for it */
	const char *release;	  /* `uname -r` of the running kernel; NULL if unknown */
	enum tristate had_initrd; /* the running kernel was given one: machine_had_initrd() */
};

/**
 * Find what the system boots by default.
 *
 * A kernel is only taken with an initrd of its own version; without one only if the running kernel
 * was started without one, too. Package scripts move the links to a new kernel before its initrd is
 * made, and a full /boot leaves them so: then it is the running kernel's own pair that is found,
 * and ret->warning says why.
 *
 * @param ret  to be freed with boot_entry_deinit(); empty on error
 * Errors: ERROR_OTHER naming every place that was looked at, when no source knows a kernel, or what
 * /etc/fstab has for /boot if that is not mounted; or saying which initrd is missing.
 */
struct error *boot_entry_find_default(
	const struct boot_entry_question *question, struct boot_entry *ret);

/**
 * The kernels in /boot below @root, by their names vmlinuz-VERSION: the newest @most of them, the
 * newest first. @ret and each path in it are the caller's; NULL if there are none.
 */
struct error *boot_entry_installed(
	const char *root, unsigned int most, char ***ret, unsigned int *ret_count);

/** What was found for a kernel; at most one of them is not NULL. */
struct boot_entry_pair {
	char *initrd; /* its path */
	char *why;    /* why a file that was there was not taken, half a sentence; NULL: none was */
};

void boot_entry_pair_deinit(struct boot_entry_pair *pair);
#define _cleanup_boot_entry_pair_ __attribute__((cleanup(boot_entry_pair_deinit)))

/**
 * Find the initrd that belongs to @kernel by its name, in the same directory: initrd.img-VERSION
 * for vmlinuz-VERSION, and what other distributions call them. A link is followed first: it is the
 * version of the file that counts. An empty file, or one that is being made, is not taken.
 *
 * @param link  also look at this path, unless what it leads to has the name of another version;
 *              NULL: none
 */
struct error *boot_entry_find_pair(
	const char *kernel, const char *link, struct boot_entry_pair *ret);

/**
 * What /etc/fstab below @root mounts at /boot, if nothing is mounted there; else NULL. To be freed.
 * Where no mounts are known (/proc/self/mountinfo) it is NULL too.
 */
struct error *boot_entry_unmounted_boot(const char *root, char **ret);

/** A row of the table of sources. */
struct boot_entry_source {
	const char *name;	/* stable, for JSON: "boot-link" */
	const char *looked_for; /* for the error: "/vmlinuz" */
	/** Fill @ret if there is a default, else leave it empty. Errors are out of memory only. */
	struct error *(*find_default)(
		const char *root, const char *release, struct boot_entry *ret);
};

extern const struct boot_entry_source boot_entry_source_root_link;
extern const struct boot_entry_source boot_entry_source_boot_link;
extern const struct boot_entry_source boot_entry_source_running_release;

#endif
