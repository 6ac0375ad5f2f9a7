/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/option_table.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/parse.h"

/* getopt's value of the first row; past every short option. */
enum { FIRST_LONG = 256 };

static bool is_taken(const struct option_table *table, const struct option_row *row)
{
	return !table->commands || !row->commands || (row->commands & table->commands);
}

static void add_candidate(char *list, size_t size, const char *name)
{
	size_t used = strlen(list);

	snprintf(list + used, size - used, "%s--%s", used ? ", " : "", name);
}

/** An option that getopt did not recognise, as it was written: "--fromat=x". */
static struct error *unknown_option(const struct option_table *table, const char *written)
{
	const char *names[OPTION_ROWS_MAX + 1] = {0};
	size_t count = 0, matches = 0;
	char word[64], candidates[256] = "";
	const char *near;

	snprintf(word, sizeof(word), "%.*s", (int)strcspn(written + 2, "="), written + 2);
	for (const struct option_row *row = table->rows; row->name; row++) {
		if (!is_taken(table, row)) {
			if (strcmp(row->name, word) == 0)
				return error_new(ERROR_USAGE, "--%s: not an option of `%s`; %s",
					word, table->command, table->see);
			continue;
		}
		names[count++] = row->name;
		if (strncmp(row->name, word, strlen(word)) != 0)
			continue;
		matches++;
		add_candidate(candidates, sizeof(candidates), row->name);
	}
	if (matches > 1)
		return error_new(ERROR_USAGE,
			"--%s: could be one of %zu options (%s); write it out", word, matches,
			candidates);
	near = suggest(word, names);
	if (near)
		return error_new(
			ERROR_USAGE, "--%s: no such option; did you mean --%s?", word, near);
	return error_new(ERROR_USAGE, "--%s: no such option; %s", word, table->see);
}

/**
 * Turn getopt's complaint into an error. It leaves optopt 0 for a long option that it does not
 * know, the character for a short one, and the row's value for one that it does know.
 */
static struct error *complaint(const struct option_table *table, int kind, char **argv)
{
	const struct option_row *row = &table->rows[optopt < FIRST_LONG ? 0 : optopt - FIRST_LONG];

	if (!optopt)
		return unknown_option(table, argv[optind - 1]);
	if (optopt < FIRST_LONG && kind == ':')
		return error_new(ERROR_USAGE, "-%c: expects a value", optopt);
	if (optopt < FIRST_LONG)
		return error_new(ERROR_USAGE, "-%c: no such option; %s", optopt, table->see);
	if (kind == ':')
		return error_new(ERROR_USAGE, "--%s: expects a value: --%s=%s", row->name,
			row->name, row->value);
	return error_new(ERROR_USAGE, "--%s: takes no value", row->name);
}

/** The rows that are taken, in getopt's form. */
static void make_getopt(
	const struct option_table *table, struct option *long_options, char *short_options)
{
	/* "+" stops at a word; ":" tells a missing value from an unknown option. */
	if (table->stops_at_word)
		*short_options++ = '+';
	*short_options++ = ':';
	for (const struct option_row *row = table->rows; row->name; row++) {
		assert(row - table->rows < OPTION_ROWS_MAX);
		if (!is_taken(table, row))
			continue;
		*long_options++ = (struct option){
			.name = row->name,
			.has_arg = row->value ? required_argument : no_argument,
			.val = FIRST_LONG + (int)(row - table->rows),
		};
		if (!row->short_name)
			continue;
		*short_options++ = row->short_name;
		if (row->value)
			*short_options++ = ':';
	}
	*long_options = (struct option){0};
	*short_options = 0;
}

static const struct option_row *row_of(const struct option_table *table, int value)
{
	if (value >= FIRST_LONG)
		return &table->rows[value - FIRST_LONG];
	for (const struct option_row *row = table->rows;; row++)
		if (row->short_name == value)
			return row;
}

static struct error *apply(const struct option_row *row, void *options)
{
	if (!row->set)
		return error_new(ERROR_UNSUPPORTED, "--%s: %s", row->name, row->help);
	return row->set(options, optarg);
}

struct error *option_table_read(
	const struct option_table *table, int argc, char **argv, void *options, int *ret_rest)
{
	struct option long_options[OPTION_ROWS_MAX + 1];
	char short_options[2 * OPTION_ROWS_MAX + 3];
	int value;

	make_getopt(table, long_options, short_options);
	opterr = 0;
	optind = 0;
	while ((value = getopt_long(argc, argv, short_options, long_options, NULL)) >= 0) {
		/* For -? getopt gives the same as for what it does not know. */
		if (value == '?' && optopt == '?' && table->question_mark_is_help)
			TRY(apply(row_of(table, 'h'), options));
		else if (value == ':' || value == '?')
			return complaint(table, value, argv);
		else
			TRY(apply(row_of(table, value), options));
	}
	*ret_rest = optind;
	return NULL;
}

void option_table_print(const struct option_table *table, int indent, int width)
{
	for (const struct option_row *row = table->rows; row->name; row++) {
		char left[48];

		if (!is_taken(table, row))
			continue;
		snprintf(left, sizeof(left), "%c%c%s --%s%s%s", row->short_name ? '-' : ' ',
			row->short_name ? row->short_name : ' ', row->short_name ? "," : " ",
			row->name, row->value ? "=" : "", row->value ? row->value : "");
		printf("%*s%-*s %s\n", indent, "", width, left,
			row->set ? row->help : "(refused; see kexec(8))");
	}
}
