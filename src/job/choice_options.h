/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What can be asked of a plan, by the names that baton's options have: for its command line and for
 * baton_request_set(). Each function sets a struct choice, as struct option_row and the library's
 * table call it.
 */
#ifndef BATON_JOB_CHOICE_OPTIONS_H
#define BATON_JOB_CHOICE_OPTIONS_H

#include "job/choice.h"

#define CHOICE_OPTION(name) struct error *choice_option_##name(void *choice, const char *value)

CHOICE_OPTION(append);
CHOICE_OPTION(cmdline);
CHOICE_OPTION(console);
CHOICE_OPTION(crash);
CHOICE_OPTION(dtb);
CHOICE_OPTION(enter_32bit);
CHOICE_OPTION(entry);
CHOICE_OPTION(format);
CHOICE_OPTION(initrd);
CHOICE_OPTION(mem_max);
CHOICE_OPTION(mem_min);
CHOICE_OPTION(no_efi);
CHOICE_OPTION(no_initrd);
CHOICE_OPTION(no_verify);
CHOICE_OPTION(no_verify_start);
CHOICE_OPTION(reuse_cmdline);
CHOICE_OPTION(screen);
CHOICE_OPTION(seed);
CHOICE_OPTION(unpack_initrd);
CHOICE_OPTION(verify);
CHOICE_OPTION(via);

/** A row of the table: an option of a plan. */
struct choice_option {
	const char *name; /* without the dashes */
	bool has_value;
	struct error *(*set)(void *choice, const char *value);
};

/** Ends with a row without a name. */
extern const struct choice_option choice_options[];

/**
 * Set the option of that name. @value is borrowed; NULL for one without a value.
 * Errors: ERROR_USAGE for a name that is none, for a value that is missing or too much, and what
 * the option says of its value.
 */
struct error *choice_set(struct choice *choice, const char *name, const char *value);

#endif
