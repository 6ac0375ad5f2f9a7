/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The new kernel's command line out of what was asked for and what the running kernel got. */
#ifndef BATON_PLAN_COMMAND_LINE_H
#define BATON_PLAN_COMMAND_LINE_H

#include "plan/request.h"

struct error;
struct machine;

/**
 * Compose the command line: the running kernel's without what belongs to its own boot (if asked
 * for), then the request's own, then what is appended. Parameters are compared as whole words, in
 * which double quotes protect spaces, as the kernel parses them (lib/cmdline.c, next_arg()).
 *
 * @param ret          to be freed
 * @param ret_dropped  the parameters that were left out, joined by spaces, to be freed; NULL: none
 */
struct error *command_line_compose(const struct request *request, const struct machine *machine,
	char **ret, char **ret_dropped);

/** True if @command_line has the parameter @name, with or without a value, as a whole word. */
bool command_line_has(const char *command_line, const char *name);
/** Call @visit with the value of every parameter @name, as a string of its own; stops at an error.
 */
struct error *command_line_each(const char *command_line, const char *name,
	struct error *(*visit)(const char *value, void *data), void *data);

/**
 * Read a size as the kernel's memparse() does: a number of any C base and one suffix of KMGTPE.
 * Moves *@text past it; false, and *@text stays, if there is none or it is too large.
 */
bool command_line_size(const char **text, uint64_t *ret);

/** How many times @command_line has the parameter @name. */
unsigned int command_line_count(const char *command_line, const char *name);

#endif
