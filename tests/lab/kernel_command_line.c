/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compares baton's reader of command lines with the kernel's own, which test_command_line.py
 * compiles beside this out of Debian's source package: lines by chance, made of what matters to
 * either. Usage: PROGRAM SEED COUNT; prints the first line that they read differently, and fails.
 */
#include "base/command_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The kernel's. */
char *next_arg(char *args, char **param, char **val);
bool parameq(const char *a, const char *b);
int kernel_isspace(unsigned char c);
int __cmdline_find_option(unsigned long line, const char *option, char *buffer, int size);
int __cmdline_find_option_bool(unsigned long line, const char *option);

enum { LINE_MAX = 96 };

static const char *const names[] = {"a", "a-b", "a_b", "nokaslr", "memmap", "-", "--"};
static const char *const pieces[] = {"\"", "\"", "\"", " ", " ", " ", "=", "=", "-", "_", "a", "b",
	"--", " -- ", "\t", "\n", "\v", "\f", "\r", "\xa0", "\x01", "\x1f", "\x7f", "\x85", "\xc3",
	"\xff", "a-b", "a_b=", "nokaslr", "memmap=", "512M$0x10000000", "\"memmap=1M@2M\"", ",",
	"'", "\\", "#"};

static void fail(const char *line, const char *what)
{
	printf("read differently: %s:", what);
	for (; *line; line++)
		printf(*line < ' ' || *line > '~' ? "\\x%02x" : "%c", (unsigned char)*line);
	printf("\n");
	exit(1);
}

/* What skip_spaces() of the kernel's lib/string_helpers.c does. */
char *skip_spaces(const char *text)
{
	while (kernel_isspace((unsigned char)*text))
		text++;
	return (char *)text;
}

static bool is_text(const char *start, size_t length, const char *text)
{
	return length == strlen(text) && memcmp(start, text, length) == 0;
}

static void compare_word(
	const char *line, const struct parameter *word, const char *param, const char *val)
{
	if (!is_text(word->name, word->name_length, param))
		fail(line, "name");
	if (!word->value != !val || (val && !is_text(word->value, word->value_length, val)))
		fail(line, "value");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!word->for_init && parameter_is(word, names[i]) != parameq(param, names[i]))
			fail(line, "dashes and underscores");
}

/* As parse_args() goes through a line, and then, for init, through what it left. */
static void compare_words(const char *line)
{
	struct command_line_reader reader = {.at = line};
	char copy[LINE_MAX * 2], *rest = copy, *param, *val;
	struct parameter word;
	bool for_init = false;

	strcpy(copy, line);
	for (rest = skip_spaces(rest); *rest;) {
		rest = next_arg(rest, &param, &val);
		if (!command_line_next(&reader, &word))
			fail(line, "a word fewer");
		compare_word(line, &word, param, val);
		if (word.for_init != for_init)
			fail(line, "whose word it is");
		if (!for_init && !val && strcmp(param, "--") == 0)
			for_init = true;
		else if (parameter_is_separator(&word))
			fail(line, "separator");
	}
	if (command_line_next(&reader, &word))
		fail(line, "a word more");
}

static void compare_early(const char *line, const char *name)
{
	unsigned long address = (unsigned long)line;
	char buffer[LINE_MAX * 2];
	int length = __cmdline_find_option(address, name, buffer, sizeof(buffer));
	int position = __cmdline_find_option_bool(address, name);
	size_t own_length;
	const char *own = command_line_early_value(line, name, &own_length);

	if (!own != (length < 0) || (own && !is_text(own, own_length, buffer)))
		fail(line, "early value");
	/* Not the other way round: after a word that @name begins with, the kernel's passes over
	 * the next one. */
	if ((length >= 0 || position > 0 || command_line_has(line, name)) &&
		!command_line_mentions(line, name))
		fail(line, "early word");
}

static void make_line(char *line)
{
	unsigned int count = (unsigned int)rand() % 12;

	*line = '\0';
	while (count--)
		strcat(line, pieces[(size_t)rand() % (sizeof(pieces) / sizeof(pieces[0]))]);
}

int main(int argc, char **argv)
{
	char line[LINE_MAX * 2];

	if (argc != 3)
		return 2;
	srand((unsigned int)atoi(argv[1]));
	for (int i = atoi(argv[2]); i > 0; i--) {
		make_line(line);
		compare_words(line);
		for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
			compare_early(line, names[j]);
	}
	printf("%s lines read alike\n", argv[2]);
	return 0;
}
