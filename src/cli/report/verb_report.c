/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* baton report: collect this boot or find a recorded one, show it, keep it. */
#include <stdlib.h>
#include <string.h>

#include "cli/report/boot_report.h"
#include "cli/report/chart.h"
#include "cli/verbs.h"
#include "ledger/collect.h"
#include "ledger/firmware.h"
#include "machine/text.h"

/** A boot, and the history that it may have its strings from. */
struct report {
	struct history history;
	struct ledger_boot boot;
};

static void report_deinit(struct report *report)
{
	history_deinit(&report->history);
}
#define _cleanup_report_ __attribute__((cleanup(report_deinit)))

/** A history that cannot be read is a warning: this boot can be shown without. */
static void read_history(struct cli *cli, struct history *ret)
{
	cli_warn(history_read(cli->system->reboot.root, ret), cli);
}

static struct error *collect(struct source *source, const struct cli *cli, struct ledger_boot *ret)
{
	_cleanup_machine_ struct machine machine = {0};

	TRY(machine_read(source, &machine));
	TRY(ledger_collect(source, &machine, cli->system->ledger, ret));
	return ledger_read_firmware(source, &machine, ret);
}

/** The entry of this boot, or NULL. */
static struct error *find_this_boot(
	struct source *source, const struct history *history, const struct ledger_boot **ret)
{
	char boot_id[LEDGER_BOOT_ID_SIZE];
	struct bytes contents;
	struct text text;
	bool found;

	TRY(source_file(source, "proc/sys/kernel/random/boot_id", &found, &contents));
	text = text_trim(text_of(contents));
	snprintf(boot_id, sizeof(boot_id), "%.*s", (int)text_size(text), text.at);
	*ret = boot_id[0] ? history_find(history, boot_id) : NULL;
	return NULL;
}

/**
 * This boot: as it was recorded, when the clocks were freshest, unless more is known by now.
 * @param ret_news  it is not in the history, or not with all that is known
 */
static struct error *take_this_boot(const struct cli *cli, struct report *report, bool *ret_news)
{
	_cleanup_source_ struct source *source = NULL;
	const struct ledger_boot *recorded;
	struct ledger_boot now;

	*ret_news = false;
	TRY(source_open_live(cli->system->reboot.root, &source));
	TRY(find_this_boot(source, &report->history, &recorded));
	if (recorded)
		report->boot = *recorded;
	if (recorded && recorded->at[LEDGER_UP].known)
		return NULL;
	TRY(collect(source, cli, &now));
	if (recorded && ledger_knowledge(&now) <= ledger_knowledge(recorded))
		return NULL;
	report->boot = now;
	*ret_news = true;
	return NULL;
}

/** An earlier boot: how many before the last one in the history ("-1"), or the beginning of its id.
 */
static struct error *take_earlier_boot(struct report *report, const char *wanted)
{
	const struct history *history = &report->history;
	const struct history_item *found = NULL;
	uint64_t back;
	struct text text = text_of_string(wanted);

	if (text_skip(&text, "-") && text_is_decimal(text, &back)) {
		if (back < history->count)
			found = &history->items[history->count - 1 - back];
	} else {
		for (size_t i = 0; *wanted && i < history->count; i++)
			if (strncmp(history->items[i].boot.boot_id, wanted, strlen(wanted)) == 0)
				found = &history->items[i];
	}
	if (!found)
		return error_new(ERROR_USAGE,
			"--boot=%s: no such boot among the %zu that are recorded; expected -1 for the "
			"one before the last, -2, ..., or the beginning of a boot id; see baton report "
			"--history",
			wanted, history->count);
	report->boot = found->boot;
	return NULL;
}

/** Write down this boot. For the boot service: nothing is printed. */
static struct error *record(const struct cli *cli, const struct report *report)
{
	bool added;

	return history_add(cli->system->reboot.root, &report->boot, &added);
}

/** How far the old system's times can be trusted. */
static void print_precision(const struct cli *cli, const struct ledger_boot *boot)
{
	char text[DURATION_TEXT];

	if (!boot->clock)
		return;
	printf("\n%s", style_out(cli, STYLE_DIM));
	fputs("Times before the new kernel's start: by ", stdout);
	print_escaped(stdout, boot->clock);
	printf(", within %s.%s\n", precision_text(boot->precision_ns, text),
		style_out(cli, STYLE_PLAIN));
}

static struct error *print_report(const struct cli *cli, const struct ledger_boot *boot)
{
	struct look look = look_of_output();
	struct chart chart = chart_of(boot);
	char *headline;

	TRY(chart_headline(boot, look.utf8, &headline));
	print_paragraph(headline, look.width);
	free(headline);
	putchar('\n');
	print_chart(cli, &look, &chart);
	print_precision(cli, boot);
	return NULL;
}

static struct error *show(
	const struct cli *cli, const struct options *options, const struct ledger_boot *boot)
{
	if (options->svg) {
		struct chart chart = chart_of(boot);

		TRY(chart_write_svg(&chart, options->svg));
	}
	if (cli->json)
		return print_boot_json(boot);
	if (cli->quiet)
		return NULL;
	if (!options->svg)
		return print_report(cli, boot);
	fputs("Wrote the picture to ", stdout);
	print_escaped(stdout, options->svg);
	putchar('\n');
	return NULL;
}

static struct error *show_history(struct cli *cli)
{
	_cleanup_history_ struct history history = {0};
	struct look look = look_of_output();

	TRY(history_read(cli->system->reboot.root, &history));
	if (cli->json)
		return print_history_json(&history);
	return cli->quiet ? NULL : print_history(cli, &look, &history);
}

static struct error *check_options(const struct options *options)
{
	const char *other = options->svg	      ? "--svg"
			    : options->boot	      ? "--boot"
			    : options->add_to_history ? "--record"
						      : NULL;

	if (options->history && other)
		return error_new(ERROR_USAGE,
			"--history and %s: the one is about all boots, the other about one; leave one "
			"out",
			other);
	if (options->add_to_history && options->boot)
		return error_new(ERROR_USAGE, "--record and --boot: only the running system's boot "
					      "can be recorded; leave one out");
	return NULL;
}

struct error *verb_report(struct cli *cli, struct options *options, const char *argument)
{
	_cleanup_report_ struct report report = {0};
	bool news = false;

	TRY(check_options(options));
	if (options->history)
		return show_history(cli);
	read_history(cli, &report.history);
	if (options->boot && strcmp(options->boot, "0") != 0)
		TRY(take_earlier_boot(&report, options->boot));
	else
		TRY(take_this_boot(cli, &report, &news));
	if (news && options->add_to_history)
		TRY(record(cli, &report));
	else if (news && cli->system->is_root)
		cli_warn(record(cli, &report), cli);
	if (options->add_to_history && !options->svg && !cli->json)
		return NULL;
	return show(cli, options, &report.boot);
}
