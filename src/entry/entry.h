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

struct error;

enum { ENTRY_INITRDS_MAX = 16 };

/** Something that can be started. Strings are owned; paths begin with the root they were found in.
 */
struct entry {
	const char *source; /* name of the table's row; static */
	char *origin; /* how it was found: "the link /vmlinuz to /boot/vmlinuz-6.1.0-40-amd64" */
	char *kernel; /* path, links resolved */
	char *initrds[ENTRY_INITRDS_MAX];
	unsigned int initrd_count;
	char *command_line; /* NULL: the entry does not say, so the running kernel's is used */
};

void entry_deinit(struct entry *entry);
#define _cleanup_entry_ __attribute__((cleanup(entry_deinit)))

/**
 * Find what the system boots by default.
 *
 * @param root     "/" or a folder that stands in for it
 * @param release  `uname -r` of the running kernel; NULL if unknown
 * @param ret      to be freed with entry_deinit(); empty on error
 * Errors: ERROR_OTHER naming every place that was looked at, when no source knows a kernel.
 */
struct error *entry_find_default(const char *root, const char *release, struct entry *ret);

/**
 * Find the initrd that belongs to @kernel by its name, in the same directory: initrd.img-VERSION
 * for vmlinuz-VERSION, and what other distributions call them. @ret is the path, to be freed, or
 * NULL if there is none.
 */
struct error *entry_initrd_beside(const char *kernel, char **ret);

/** A row of the table of sources. */
struct entry_source {
	const char *name;	/* stable, for JSON: "boot-link" */
	const char *looked_for; /* for the error: "/vmlinuz" */
	/** Fill @ret if there is a default, else leave it empty. Errors are out of memory only. */
	struct error *(*find_default)(const char *root, const char *release, struct entry *ret);
};

extern const struct entry_source entry_source_root_link;
extern const struct entry_source entry_source_boot_link;
extern const struct entry_source entry_source_running_release;

#endif
