/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bars as SVG 1.1. Everything is in the file: no fonts, no scripts, no links. The colours are a
 * style sheet of two halves, of which the reader's preference for light or dark chooses one; a
 * program that does not know such preferences shows the light one.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/save.h"
#include "base/utf8.h"
#include "cli/report/chart.h"

enum {
	WIDTH = 960,
	MARGIN = 32,
	NAME_LEFT = MARGIN + 14,
	BAR_LEFT = 292,
	BAR_WIDTH = 470,
	DURATION_RIGHT = 866,
	SHARE_RIGHT = WIDTH - MARGIN,
	LINE = 22,	    /* from one line of text to the next */
	BAR_HEIGHT = 14,    /* in a line */
	TEXT_COLUMNS = 126, /* of a sentence that is as wide as the picture */
	NOTE_COLUMNS = 84,
	MARKS = 8,
};

static const char style_sheet[] =
	"text{font-family:system-ui,-apple-system,'Segoe UI','Helvetica Neue','DejaVu Sans',"
	"sans-serif;font-size:13px;fill:#24292f}\n"
	".title{font-size:21px;font-weight:600}\n"
	".bold{font-weight:600}\n"
	".number{text-anchor:end;font-variant-numeric:tabular-nums}\n"
	".mark{text-anchor:middle;font-size:11px;fill:#6b737c}\n"
	".dim,.note{fill:#6b737c}\n"
	".note{paint-order:stroke;stroke:#ffffff;stroke-width:5px}\n"
	".ground{fill:#ffffff}\n"
	".grid{stroke:#e4e7eb}\n"
	".axis{stroke:#9aa2ab}\n"
	".span{stroke:#24292f;stroke-width:1.6;fill:none}\n"
	".firmware{fill:#9a5fc4}.old{fill:#1f8ca3}.between{fill:#d1495b}.new{fill:#4a9d43}"
	".several{fill:#8a8f98}\n"
	"@media (prefers-color-scheme:dark){\n"
	"text{fill:#e3e6ea}.mark,.dim,.note{fill:#9aa3ad}.note{stroke:#16191e}.ground{fill:#16191e}.grid{stroke:#2b3037}"
	".axis{stroke:#69727c}.span{stroke:#e3e6ea}\n"
	".firmware{fill:#c08be6}.old{fill:#52bcd2}.between{fill:#f0717f}.new{fill:#7fca74}"
	".several{fill:#a9afb9}\n"
	"}\n";

/** What is written, and how far down it has got. */
struct page {
	FILE *stream;
	const struct chart *chart;
	int y; /* the top of the next line */
};

static const char *class_of(enum chart_part part)
{
	static const char *const classes[CHART_PARTS] = {
		[CHART_FIRMWARE] = "firmware",
		[CHART_OLD] = "old",
		[CHART_BETWEEN] = "between",
		[CHART_NEW] = "new",
		[CHART_UNITS] = "new",
		[CHART_SEVERAL] = "several",
	};

	return classes[part];
}

/** Bytes of the character at @at that XML 1.0, section 2.2, allows; 0 if it is none. */
static size_t xml_length(const unsigned char *at)
{
	size_t length = utf8_length(at);

	/* U+FFFE and U+FFFF */
	return length == 3 && at[0] == 0xef && at[1] == 0xbf && at[2] >= 0xbe ? 0 : length;
}

static void put_escaped(FILE *stream, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	while (*at) {
		size_t length = xml_length(at);

		if (length != 1)
			fwrite(length ? (const char *)at : "\xef\xbf\xbd", length ? length : 3, 1,
				stream);
		else if (strchr("<>&\"'", *at))
			fprintf(stream, "&#%u;", *at);
		else
			fputc(*at, stream);
		at += length ? length : 1;
	}
}

/** A text whose base line is @y. */
static void put_text(struct page *page, int x, int y, const char *class, const char *text)
{
	fprintf(page->stream, "<text x=\"%d\" y=\"%d\" class=\"%s\">", x, y, class);
	put_escaped(page->stream, text);
	fputs("</text>\n", page->stream);
}

/** The base line of the text in the line at the top of which the page is. */
static int base_line(const struct page *page)
{
	return page->y + 15;
}

/** As many lines as @text needs; the page moves behind them. */
static void put_paragraph(
	struct page *page, int x, const char *class, const char *text, unsigned int columns)
{
	while (*text) {
		const char *start = text;
		size_t length = text_line(&text, columns);
		char *line = strndup(start, length);

		put_text(page, x, base_line(page), class, line ? line : "");
		free(line);
		page->y += LINE;
	}
}

static double place_of(const struct page *page, int64_t ns)
{
	return BAR_LEFT + chart_share(page->chart, ns - page->chart->start_ns) / 100 * BAR_WIDTH;
}

static void put_figures(struct page *page, int64_t ns)
{
	double share = chart_share(page->chart, ns);
	char text[DURATION_TEXT];

	put_text(page, DURATION_RIGHT, base_line(page), "number", duration_text(ns, text));
	if (share > 0 && share < 0.5)
		strcpy(text, "<1 %");
	else
		snprintf(text, sizeof(text), "%.0f %%", share);
	put_text(page, SHARE_RIGHT, base_line(page), "number dim", text);
}

/** With a tooltip, and never too narrow to be seen. */
static void put_bar(struct page *page, const struct chart_row *row)
{
	double left = place_of(page, row->start_ns);
	double width = place_of(page, row->start_ns + row->ns) - left;
	char text[DURATION_TEXT];

	if (width < 2)
		width = 2;
	if (left + width > BAR_LEFT + BAR_WIDTH)
		left = BAR_LEFT + BAR_WIDTH - width;
	fprintf(page->stream,
		"<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"%d\" class=\"%s\">"
		"<title>",
		left, page->y + (LINE - BAR_HEIGHT) / 2, width, BAR_HEIGHT, width < 6 ? 0 : 2,
		class_of(row->part));
	put_escaped(page->stream, row->names[0]);
	fputs(": ", page->stream);
	put_escaped(page->stream, duration_text(row->ns, text));
	fputs("</title></rect>\n", page->stream);
}

/** The names, one below the other; those that are not known apart from the first with a plus. */
static void put_names(struct page *page, const struct chart_row *row)
{
	for (unsigned int i = 0; i < row->name_count; i++) {
		if (i && row->known)
			put_text(page, MARGIN + 1, base_line(page), "", "+");
		put_text(page, NAME_LEFT, base_line(page), "", row->names[i]);
		page->y += LINE;
	}
}

/** Names on the left, bar and figures beside the first, the note beside the next. */
static struct error *put_row(struct page *page, const struct chart_row *row)
{
	int top = page->y, bottom;
	char *note;

	TRY(chart_note(row, &note));
	put_names(page, row);
	bottom = page->y;
	page->y = top;
	if (row->known) {
		put_bar(page, row);
		put_figures(page, row->ns);
		page->y += LINE;
	}
	if (note)
		put_paragraph(page, BAR_LEFT, "note", note, NOTE_COLUMNS);
	if (page->y < bottom)
		page->y = bottom;
	free(note);
	return NULL;
}

static struct error *put_rows(struct page *page)
{
	const struct chart *chart = page->chart;
	enum chart_part part = CHART_PARTS;
	char class[32];

	for (unsigned int i = 0; i < chart->row_count; i++) {
		const struct chart_row *row = &chart->rows[i];

		if (row->part != part) {
			page->y += i ? 6 : 0;
			snprintf(class, sizeof(class), "bold %s", class_of(row->part));
			put_text(page, MARGIN, base_line(page), class, chart_part_title(row->part));
			page->y += LINE;
		}
		part = row->part;
		TRY(put_row(page, row));
	}
	return NULL;
}

/** Lines from @top down to the axis, and what they mean below it. */
static void put_axis(struct page *page, int top)
{
	const struct chart *chart = page->chart;
	int64_t step = chart_step(chart, MARKS);
	char text[DURATION_TEXT];

	page->y += 8;
	for (int64_t mark = 0; mark <= chart->end_ns - chart->start_ns; mark += step) {
		double x = place_of(page, chart->start_ns + mark);

		fprintf(page->stream,
			"<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" class=\"grid\"/>\n", x,
			top, x, page->y);
		put_text(page, (int)(x + 0.5), page->y + 15, "mark",
			chart_mark_text(mark, step, text));
	}
	fprintf(page->stream, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"axis\"/>\n",
		BAR_LEFT, page->y, BAR_LEFT + BAR_WIDTH, page->y);
	put_text(page, NAME_LEFT, page->y + 15, "dim", chart->axis);
	page->y += 30;
}

/** A span with an end at both ends, on the axis of the bars. */
static void put_total(struct page *page, const struct chart_total *total)
{
	int middle = page->y + LINE / 2;
	double left = place_of(page, total->start_ns);
	double right = place_of(page, total->start_ns + total->ns);

	put_text(page, MARGIN, base_line(page), "bold", total->name);
	if (total->known) {
		fprintf(page->stream,
			"<path d=\"M%.1f %dv10M%.1f %dH%.1fM%.1f %dv10\" class=\"span\"/>\n", left,
			middle - 5, left, middle, right, right, middle - 5);
		put_figures(page, total->ns);
		page->y += 18;
		put_text(page, NAME_LEFT, base_line(page), "dim", total->explanation);
		page->y += LINE + 6;
		return;
	}
	put_text(page, NAME_LEFT, base_line(page) + 18, "dim", total->explanation);
	put_text(page, BAR_LEFT, base_line(page), "dim",
		total->told ? "not known, as above" : "not known");
	page->y += 18;
	put_paragraph(
		page, BAR_LEFT, "dim", total->why && !total->told ? total->why : "", NOTE_COLUMNS);
	if (total->told)
		page->y += LINE;
	page->y += 6;
}

static void put_footer(struct page *page)
{
	const struct ledger_boot *boot = page->chart->boot;
	char *text = NULL;
	char exact[DURATION_TEXT];

	precision_text(boot->precision_ns, exact);
	if (asprintf(&text, "baton %s. Boot %s.%s%s%s%s%s", BATON_VERSION,
		    boot->boot_id[0] ? boot->boot_id : "of unknown id",
		    boot->clock ? " Times before the new kernel's start: by " : "",
		    boot->clock ? boot->clock : "", boot->clock ? ", within " : "",
		    boot->clock ? exact : "", boot->clock ? "." : "") < 0)
		return;
	page->y += 4;
	put_paragraph(page, MARGIN, "dim", text, TEXT_COLUMNS);
	free(text);
}

static struct error *put_title(struct page *page)
{
	const struct ledger_boot *boot = page->chart->boot;
	const struct chart_total *total = &page->chart->totals[0];
	char text[DURATION_TEXT + 64], duration[DURATION_TEXT];
	char *headline;

	duration_text(total->ns, duration);
	if (total->known && boot->kind == LEDGER_KIND_FIRMWARE)
		snprintf(text, sizeof(text), "%s from reset to the first program", duration);
	else if (total->known)
		snprintf(text, sizeof(text), "An outage of %s", duration);
	else
		snprintf(text, sizeof(text), "Where the time of a boot went");
	put_text(page, MARGIN, page->y + 22, "title", text);
	page->y += 38;
	TRY(chart_headline(boot, true, &headline));
	put_paragraph(page, MARGIN, "dim", headline, TEXT_COLUMNS);
	free(headline);
	page->y += 14;
	return NULL;
}

/**
 * The rows and the axis. The grid lies below the bars, so it is written first; how far down it goes
 * the bars tell, which therefore go into a text of their own.
 */
static struct error *put_bars(struct page *page)
{
	FILE *stream = page->stream;
	int top = page->y;
	char *bars = NULL;
	struct error *error;
	size_t size;

	page->stream = open_memstream(&bars, &size);
	if (!page->stream) {
		page->stream = stream;
		return error_no_memory();
	}
	error = put_rows(page);
	if (fclose(page->stream) != 0 && !error)
		error = error_no_memory();
	page->stream = stream;
	if (page->chart->end_ns > page->chart->start_ns)
		put_axis(page, top);
	if (!error)
		fputs(bars, stream);
	free(bars);
	return error;
}

static struct error *put_body(struct page *page)
{
	TRY(put_title(page));
	TRY(put_bars(page));
	for (unsigned int i = 0; i < CHART_TOTALS_MAX; i++)
		put_total(page, &page->chart->totals[i]);
	put_footer(page);
	page->y += MARGIN / 2;
	return NULL;
}

/** The picture around the body, whose height is known only now. */
static void put_document(FILE *stream, int height, const char *body, const char *title)
{
	fprintf(stream,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\" role=\"img\">\n<title>",
		WIDTH, height, WIDTH, height);
	put_escaped(stream, title);
	fprintf(stream,
		"</title>\n<style>\n%s</style>\n"
		"<rect width=\"%d\" height=\"%d\" rx=\"8\" class=\"ground\"/>\n%s</svg>\n",
		style_sheet, WIDTH, height, body);
}

/** Everything into *@ret, to be freed with free(). */
static struct error *make_svg(const struct chart *chart, char **ret, size_t *ret_size)
{
	char *body = NULL, *title = NULL;
	struct page page = {.chart = chart, .y = MARGIN / 2};
	struct error *error;
	size_t size;

	page.stream = open_memstream(&body, &size);
	if (!page.stream)
		return error_no_memory();
	error = put_body(&page);
	if (fclose(page.stream) != 0 && !error)
		error = error_no_memory();
	if (!error)
		error = chart_headline(chart->boot, true, &title);
	if (!error) {
		FILE *stream = open_memstream(ret, ret_size);

		if (stream)
			put_document(stream, page.y, body, title);
		if (!stream || fclose(stream) != 0)
			error = error_no_memory();
	}
	free(title);
	free(body);
	return error;
}

struct error *chart_write_svg(const struct chart *chart, const char *path)
{
	struct error *error;
	char *text = NULL;
	size_t size = 0;

	error = make_svg(chart, &text, &size);
	if (!error)
		error = save_public_file(path, bytes_of(text, size));
	free(text);
	return error;
}
