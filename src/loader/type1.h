/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Boot Loader Specification type #1: a file an entry (uapi-group.org, Boot Loader Specification).
 */
#ifndef BATON_LOADER_TYPE1_H
#define BATON_LOADER_TYPE1_H

#include "loader/entries.h"

/**
 * Read the entry @text of the file @name ("NAME.conf" or "NAME+LEFT-DONE.conf") into @ret.
 * Paths in it are relative to @folder, where the partition is mounted. An unknown key is nothing.
 */
struct error *type1_read(const struct tree *tree, const char *folder, const char *name,
	struct bytes text, struct loader_entry *ret);

/** systemd-boot's order of entries, for qsort(). */
int loader_entry_compare(const void *a, const void *b);

#endif
