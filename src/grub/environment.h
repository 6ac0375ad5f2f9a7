/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GRUB's variables. A context (a configuration file that was gone over to, a submenu) begins with
 * those that were exported, and ends with all that was set in it.
 */
#ifndef BATON_GRUB_ENVIRONMENT_H
#define BATON_GRUB_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/** Sorted by name, so that finding one takes a few comparisons. */
struct grub_variable {
	const char *name, *value; /* in the arena */
	bool exported;
};

struct grub_variables {
	struct grub_variable *list; /* in the arena */
	size_t count, room;
};

/** NULL if it is not set. */
const char *grub_variable_get(const struct grub_variables *variables, const char *name);
/** Errors: ERROR_LIMIT for too many, or for a value that is too long. */
struct error *grub_variable_set(
	struct grub_variables *variables, struct arena *arena, const char *name, const char *value);
void grub_variable_unset(struct grub_variables *variables, const char *name);
/** Export a variable, which is made empty if it is not there. */
struct error *grub_variable_export(
	struct grub_variables *variables, struct arena *arena, const char *name);

/** A copy, of all or of what was exported, that changes on its own. */
struct error *grub_variables_copy(const struct grub_variables *from, bool exported,
	struct arena *arena, struct grub_variables *ret);

#endif
