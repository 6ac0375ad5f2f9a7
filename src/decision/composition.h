/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A command line, and where its words came from. plan/command_line.h composes one. */
#ifndef BATON_DECISION_COMPOSITION_H
#define BATON_DECISION_COMPOSITION_H

#include <stdbool.h>

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

struct composition {
	char *text; /* the command line */
	char *usual,
		*once; /* what of it the next handoff begins with, and what ends with this one */
	char *parts[ORIGIN_COUNT]; /* by origin; NULL: none */
	char *suspects;	 /* words that were reused and look as if meant for one boot; NULL: none */
	bool overridden; /* the running kernel's boot loader gave a line that nobody knows */
	bool unmarked;	 /* nothing will tell the next handoff what was given for this one */
};

void composition_deinit(struct composition *composition);
#define _cleanup_composition_ __attribute__((cleanup(composition_deinit)))

#endif
