/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A command line in the making: words for the kernel, and words for init, which come after "--". */
#ifndef BATON_PLAN_LINE_H
#define BATON_PLAN_LINE_H

#include "base/blob.h"
#include "base/command_line.h"

struct error;

struct line {
	struct blob kernel, init; /* words, a space between them */
	unsigned int kernel_count, init_count;
	bool kernel_open, init_open; /* the last word ends inside of a quote */
};

/**
 * Add a word where it belongs, as it stands; "--" itself adds nothing.
 * ERROR_USAGE if it would become a part of the word before, whose quote was not closed.
 */
struct error *line_add_word(struct line *line, const struct parameter *word);
/** Add every word of @text; NULL adds nothing. */
struct error *line_add(struct line *line, const char *text);
/** As line_add(), for text that is no string. */
struct error *line_add_bytes(struct line *line, struct bytes text);
/** Add every word of @other: its kernel's words to the kernel's, its init's to init's. */
struct error *line_add_line(struct line *line, const struct line *other);
bool line_is_empty(const struct line *line);
/** All of it as one string, to be freed. ERROR_USAGE if "--" would be a part of a word. */
struct error *line_text(const struct line *line, char **ret);
void line_deinit(struct line *line);
#define _cleanup_line_ __attribute__((cleanup(line_deinit)))

#endif
