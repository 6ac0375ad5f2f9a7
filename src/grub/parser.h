/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Statements of a GRUB script. */
#ifndef BATON_GRUB_PARSER_H
#define BATON_GRUB_PARSER_H

#include "grub/lexer.h"

/** What the parser hands to its caller at once, as GRUB does: a function, and a mistake. */
struct grub_parser {
	struct grub_lexer *lexer;
	struct error *(*define)(void *data, const char *name, struct grub_statement *body);
	void (*mistake)(void *data, unsigned int line, const char *what);
	void *data;
	unsigned int depth; /* of constructs, now */
	const char *wrong;  /* NULL: nothing yet */
};

/**
 * Parse the next line, and more of them while a construct is open.
 *
 * A mistake drops all of it (a function that was complete stays), and reading goes on with the line
 * behind the one with the mistake: GRUB's own rule, by which the rest of a broken `if` becomes
 * commands of its own.
 *
 * @param ret       a list of statements; NULL if there are none
 * @param ret_more  false: there was no line
 * Errors: ERROR_LIMIT, ERROR_NO_MEMORY, and what define() fails with.
 */
struct error *grub_parse(struct grub_parser *parser, struct grub_lines *lines,
	struct grub_statement **ret, bool *ret_more);

#endif
