/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The new kernel's command line out of what was asked for and what the running kernel got. */
#ifndef BATON_PLAN_COMMAND_LINE_H
#define BATON_PLAN_COMMAND_LINE_H

#include "base/command_line.h" /* the questions about words */
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

#endif
