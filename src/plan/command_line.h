/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The new kernel's command line out of what was asked for and what the running kernel got. */
#ifndef BATON_PLAN_COMMAND_LINE_H
#define BATON_PLAN_COMMAND_LINE_H

#include "base/command_line.h" /* the questions about words */
#include "decision/composition.h"
#include "decision/request.h"

struct error;
struct image;
struct machine;

/** "running", "appended"…, for programs. */
const char *command_line_origin_name(enum command_line_origin origin);
/** Is it left out? */
bool command_line_is_left_out(enum command_line_origin origin);

/** What a command line is composed for. */
struct composing {
	const struct request *request;
	const struct machine *machine;
	const struct image *image;  /* NULL: not known */
	bool bootconfig;	    /* the initrd ends in a boot configuration */
	bool leaves_handoff_record; /* the handoff record will reach the next handoff */
	uint64_t max;		    /* bytes that the new kernel takes; 0: not known */
};

/**
 * Compose the command line: the running kernel's (if asked for) without what belongs to its own
 * boot, what was given for its start alone, and what the new kernel will add itself; then the
 * request's own; then what is appended. Init's words, behind "--", come last of all.
 *
 * @param ret  freed with composition_deinit()
 * ERROR_USAGE if words would run together; ERROR_UNSUPPORTED if the running line is not known.
 */
struct error *command_line_compose(const struct composing *composing, struct composition *ret);

struct notes;

/** Tell in the plan where the words came from, and what is doubtful about them. */
void command_line_note(const struct composition *composition, struct notes *notes);

#endif
