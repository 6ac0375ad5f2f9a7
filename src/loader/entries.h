/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a machine's boot loaders offer, and which of it they would start next. Below the root that
 * it is given; nothing is written, and nothing mounted.
 *
 * To add a loader: src/loader/LOADER.c with its row, the row in loaders.c's table, a folder of real
 * configurations in tests/unit/data with what is expected of them, its name in baton(8).
 */
#ifndef BATON_LOADER_ENTRIES_H
#define BATON_LOADER_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>

#include "loader/tree.h"

struct error;

enum { LOADER_INITRDS_MAX = 64 };

/** One entry. Strings are owned; NULL: it says nothing of that. Paths are below the root. */
struct loader_entry {
	char *id;    /* as the loader's own tools take it */
	char *title; /* of a submenu's entry with those above it: "Advanced > Linux 6.1" */
	char *version, *machine_id, *sort_key, *architecture;
	char *file; /* where it stands */
	unsigned int line;
	char *kernel;
	char *initrds[LOADER_INITRDS_MAX];
	unsigned int initrd_count;
	char *command_line; /* NULL: nothing says */
	char *device_tree;
	/** Why baton cannot start it, one sentence: what is not Linux, or not there. NULL: it can.
	 */
	char *problem;
	int tries_left; /* -1: they are not counted */
	int tries_done;
	bool is_default;  /* what the loader starts if nobody chooses and nothing was asked for */
	bool is_one_shot; /* what it starts the next time only */
	bool is_hidden;	  /* the loader does not show it */
};

struct loader_entries {
	const char *loader; /* "grub"; static */
	char *why;	    /* why that loader: one sentence */
	struct loader_entry *list;
	size_t count, room;
	char **doubts; /* sentences: what was passed over, guessed, or not mounted */
	size_t doubt_count;
};

void loader_entries_deinit(struct loader_entries *entries);
#define _cleanup_loader_entries_ __attribute__((cleanup(loader_entries_deinit)))

/** A new entry at the end of the list. */
struct error *loader_entries_add(struct loader_entries *entries, struct loader_entry **ret);
struct error *loader_entries_doubt(struct loader_entries *entries, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** Say why an entry cannot be started, unless that is said already. */
struct error *loader_entry_problem(struct loader_entry *entry, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** What would be started next: the one-time entry, else the default; NULL: not known. */
const struct loader_entry *loader_entries_next(const struct loader_entries *entries);

/**
 * All entries of the loader that this machine uses.
 * Errors: ERROR_LIMIT for a configuration that goes on for ever; ERROR_NOT_PERMITTED for one that
 * cannot be read; ERROR_OTHER if no loader's configuration is there.
 */
struct error *loader_entries_read(const struct tree *tree, struct loader_entries *ret);

/** A row of the table of loaders. */
struct loader {
	const char *name; /* stable, for JSON */
	const char
		*looked_for; /* for the error: "/boot/grub/grub.cfg"; NULL: another row says it */
	/** Add its entries, and say why it is this one; nothing if its configuration is not there.
	 */
	struct error *(*read)(const struct tree *tree, struct loader_entries *ret);
};

extern const struct loader loader_grub, loader_systemd_boot, loader_systemd_boot_running,
	loader_extlinux, loader_boot_files;

#endif
