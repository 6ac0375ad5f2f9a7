/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs of the init system's. */
#ifndef BATON_REBOOT_PROGRAM_H
#define BATON_REBOOT_PROGRAM_H

#include <limits.h>

struct error;

enum { PROGRAM_PLACES = 4 };

/** A program, and where it lies. Those places come first: cron's PATH has no /sbin, sudo's may be
 * anything. */
struct program {
	const char *name;
	const char *places[PROGRAM_PLACES]; /* absolute, in this order; NULL ends them */
};

extern const struct program program_shutdown, program_systemctl, program_busctl;

struct program_path {
	char text[PATH_MAX];
};

/**
 * Find a program in its places, then on PATH, below @root.
 * @param ret  its path without @root: what to run
 * Errors: ERROR_SYSTEM, which names the places.
 */
struct error *program_find(
	const char *root, const struct program *program, struct program_path *ret);

#endif
