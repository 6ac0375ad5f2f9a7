/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a boot to rows, and from times to places on the axis. */
#include "cli/report/chart.h"

#include <string.h>

const char *chart_part_title(enum chart_part part)
{
	static const char *const titles[CHART_PARTS] = {
		[CHART_FIRMWARE] = "Before Linux",
		[CHART_OLD] = "Old system",
		[CHART_BETWEEN] = "Between: no program runs",
		[CHART_NEW] = "New system",
		[CHART_UNITS] = "Slowest to start, side by side",
		[CHART_SEVERAL] = "Not known apart",
	};

	return titles[part];
}

static enum chart_part part_of(enum ledger_part part)
{
	static const enum chart_part parts[] = {
		[LEDGER_PART_OLD] = CHART_OLD,
		[LEDGER_PART_BETWEEN] = CHART_BETWEEN,
		[LEDGER_PART_NEW] = CHART_NEW,
		[LEDGER_PART_SEVERAL] = CHART_SEVERAL,
	};

	return parts[part];
}

/* Is @row unknown for the same reason as the one before it, and in the same part? */
static bool continues(const struct chart *chart, const struct chart_row *row)
{
	const struct chart_row *last = &chart->rows[chart->row_count - 1];

	return chart->row_count && !row->known && !last->known && row->part == last->part &&
	       row->note && last->note && strcmp(row->note, last->note) == 0;
}

static void add_row(struct chart *chart, const struct chart_row *row)
{
	struct chart_row *last = &chart->rows[chart->row_count - 1];

	if (!continues(chart, row)) {
		chart->rows[chart->row_count++] = *row;
		return;
	}
	for (unsigned int i = 0; i < row->name_count; i++)
		last->names[last->name_count++] = row->names[i];
}

static void add_phase(struct chart *chart, const struct ledger_phase *phase)
{
	struct chart_row row = {
		.part = part_of(phase->part),
		.known = phase->known,
		.start_ns = phase->start_ns,
		.ns = phase->ns,
		.note = phase->why,
	};

	for (int event = (int)phase->from + 1; event <= (int)phase->to; event++)
		row.names[row.name_count++] = ledger_phase_name((enum ledger_event)event);
	add_row(chart, &row);
}

/* Firmware and loader, back to back before the kernel's start, as far as they tell. */
static void add_firmware(struct chart *chart, const struct ledger_firmware *firmware)
{
	int64_t loader_ns = firmware->loader_known ? (int64_t)firmware->loader_ns : 0;
	int64_t firmware_ns = firmware->firmware_known ? (int64_t)firmware->firmware_ns : 0;
	struct chart_row rows[] = {
		{
			.names = {"firmware"},
			.known = firmware->firmware_known,
			.start_ns = -loader_ns - firmware_ns,
			.ns = firmware_ns,
			.note = firmware->firmware_known ? firmware->firmware_source
							 : firmware->why,
		},
		{
			.names = {"boot loader"},
			.known = firmware->loader_known,
			.start_ns = -loader_ns,
			.ns = loader_ns,
			.note = firmware->loader_known ? firmware->loader_source : firmware->why,
		},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rows[i].part = CHART_FIRMWARE;
		rows[i].name_count = 1;
		add_row(chart, &rows[i]);
	}
}

static bool is_no_initrd(const struct ledger_phase *phase)
{
	return phase->known && !phase->ns && phase->to == LEDGER_SYSTEM &&
	       phase->from == LEDGER_FIRST_PROGRAM;
}

static void add_rows(struct chart *chart)
{
	const struct ledger_boot *boot = chart->boot;
	struct ledger_phase phases[LEDGER_PHASES_MAX];
	unsigned int count = ledger_phases(boot, phases);
	bool firmware = boot->kind == LEDGER_KIND_FIRMWARE;

	if (firmware)
		add_firmware(chart, &boot->firmware);
	for (unsigned int i = 0; i < count; i++)
		/* Through firmware there is no handoff, and so none of its phases; nor has every
		 * system an initrd. */
		if ((!firmware || phases[i].from >= LEDGER_KERNEL) && !is_no_initrd(&phases[i]))
			add_phase(chart, &phases[i]);
	for (unsigned int i = 0; i < boot->slowest_count; i++) {
		const struct ledger_unit *unit = &boot->slowest[i];

		add_row(chart, &(struct chart_row){
				       .part = CHART_UNITS,
				       .names = {unit->label},
				       .name_count = 1,
				       .known = true,
				       .start_ns = unit->start_ns,
				       .ns = unit->ns,
			       });
	}
}

static void find_span(struct chart *chart)
{
	bool any = false;

	for (unsigned int i = 0; i < chart->row_count; i++) {
		const struct chart_row *row = &chart->rows[i];

		if (!row->known)
			continue;
		if (!any)
			chart->start_ns = row->start_ns;
		any = true;
		if (row->start_ns + row->ns > chart->end_ns)
			chart->end_ns = row->start_ns + row->ns;
	}
}

/* What stands in the table already need not be read again. */
static bool is_told(const struct chart *chart, unsigned int rows, const char *why)
{
	for (unsigned int i = 0; why && i < rows; i++)
		if (chart->rows[i].note && strcmp(chart->rows[i].note, why) == 0)
			return true;
	return false;
}

static void tell_once(struct chart *chart)
{
	for (unsigned int i = 0; i < chart->row_count; i++) {
		struct chart_row *row = &chart->rows[i];

		/* Who reported a time stands beside it. */
		row->told = !(row->known && row->part == CHART_FIRMWARE) &&
			    is_told(chart, i, row->note);
	}
	for (unsigned int i = 0; i < CHART_TOTALS_MAX; i++) {
		struct chart_total *total = &chart->totals[i], *first = &chart->totals[0];

		total->told = is_told(chart, chart->row_count, total->why) ||
			      (i && total->why && first->why && !first->known &&
				      strcmp(total->why, first->why) == 0);
	}
}

static struct chart_total total_between(const struct ledger_boot *boot, enum ledger_event from,
	enum ledger_event to, const char *name, const char *explanation)
{
	const struct ledger_time *start = &boot->at[from], *end = &boot->at[to];
	struct chart_total total = {.name = name, .explanation = explanation};

	total.known = ledger_between(boot, from, to, &total.ns);
	total.start_ns = start->ns;
	total.why = !start->known ? start->why : end->why;
	return total;
}

/* From reset on, which only firmware and loader together can tell. */
static struct chart_total total_from_reset(
	const struct ledger_boot *boot, enum ledger_event to, const char *name)
{
	const struct ledger_firmware *firmware = &boot->firmware;
	struct chart_total total = {.name = name, .explanation = "from reset"};

	total.known = firmware->firmware_known && firmware->loader_known && boot->at[to].known;
	if (total.known) {
		total.start_ns = -(int64_t)(firmware->firmware_ns + firmware->loader_ns);
		total.ns = boot->at[to].ns - total.start_ns;
	}
	total.why = boot->at[to].known ? firmware->why : boot->at[to].why;
	return total;
}

struct chart chart_of(const struct ledger_boot *boot)
{
	struct chart chart = {.boot = boot, .axis = "time since the command"};

	add_rows(&chart);
	find_span(&chart);
	if (boot->kind == LEDGER_KIND_FIRMWARE) {
		chart.totals[0] = total_from_reset(boot, LEDGER_FIRST_PROGRAM, "First program");
		chart.totals[1] = total_from_reset(boot, LEDGER_UP, "Everything up");
		chart.axis = "time since reset";
	} else {
		chart.totals[0] = total_between(boot, LEDGER_REBOOT_CALL, LEDGER_FIRST_PROGRAM,
			"Outage", "reboot call to first program");
		chart.totals[1] = total_between(
			boot, LEDGER_COMMAND, LEDGER_UP, "In all", "command to everything up");
	}
	tell_once(&chart);
	if (chart.start_ns == 0)
		chart.axis = "time since the kernel's start";
	return chart;
}

/* Who reported a time that Linux could not measure. */
static const char *reporter(const char *source)
{
	return strncmp(source, "Loader", 6) == 0 ? "as reported by the loader, "
						 : "as reported by the firmware, ";
}

struct error *chart_total_note(const struct chart_total *total, char **ret)
{
	const char *why = total->why ? total->why : "nothing says why";

	*ret = NULL;
	if (total->known)
		return NULL;
	if (asprintf(ret, "not known%s%s", total->told ? ", as above" : ": ",
		    total->told ? "" : why) >= 0)
		return NULL;
	*ret = NULL;
	return error_no_memory();
}

struct error *chart_note(const struct chart_row *row, char **ret)
{
	const char *note = row->note ? row->note : "nothing says why";
	const char *prefix = !row->known		   ? "not known: "
			     : row->part == CHART_FIRMWARE ? reporter(note)
							   : "not known apart: ";

	*ret = NULL;
	if (row->known && !row->note)
		return NULL;
	if (row->told)
		note = "as above";
	if (row->told && row->known)
		prefix = "not known apart, ";
	else if (row->told)
		prefix = "not known, ";
	if (asprintf(ret, "%s%s", prefix, note) >= 0)
		return NULL;
	*ret = NULL;
	return error_no_memory();
}

double chart_share(const struct chart *chart, int64_t ns)
{
	int64_t all = chart->end_ns - chart->start_ns;

	return all > 0 ? 100.0 * (double)ns / (double)all : 0;
}

int64_t chart_step(const struct chart *chart, unsigned int count)
{
	static const int64_t factors[] = {1, 2, 5};
	int64_t wanted = (chart->end_ns - chart->start_ns) / (count ? count : 1);

	for (int64_t power = 1000000; power <= LEDGER_NS_MAX; power *= 10)
		for (size_t i = 0; i < sizeof(factors) / sizeof(factors[0]); i++)
			if (power * factors[i] >= wanted)
				return power * factors[i];
	return LEDGER_NS_MAX;
}

const char *chart_mark_text(int64_t ns, int64_t step, char buffer[static DURATION_TEXT])
{
	int digits = step % 1000000000 == 0  ? 0
		     : step % 100000000 == 0 ? 1
		     : step % 10000000 == 0  ? 2
					     : 3;

	snprintf(buffer, DURATION_TEXT, "%.*f s", digits, (double)ns / 1e9);
	return buffer;
}
