/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/look.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/utf8.h"

enum {
	WIDTH_MIN = 60,
	WIDTH_MAX = 120,
	WIDTH_DEFAULT = 80,
	EIGHTHS = 8,
};

static bool locale_is_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

struct look look_of_output(void)
{
	struct look look = {.utf8 = locale_is_utf8(), .width = WIDTH_DEFAULT};
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	unsigned long wanted = columns ? strtoul(columns, NULL, 10) : 0;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		wanted = size.ws_col;
	if (wanted)
		look.width = wanted < WIDTH_MIN	  ? WIDTH_MIN
			     : wanted > WIDTH_MAX ? WIDTH_MAX
						  : (unsigned int)wanted;
	return look;
}

size_t text_line(const char **text, unsigned int columns)
{
	const char *start = *text, *at = start;
	unsigned int column = 0;
	size_t taken = 0;

	while (*at) {
		unsigned int width = 0;
		const char *word = at;

		while (*at && *at != ' ') {
			size_t length = utf8_length((const unsigned char *)at);

			at += length ? length : 1;
			width++;
		}
		if (taken && column + 1 + width > columns) {
			at = word;
			break;
		}
		column += width + (taken != 0);
		taken = (size_t)(at - start);
		at += strspn(at, " ");
	}
	*text = at;
	return taken;
}

void print_paragraph(const char *text, unsigned int width)
{
	while (*text) {
		const char *line = text;

		printf("%.*s\n", (int)text_line(&text, width), line);
	}
}

void print_padded(const char *text, unsigned int width)
{
	size_t wide = utf8_count(text);

	fputs(text, stdout);
	printf("%*s", wide < width ? (int)(width - wide) : 0, "");
}

const char *duration_text(int64_t ns, char buffer[static DURATION_TEXT])
{
	int64_t ms = (ns + 500000) / 1000000;

	if (ns > 0 && !ms)
		return strcpy(buffer, "<0.001 s");
	snprintf(buffer, DURATION_TEXT, "%" PRId64 ".%03" PRId64 " s", ms / 1000, ms % 1000);
	return buffer;
}

const char *precision_text(uint64_t ns, char buffer[static DURATION_TEXT])
{
	return duration_text(
		(int64_t)(ns / 1000000 * 1000000) + (ns % 1000000 ? 1000000 : 0), buffer);
}

/* U+2588 to U+258F: blocks that fill a column from the left. */
static const char *left_block(unsigned int eighths)
{
	static const char *const blocks[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};

	return blocks[eighths];
}

/* From the right there are only an eighth and a half. */
static const char *right_block(unsigned int eighths)
{
	return eighths <= 2 ? "▕" : eighths <= 5 ? "▐" : "█";
}

/* What of @bar is in the column @at, which it touches. */
static const char *bar_column(const struct look *look, struct bar bar, unsigned int at)
{
	unsigned int first = bar.start > at * EIGHTHS ? bar.start - at * EIGHTHS : 0;
	unsigned int last = bar.end < (at + 1) * EIGHTHS ? bar.end - at * EIGHTHS : EIGHTHS;

	if (!look->utf8)
		return "#";
	if (!first)
		return left_block(last);
	if (last == EIGHTHS)
		return right_block(EIGHTHS - first);
	return left_block(last - first);
}

/* Inside the row, and not empty. */
static struct bar clamp(struct bar bar, unsigned int width)
{
	unsigned int all = width * EIGHTHS;

	bar.start = bar.start < all ? bar.start : all - 1;
	bar.end = bar.end > bar.start ? bar.end : bar.start + 1;
	bar.end = bar.end < all ? bar.end : all;
	return bar;
}

void print_bar(const struct cli *cli, const struct look *look, struct bar bar, unsigned int width,
	enum style style)
{
	bar = clamp(bar, width);
	printf("%*s%s", (int)(bar.start / EIGHTHS), "", style_out(cli, style));
	for (unsigned int at = bar.start / EIGHTHS; at * EIGHTHS < bar.end; at++)
		fputs(bar_column(look, bar, at), stdout);
	printf("%s%*s", style_out(cli, STYLE_PLAIN),
		(int)(width - (bar.end + EIGHTHS - 1) / EIGHTHS), "");
}

void print_span(const struct cli *cli, const struct look *look, struct bar bar, unsigned int width)
{
	unsigned int first, last;

	bar = clamp(bar, width);
	first = bar.start / EIGHTHS;
	last = (bar.end - 1) / EIGHTHS;
	printf("%*s%s", (int)first, "", style_out(cli, STYLE_BOLD));
	if (first == last)
		fputs(look->utf8 ? "┼" : "|", stdout);
	for (unsigned int at = first; first != last && at <= last; at++)
		fputs(at == first    ? (look->utf8 ? "├" : "|")
			: at == last ? (look->utf8 ? "┤" : "|")
				     : (look->utf8 ? "─" : "-"),
			stdout);
	printf("%s%*s", style_out(cli, STYLE_PLAIN), (int)(width - 1 - last), "");
}
