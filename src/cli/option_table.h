/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The engine of both command lines' options: a table of rows, from which getopt's tables, the help,
 * the suggestions and the errors are made.
 */
#ifndef BATON_CLI_OPTION_TABLE_H
#define BATON_CLI_OPTION_TABLE_H

#include <stdbool.h>

struct error;

/** A row: an option, which is set or refused. */
struct option_row {
	const char *name;      /* without the dashes */
	char short_name;       /* 0: none */
	const char *value;     /* what the help calls it; NULL: takes none */
	unsigned int commands; /* bits of the commands that take it; 0: all do */
	const char *help;      /* one line; of one that is refused, why it is */
	/**
	 * @options is the caller's; @value is the command line's, NULL if the option takes none.
	 * Without a function the option is refused.
	 */
	struct error *(*set)(void *options, const char *value);
};

enum { OPTION_ROWS_MAX = 80 };

/** A table as one command sees it. */
struct option_table {
	const struct option_row *rows; /* at most OPTION_ROWS_MAX; ends with one without a name */
	unsigned int commands;	       /* this command's bit; 0: every row is taken */
	const char *command;	       /* "baton load": for an option of other commands */
	const char *see;	       /* where to read on: "see baton help load" */
	bool stops_at_word;	       /* reading ends at the first word that is no option */
	bool question_mark_is_help;    /* -? is -h */
};

/**
 * Read a command line; options act in order.
 *
 * @param ret_rest  index in argv of the first word that is no option (argv is permuted)
 * Errors: ERROR_USAGE, with what was probably meant; ERROR_UNSUPPORTED for a row that is refused;
 * and what a row's function fails with.
 */
struct error *option_table_read(
	const struct option_table *table, int argc, char **argv, void *options, int *ret_rest);

/** Print the options that are taken, one a line, names in a column of @width after @indent. */
void option_table_print(const struct option_table *table, int indent, int width);

#endif
