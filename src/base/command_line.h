/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A kernel's command line, read as the kernel reads it. This is the one reader: whoever asks about
 * a word of a command line asks here.
 *
 * The kernel itself (lib/cmdline.c, next_arg(), called by kernel/params.c, parse_args()) parts
 * words at white space outside of double quotes, drops the quotes around a whole word or a value,
 * takes dashes and underscores in names for the same, and stops at the word "--": what follows goes
 * to init. White space is what lib/ctype.c has for it, which includes the byte 0xa0.
 *
 * x86 has a second reader for words that are needed before there is a kernel to speak of
 * (arch/x86/lib/cmdline.c and arch/x86/boot/cmdline.c, cmdline_find_option(): nokaslr, no5lvl,
 * mem_encrypt=, acpi_rsdp=…). It knows neither quotes nor "--", compares names byte by byte, and
 * takes every control character for white space. command_line_mentions() asks both.
 */
#ifndef BATON_BASE_COMMAND_LINE_H
#define BATON_BASE_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

/** One word, as views into the line. */
struct parameter {
	const char *start; /* as it stands there, quotes and all */
	size_t length;
	const char *name; /* without the quotes around the whole; may be empty */
	size_t name_length;
	const char *value; /* without its quotes; NULL: there is no '=' */
	size_t value_length;
	bool for_init; /* comes after "--" */
	/*
	 * The byte 0xa0 is white space to the kernel alone: in UTF-8 it is a part of a character,
	 * and who reads /proc/cmdline must find it there.
	 */
	size_t tail; /* such bytes directly after the word */
	bool joined; /* nothing but such bytes parts it from the word before */
};

/** Where in a line the reader is: {.at = line} to begin with. */
struct command_line_reader {
	const char *at;
	bool for_init; /* "--" was passed */
};

/** The next word; false at the end. The word "--" itself is one too: parameter_is_separator(). */
bool command_line_next(struct command_line_reader *reader, struct parameter *ret);
/** Is it the "--" after which init's own arguments come? The first only; a second is init's. */
bool parameter_is_separator(const struct parameter *parameter);
/** Does it set the kernel's parameter @name? Dashes equal underscores; false for what is init's. */
bool parameter_is(const struct parameter *parameter, const char *name);
/** Is its value, without quotes, @value? */
bool parameter_value_is(const struct parameter *parameter, const char *value);

/** True if @command_line has the parameter @name, with or without a value. */
bool command_line_has(const char *command_line, const char *name);
/** How many times @command_line has the parameter @name. */
unsigned int command_line_count(const char *command_line, const char *name);
/**
 * True if the kernel or the reader before it takes @command_line to have @name: for decisions where
 * overlooking it would be worse than seeing it where only one of them does.
 */
bool command_line_mentions(const char *command_line, const char *name);

/**
 * The value of the last NAME=VALUE as the reader before the kernel finds it, quotes and all; a view
 * of *@ret_length bytes into @command_line, NULL if there is none.
 */
const char *command_line_early_value(
	const char *command_line, const char *name, size_t *ret_length);

/**
 * Call @visit with the value of every parameter @name that has one, as a string of its own without
 * the quotes; stops at an error.
 */
struct error *command_line_each(const char *command_line, const char *name,
	struct error *(*visit)(const char *value, void *data), void *data);

/**
 * Read a size as the kernel's memparse() does: a number of any C base and one suffix of KMGTPE.
 * Moves *@text past it; false, and *@text stays, if there is none or it is too large.
 */
bool command_line_size(const char **text, uint64_t *ret);

#endif
