/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The boot loader's entries, as what is to be loaded. */
#ifndef BATON_JOB_ENTRIES_H
#define BATON_JOB_ENTRIES_H

#include "entry/entry.h"

struct error;

/**
 * What the boot loader below @root would start next. @ret stays empty where there is none that
 * baton can read; ret->warning is set where its configuration is there and of no use.
 *
 * Errors: ERROR_OTHER if that cannot be started by a handoff, with the reason and what to do.
 */
struct error *job_entry_next(const char *root, struct boot_entry *ret);

/**
 * The entry that @word names: by its number in `baton list`, its id, its title (that of an entry of
 * a submenu with or without those above it), or its kernel's version. @ret stays empty if none
 * does.
 *
 * Errors: ERROR_USAGE if several do, with all of them; as job_entry_next() if it cannot be started.
 */
struct error *job_entry_named(const char *root, const char *word, struct boot_entry *ret);

/** Hint at entries that are called nearly so, at the end of an error about a missing file. */
struct error *job_entry_hint(const char *root, const char *word, struct error *error);

#endif
