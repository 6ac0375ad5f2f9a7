/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Past boots: a line each, with a bar that shows how its time was shared out. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "cli/report/boot_report.h"
#include "cli/report/chart.h"

enum {
	GAP = 2,
	DATE_WIDTH = 16,
	KIND_WIDTH = 8,
	FIGURE_WIDTH = 9, /* "≥ 12.73 s" */
	BAR_MIN = 8,
	BAR_MAX = 40,
};

static int compare_numbers(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The lower middle one. */
static int64_t median(int64_t *numbers, unsigned int count)
{
	if (!count)
		return 0;
	qsort(numbers, count, sizeof(*numbers), compare_numbers);
	return numbers[(count - 1) / 2];
}

struct error *history_medians(
	const struct history *history, enum ledger_kind kind, struct medians *ret)
{
	int64_t *outages = calloc(history->count + 1, sizeof(*outages));
	int64_t *totals = calloc(history->count + 1, sizeof(*totals));
	bool complete = outages && totals;

	*ret = (struct medians){0};
	for (size_t i = 0; complete && i < history->count; i++) {
		const struct ledger_boot *boot = &history->items[i].boot;

		if (boot->kind != kind)
			continue;
		ret->boots++;
		ret->outages += ledger_outage(boot, &outages[ret->outages]);
		ret->totals += ledger_command_to_up(boot, &totals[ret->totals]);
	}
	if (complete) {
		ret->outage_ns = median(outages, ret->outages);
		ret->command_to_up_ns = median(totals, ret->totals);
	}
	free(totals);
	free(outages);
	return complete ? NULL : error_no_memory();
}

/* The table's measures. */
struct table {
	const struct cli *cli;
	const struct look *look;
	unsigned int kernel_width, bar_width;
	bool with_from; /* there is room for both kernels of a handoff */
	int64_t longest_ns;
};

/* Parts of a bar, in the order of time. */
struct stretch {
	enum chart_part part;
	int64_t ns;
};

enum { STRETCHES_MAX = CHART_ROWS_MAX };

/* What is known of @boot, neighbours of one part together; returns how many. */
static unsigned int stretches_of(
	const struct ledger_boot *boot, struct stretch ret[static STRETCHES_MAX])
{
	struct chart chart = chart_of(boot);
	unsigned int count = 0;

	for (unsigned int i = 0; i < chart.row_count; i++) {
		const struct chart_row *row = &chart.rows[i];

		/* Units start side by side, within a part that is counted already. */
		if (!row->known || row->part == CHART_UNITS)
			continue;
		if (count && ret[count - 1].part == row->part)
			ret[count - 1].ns += row->ns;
		else
			ret[count++] = (struct stretch){row->part, row->ns};
	}
	return count;
}

static int64_t length_of(const struct ledger_boot *boot)
{
	struct stretch stretches[STRETCHES_MAX];
	unsigned int count = stretches_of(boot, stretches);
	int64_t sum = 0;

	for (unsigned int i = 0; i < count; i++)
		sum += stretches[i].ns;
	return sum;
}

/* Without colours the parts differ by their shade. */
static const char *fill_of(const struct table *table, enum chart_part part)
{
	static const char *const shades[CHART_PARTS] = {
		[CHART_FIRMWARE] = "▓",
		[CHART_OLD] = "░",
		[CHART_BETWEEN] = "█",
		[CHART_NEW] = "▒",
		[CHART_UNITS] = "▒",
		[CHART_SEVERAL] = "▞",
	};
	static const char letters[CHART_PARTS][2] = {
		[CHART_FIRMWARE] = "%",
		[CHART_OLD] = ".",
		[CHART_BETWEEN] = "#",
		[CHART_NEW] = "=",
		[CHART_UNITS] = "=",
		[CHART_SEVERAL] = "?",
	};

	if (!table->look->utf8)
		return letters[part];
	return table->cli->color_out ? "█" : shades[part];
}

/* Each part that took time gets a column at least, the others by their share. */
static void print_stretches(const struct table *table, const struct ledger_boot *boot)
{
	struct stretch stretches[STRETCHES_MAX];
	unsigned int count = stretches_of(boot, stretches), column = 0;
	int64_t until = 0;

	for (unsigned int i = 0; i < count; i++) {
		unsigned int end;

		until += stretches[i].ns;
		end = (unsigned int)((double)until / (double)table->longest_ns * table->bar_width +
				     0.5);
		if (end <= column && stretches[i].ns)
			end = column + 1;
		fputs(style_out(table->cli, chart_style(stretches[i].part)), stdout);
		for (; column < end && column < table->bar_width + count; column++)
			fputs(fill_of(table, stretches[i].part), stdout);
	}
	fputs(style_out(table->cli, STYLE_PLAIN), stdout);
}

static void print_date(const struct ledger_boot *boot)
{
	time_t seconds = (time_t)boot->started_at;
	char text[DATE_WIDTH + 1] = "not known";
	struct tm local;

	if (boot->started_at && localtime_r(&seconds, &local))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &local);
	print_padded(text, DATE_WIDTH + GAP);
}

/* "6.1.0 → 6.12.9", or one of them, harmless; to be freed with free(). */
static char *kernel_text(const struct table *table, const struct ledger_boot *boot)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	if (table->with_from && boot->from_release[0] &&
		strcmp(boot->from_release, boot->release) != 0) {
		print_escaped(stream, boot->from_release);
		fputs(table->look->utf8 ? " → " : " -> ", stream);
	}
	print_escaped(stream, boot->release[0] ? boot->release : "not known");
	fclose(stream);
	return text;
}

static void print_kernel(const struct table *table, const struct ledger_boot *boot)
{
	char *text = kernel_text(table, boot);

	if (text && utf8_count(text) > table->kernel_width) {
		unsigned char *at = (unsigned char *)text;

		for (unsigned int i = 1; i < table->kernel_width; i++)
			at += utf8_length(at);
		*at = '\0';
		fputs(text, stdout);
		print_padded(table->look->utf8 ? "…" : "~", 1 + GAP);
	} else {
		print_padded(text ? text : "", table->kernel_width + GAP);
	}
	free(text);
}

/* @at_least: the true figure is larger, by an unknown amount. */
static void print_figure(const struct table *table, bool known, int64_t ns, bool at_least)
{
	char figure[DURATION_TEXT] = "-";
	size_t width;

	if (known)
		snprintf(figure, sizeof(figure), "%s%.2f s",
			!at_least	    ? ""
			: table->look->utf8 ? "≥ "
					    : ">=",
			(double)ns / 1e9);
	width = utf8_count(figure);
	printf("%*s%s%*s", width < FIGURE_WIDTH ? (int)(FIGURE_WIDTH - width) : 0, "", figure, GAP,
		"");
}

static void print_boot(const struct table *table, const struct ledger_boot *boot)
{
	struct chart chart = chart_of(boot);
	bool firmware = boot->kind == LEDGER_KIND_FIRMWARE;

	print_date(boot);
	print_padded(ledger_kind_id(boot->kind), KIND_WIDTH + GAP);
	print_kernel(table, boot);
	print_figure(table, chart.totals[0].known, chart.totals[0].ns, firmware);
	print_figure(table, chart.totals[1].known, chart.totals[1].ns, firmware);
	print_stretches(table, boot);
	putchar('\n');
}

/* Widths: the kernels get what they need, as long as that leaves a bar that can be seen. */
static void measure(struct table *table, const struct history *history)
{
	unsigned int room =
		table->look->width - DATE_WIDTH - KIND_WIDTH - 2 * FIGURE_WIDTH - 5 * GAP - BAR_MIN;

	for (int with_from = 1; with_from >= 0; with_from--) {
		size_t widest = strlen("Linux");

		table->with_from = with_from;
		for (size_t i = 0; i < history->count; i++) {
			char *text = kernel_text(table, &history->items[i].boot);
			size_t width = text ? utf8_count(text) : 0;

			widest = width > widest ? width : widest;
			free(text);
		}
		table->kernel_width = widest < room ? (unsigned int)widest : room;
		if (widest <= room)
			break;
	}
	table->bar_width = room + BAR_MIN - table->kernel_width;
	if (table->bar_width > BAR_MAX)
		table->bar_width = BAR_MAX;
	table->longest_ns = 1;
	for (size_t i = 0; i < history->count; i++) {
		int64_t ns = length_of(&history->items[i].boot);

		table->longest_ns = ns > table->longest_ns ? ns : table->longest_ns;
	}
}

static void print_head(const struct table *table)
{
	fputs(style_out(table->cli, STYLE_BOLD), stdout);
	print_padded("Started", DATE_WIDTH + GAP);
	print_padded("By", KIND_WIDTH + GAP);
	print_padded("Linux", table->kernel_width + GAP);
	printf("%*s%*s%s\n", FIGURE_WIDTH, "Outage", GAP + FIGURE_WIDTH, "In all",
		style_out(table->cli, STYLE_PLAIN));
}

static void find_parts(const struct history *history, bool occurs[static CHART_PARTS])
{
	for (size_t i = 0; i < history->count; i++) {
		struct stretch stretches[STRETCHES_MAX];
		unsigned int count = stretches_of(&history->items[i].boot, stretches);

		for (unsigned int j = 0; j < count; j++)
			occurs[stretches[j].part] = true;
	}
}

/* The parts that occur, and what a sign in front of a figure means. */
static void print_legend(const struct table *table, const struct history *history)
{
	bool occurs[CHART_PARTS] = {false};
	unsigned int column = 0;

	find_parts(history, occurs);
	for (enum chart_part part = 0; part < CHART_PARTS; part++) {
		unsigned int width = 4 + (unsigned int)strlen(chart_part_title(part));

		if (!occurs[part])
			continue;
		if (!column || column + width > table->look->width)
			column = 0;
		printf("%s%s%s%s %s", column ? "  " : "\n",
			style_out(table->cli, chart_style(part)), fill_of(table, part),
			style_out(table->cli, STYLE_PLAIN), chart_part_title(part));
		column += width;
	}
	putchar('\n');
	if (!occurs[CHART_FIRMWARE])
		return;
	fputs(table->look->utf8 ? "≥ " : ">= ", stdout);
	print_paragraph(
		"from reset on, as reported by the firmware; the old system's end is not in it",
		table->look->width - 3);
}

static void print_median(const char *kind, const struct medians *medians)
{
	char text[DURATION_TEXT];

	if (!medians->outages && !medians->totals)
		return;
	printf("Median of %u handoff%s by %s:", medians->boots, medians->boots == 1 ? "" : "s",
		kind);
	if (medians->outages)
		printf(" outage %s", duration_text(medians->outage_ns, text));
	if (medians->totals)
		printf("%s command to everything up %s", medians->outages ? "," : "",
			duration_text(medians->command_to_up_ns, text));
	putchar('\n');
}

static void print_left_out(const struct cli *cli, const struct history *history)
{
	fputs(style_out(cli, STYLE_DIM), stdout);
	if (history->passed_over)
		printf("%" PRIu64 " line%s of the file passed over: damaged, or no entry\n",
			history->passed_over, history->passed_over == 1 ? "" : "s");
	if (history->newer)
		printf("%" PRIu64 " by a newer baton passed over\n", history->newer);
	if (history->shortened)
		printf("older ones are in " HISTORY_PATH "\n");
	fputs(style_out(cli, STYLE_PLAIN), stdout);
}

struct error *print_history(
	const struct cli *cli, const struct look *look, const struct history *history)
{
	struct table table = {.cli = cli, .look = look};
	struct medians baton, kexec;

	TRY(history_medians(history, LEDGER_KIND_BATON, &baton));
	TRY(history_medians(history, LEDGER_KIND_KEXEC, &kexec));
	measure(&table, history);
	if (!history->count)
		printf("No boots are recorded yet: baton report --record does it, once a boot, as root.\n");
	else
		print_head(&table);
	for (size_t i = 0; i < history->count; i++)
		print_boot(&table, &history->items[i].boot);
	if (history->count)
		print_legend(&table, history);
	print_median("baton", &baton);
	print_median("kexec", &kexec);
	print_left_out(cli, history);
	return NULL;
}
