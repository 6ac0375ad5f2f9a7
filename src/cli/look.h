/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the terminal can show, and what is drawn with it. */
#ifndef BATON_CLI_LOOK_H
#define BATON_CLI_LOOK_H

#include "cli/cli.h"

struct look {
	bool utf8;	    /* from LC_ALL, LC_CTYPE or LANG, as locale(7) orders them */
	unsigned int width; /* columns of standard output: 60 to 120, 80 if nothing tells */
};

/** The terminal's width; where output is none, the environment's COLUMNS. */
struct look look_of_output(void);

/**
 * Bytes of @text that fit a line of @columns, broken at blanks; a longer word stays whole. Moves
 * @text behind them and the blanks that follow.
 */
size_t text_line(const char **text, unsigned int columns);

/** Print @text, which is harmless already, in lines of at most @width columns broken at blanks. */
void print_paragraph(const char *text, unsigned int width);

/** Print @text and blanks up to @width columns; longer text is printed as it is. */
void print_padded(const char *text, unsigned int width);

enum { DURATION_TEXT = 32 };

/** "1.600 s", "<0.001 s" into @buffer, which is returned; milliseconds, rounded. */
const char *duration_text(int64_t ns, char buffer[static DURATION_TEXT]);

/** "0.001 s": as duration_text(), but rounded up, for how far a time may be wrong. */
const char *precision_text(uint64_t ns, char buffer[static DURATION_TEXT]);

/** A bar's place in a row, in eighths of a column: [start, end). */
struct bar {
	unsigned int start, end;
};

/**
 * Print a row of @width columns with @bar in it, in @style. Eighth blocks where UTF-8 is known, "#"
 * elsewhere. However short the bar, something of it is seen.
 */
void print_bar(const struct cli *cli, const struct look *look, struct bar bar, unsigned int width,
	enum style style);

/** The same for a span: a line with an end at both ends. */
void print_span(const struct cli *cli, const struct look *look, struct bar bar, unsigned int width);

#endif
