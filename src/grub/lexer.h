/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tokens of a GRUB script. */
#ifndef BATON_GRUB_LEXER_H
#define BATON_GRUB_LEXER_H

#include "base/arena.h"
#include "grub/lines.h"
#include "grub/script.h"

struct error;

enum grub_token {
	GRUB_TOKEN_END,
	GRUB_TOKEN_BAD, /* what no rule knows: a lone $, a quote that is never closed */
	GRUB_TOKEN_NEWLINE,
	GRUB_TOKEN_SEMICOLON,
	GRUB_TOKEN_OPEN,  /* { */
	GRUB_TOKEN_CLOSE, /* } */
	GRUB_TOKEN_OTHER, /* && || ;; | & < > [[ ]]: known, and used by no rule */
	GRUB_TOKEN_NAME,  /* a word that may name a variable */
	GRUB_TOKEN_WORD,
	/* Words that are reserved where a command begins, and words like others behind it. */
	GRUB_TOKEN_CASE,
	GRUB_TOKEN_DO,
	GRUB_TOKEN_DONE,
	GRUB_TOKEN_ELIF,
	GRUB_TOKEN_ELSE,
	GRUB_TOKEN_ESAC,
	GRUB_TOKEN_FI,
	GRUB_TOKEN_FOR,
	GRUB_TOKEN_FUNCTION,
	GRUB_TOKEN_IF,
	GRUB_TOKEN_IN,
	GRUB_TOKEN_SELECT,
	GRUB_TOKEN_THEN,
	GRUB_TOKEN_UNTIL,
	GRUB_TOKEN_WHILE,
};

/**
 * Reads a line, and more of them only while a construct is open (@open) or a word goes on: so a
 * mistake costs the lines up to where it is found, and those below are read anew.
 */
struct grub_lexer {
	struct grub_lines *lines;
	struct arena *arena; /* parts and their texts come from it */
	unsigned int open;   /* constructs whose end is still to come */

	/* The lines that were read since grub_lexer_begin(), each with its newline. */
	char *buffer;
	size_t size, room;
	char *scratch; /* as long as the buffer */

	/* The token. */
	enum grub_token token;
	size_t start, end; /* in the buffer */
	unsigned int line;
	struct grub_part *parts; /* of a word */
};

void grub_lexer_deinit(struct grub_lexer *lexer);

/**
 * Forget what was read, take the next line and read its first token.
 * @param ret_more  false: there was no line
 */
struct error *grub_lexer_begin(struct grub_lexer *lexer, struct grub_lines *lines, bool *ret_more);

/** Read the next token. Errors are of memory only. */
struct error *grub_lexer_next(struct grub_lexer *lexer);

/** Can the token be a word of a command, its first one left aside? */
static inline bool grub_token_is_word(enum grub_token token)
{
	return token >= GRUB_TOKEN_NAME;
}

#endif
