/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bars in the terminal: a line a phase, each bar where its time lies on the common axis. Beside
 * a phase that is not known stands why, over as many lines as that takes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "cli/report/chart.h"

enum {
	INDENT = 2,
	GAP = 2, /* columns between name, bar and figures */
	DURATION_WIDTH = 10,
	SHARE_WIDTH = 5,
	EIGHTHS = 8,
	MARK_WIDTH = 7, /* columns that a mark on the axis needs for its text */
};

struct page {
	const struct cli *cli;
	const struct look *look;
	const struct chart *chart;
	unsigned int name_width, bar_width;
};

enum style chart_style(enum chart_part part)
{
	static const enum style styles[CHART_PARTS] = {
		[CHART_FIRMWARE] = STYLE_FIRMWARE,
		[CHART_OLD] = STYLE_OLD,
		[CHART_BETWEEN] = STYLE_BETWEEN,
		[CHART_NEW] = STYLE_NEW,
		[CHART_UNITS] = STYLE_NEW,
		[CHART_SEVERAL] = STYLE_PLAIN,
	};

	return part < CHART_PARTS ? styles[part] : STYLE_PLAIN;
}

/* Eighths of a column from the start of the axis to @ns. */
static unsigned int eighths_to(const struct page *page, int64_t ns)
{
	double share = chart_share(page->chart, ns - page->chart->start_ns);

	return (unsigned int)(share / 100 * page->bar_width * EIGHTHS + 0.5);
}

static struct bar bar_of(const struct page *page, int64_t start_ns, int64_t ns)
{
	return (struct bar){eighths_to(page, start_ns), eighths_to(page, start_ns + ns)};
}

static void print_figures(const struct page *page, int64_t ns)
{
	double share = chart_share(page->chart, ns);
	char text[DURATION_TEXT];

	printf("%*s%*s ", GAP, "", DURATION_WIDTH, duration_text(ns, text));
	if (share > 0 && share < 0.5)
		printf("%*s", SHARE_WIDTH, "<1 %");
	else
		printf("%*.0f %%", SHARE_WIDTH - 2, share);
}

/* One line of a note, escaped, since it may come from a file. */
static void print_note_line(const struct page *page, const char **note, unsigned int width)
{
	const char *start = *note;
	char *line = strndup(start, text_line(note, width));

	fputs(style_out(page->cli, STYLE_DIM), stdout);
	print_escaped(stdout, line ? line : "");
	fputs(style_out(page->cli, STYLE_PLAIN), stdout);
	free(line);
}

/* The name's column; padded where something follows. */
static void print_name(const struct page *page, const char *name, bool more, bool followed)
{
	printf("%*s", INDENT, more ? "+ " : "");
	if (followed)
		print_padded(name, page->name_width + GAP);
	else
		fputs(name, stdout);
}

static unsigned int note_width(const struct page *page)
{
	return page->look->width - INDENT - page->name_width - GAP;
}

static void print_row(const struct page *page, const struct chart_row *row)
{
	const char *rest;
	char *note;

	/* Without memory for it, the bar is better than nothing. */
	error_free(chart_note(row, &note));
	rest = note ? note : "";
	for (unsigned int i = 0; i < row->name_count || *rest; i++) {
		bool named = i < row->name_count, bar = row->known && !i;

		print_name(
			page, named ? row->names[i] : "", row->known && i && named, bar || *rest);
		if (bar) {
			print_bar(page->cli, page->look, bar_of(page, row->start_ns, row->ns),
				page->bar_width, chart_style(row->part));
			print_figures(page, row->ns);
		} else if (*rest) {
			print_note_line(page, &rest, note_width(page));
		}
		putchar('\n');
	}
	free(note);
}

/* A span over the rows it sums up, with its explanation below the name; or why it is not known. */
static void print_total(const struct page *page, const struct chart_total *total)
{
	const char *bold = style_out(page->cli, STYLE_BOLD), *dim = style_out(page->cli, STYLE_DIM);
	const char *plain = style_out(page->cli, STYLE_PLAIN);
	const char *rest;
	char *note;

	error_free(chart_total_note(total, &note));
	rest = note ? note : "";
	fputs(bold, stdout);
	print_padded(total->name, INDENT + page->name_width + GAP);
	fputs(plain, stdout);
	if (total->known) {
		print_span(page->cli, page->look, bar_of(page, total->start_ns, total->ns),
			page->bar_width);
		print_figures(page, total->ns);
	} else {
		print_note_line(page, &rest, note_width(page));
	}
	putchar('\n');
	for (bool first = true; first || *rest; first = false) {
		fputs(dim, stdout);
		print_name(page, first ? total->explanation : "", false, *rest);
		fputs(plain, stdout);
		if (*rest)
			print_note_line(page, &rest, note_width(page));
		putchar('\n');
	}
	free(note);
}

/* The axis' line and, below it, what its marks mean. */
static void print_axis(const struct page *page)
{
	const struct chart *chart = page->chart;
	int64_t all = chart->end_ns - chart->start_ns;
	int64_t step = chart_step(chart, page->bar_width / MARK_WIDTH);
	unsigned int left = INDENT + page->name_width + GAP, at = 0;
	char text[DURATION_TEXT];

	fputs(style_out(page->cli, STYLE_DIM), stdout);
	print_name(page, chart->axis, false, true);
	for (unsigned int column = 0; column < page->bar_width; column++) {
		int64_t mark = (int64_t)at * step;
		bool here =
			mark <= all && eighths_to(page, chart->start_ns + mark) / EIGHTHS <= column;

		at += here;
		fputs(here ? (page->look->utf8 ? "┴" : "+") : (page->look->utf8 ? "─" : "-"),
			stdout);
	}
	printf("\n%*s", (int)left, "");
	at = 0;
	for (int64_t mark = 0; mark <= all; mark += step) {
		unsigned int column = eighths_to(page, chart->start_ns + mark) / EIGHTHS;
		const char *words = chart_mark_text(mark, step, text);

		if (column < at || column + strlen(words) > page->bar_width + 6)
			continue;
		at += (unsigned int)printf("%*s%s", (int)(column - at), "", words);
	}
	printf("%s\n", style_out(page->cli, STYLE_PLAIN));
}

static unsigned int widest_name(const struct chart *chart)
{
	size_t widest = strlen(chart->totals[0].explanation);

	if (strlen(chart->axis) > widest)
		widest = strlen(chart->axis);

	for (unsigned int i = 0; i < chart->row_count; i++)
		for (unsigned int j = 0; j < chart->rows[i].name_count; j++) {
			size_t width = utf8_count(chart->rows[i].names[j]);

			widest = width > widest ? width : widest;
		}
	return (unsigned int)widest;
}

void print_chart(const struct cli *cli, const struct look *look, const struct chart *chart)
{
	struct page page = {
		.cli = cli, .look = look, .chart = chart, .name_width = widest_name(chart)};
	enum chart_part part = CHART_PARTS;

	page.bar_width = look->width - INDENT - page.name_width - GAP - GAP - DURATION_WIDTH - 1 -
			 SHARE_WIDTH;
	for (unsigned int i = 0; i < chart->row_count; i++) {
		const struct chart_row *row = &chart->rows[i];

		if (row->part != part)
			printf("%s%s%s%s\n", style_out(cli, STYLE_BOLD),
				style_out(cli, chart_style(row->part)), chart_part_title(row->part),
				style_out(cli, STYLE_PLAIN));
		part = row->part;
		print_row(&page, row);
	}
	if (chart->end_ns > chart->start_ns)
		print_axis(&page);
	for (unsigned int i = 0; i < CHART_TOTALS_MAX; i++)
		print_total(&page, &chart->totals[i]);
}
