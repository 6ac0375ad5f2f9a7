/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The new kernel's command line out of what was asked for and what the running kernel got. */
#ifndef BATON_PLAN_COMMAND_LINE_H
#define BATON_PLAN_COMMAND_LINE_H

#include "base/command_line.h" /* the questions about words */
#include "plan/request.h"

struct error;
struct image;
struct machine;

/** Where words of the new command line came from, or why words of the running one are left out. */
enum command_line_origin {
	ORIGIN_RUNNING,	     /* the running kernel's */
	ORIGIN_RUNNING_ONCE, /* given for the running kernel's start alone, and reused as a whole */
	ORIGIN_KEPT,	     /* added by the running kernel itself; the new one may not add them */
	ORIGIN_GIVEN,	     /* --cmdline */
	ORIGIN_APPENDED,     /* --append, or --cmdline beside the running kernel's */
	ORIGIN_MARK,	     /* says how many words before "--" were given for one handoff alone */
	ORIGIN_LEFT_OLD_BOOT,	/* belong to the old boot */
	ORIGIN_LEFT_ONCE,	/* given for the running kernel's start alone */
	ORIGIN_LEFT_BUILT_IN,	/* built into the running kernel, and into the new one */
	ORIGIN_LEFT_BOOTCONFIG, /* from a boot configuration, which the new kernel reads as well */
	ORIGIN_COUNT,
};

/** "running", "appended"…, for programs. */
const char *command_line_origin_name(enum command_line_origin origin);
/** Is it left out? */
bool command_line_is_left_out(enum command_line_origin origin);

struct composition {
	char *text; /* the command line */
	char *usual,
		*once; /* what of it the next handoff begins with, and what ends with this one */
	char *parts[ORIGIN_COUNT]; /* by origin; NULL: none */
	char *suspects;	 /* words that were reused and look as if meant for one boot; NULL: none */
	bool overridden; /* the running kernel's boot loader gave a line that nobody knows */
	bool unmarked;	 /* nothing will tell the next handoff what was given for this one */
};

/** What a command line is composed for. */
struct composing {
	const struct request *request;
	const struct machine *machine;
	const struct image *image; /* NULL: not known */
	bool bootconfig;	   /* the initrd ends in a boot configuration */
	bool leaves_record;	   /* the handoff record will reach the next handoff */
	uint64_t max;		   /* bytes that the new kernel takes; 0: not known */
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
void composition_deinit(struct composition *composition);
#define _cleanup_composition_ __attribute__((cleanup(composition_deinit)))

struct notes;

/** Tell in the plan where the words came from, and what is doubtful about them. */
void command_line_note(const struct composition *composition, struct notes *notes);

#endif
