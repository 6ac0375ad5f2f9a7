/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A GRUB script as it was parsed: statements of words of parts. All of it lives in an arena.
 *
 * The language is the one of the GRUB manual, "Writing full configuration files", as GRUB 2.06
 * reads it; where the manual is silent, tests/cli/test_grub_language.py has GRUB itself say.
 */
#ifndef BATON_GRUB_SCRIPT_H
#define BATON_GRUB_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

enum grub_part_type {
	GRUB_TEXT,	      /* unquoted: backslashes still in it, `*` and `?` are wildcards */
	GRUB_QUOTED,	      /* '…', or a piece of "…": literal; makes a word even if empty */
	GRUB_VARIABLE,	      /* $name: its value is split at blanks */
	GRUB_QUOTED_VARIABLE, /* "$name": its value is one piece */
	GRUB_MESSAGE,	      /* $"…": to be translated; variables in it are expanded */
	GRUB_BLOCK,	      /* {…}: the text between the braces */
};

/** A piece of a word. */
struct grub_part {
	enum grub_part_type type;
	const char *text;
	struct grub_part *next;
};

struct grub_word {
	struct grub_part *parts; /* NULL: a word that vanishes */
	struct grub_word *next;
};

enum grub_statement_type {
	GRUB_COMMAND, /* words */
	GRUB_IF,      /* condition, body, otherwise */
	GRUB_FOR,     /* name, words, body */
	GRUB_WHILE,   /* condition, body */
	GRUB_UNTIL,   /* the same */
};

/** A statement, in a list; lists in it are NULL where there is none. */
struct grub_statement {
	enum grub_statement_type type;
	unsigned int line; /* of its first word, from 1 */
	struct grub_word *words;
	const char *name;
	struct grub_statement *condition, *body, *otherwise;
	struct grub_statement *next;
};

#endif
