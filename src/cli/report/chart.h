/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A boot as a picture: rows with bars on one axis, for the terminal and as SVG. */
#ifndef BATON_CLI_REPORT_CHART_H
#define BATON_CLI_REPORT_CHART_H

#include "cli/look.h"
#include "ledger/phases.h"

enum chart_part {
	CHART_FIRMWARE, /* as reported by the firmware */
	CHART_OLD,
	CHART_BETWEEN,
	CHART_NEW,
	CHART_UNITS, /* side by side, within the new system's last phase */
	CHART_SEVERAL,
	CHART_PARTS,
};

/** A phase; or several that are not known apart, or not known for the same reason. */
struct chart_row {
	enum chart_part part;
	const char *names[LEDGER_PHASES_MAX];
	unsigned int name_count;
	bool known;
	int64_t start_ns, ns; /* if known */
	const char *note; /* why not known, or not apart; who reported it; NULL: nothing to say */
	bool told;	  /* a row above has the same note already */
};

/** A stretch across rows. */
struct chart_total {
	const char *name, *explanation;
	bool known;
	int64_t start_ns, ns;
	const char *why; /* not known; else NULL */
	bool told;	 /* a row above, or the total, says why already */
};

enum { CHART_ROWS_MAX = LEDGER_PHASES_MAX + 3 + LEDGER_UNITS_MAX, CHART_TOTALS_MAX = 2 };

/** Borrows every string from the boot that it was made from. */
struct chart {
	const struct ledger_boot *boot;
	struct chart_row rows[CHART_ROWS_MAX]; /* in the order of time */
	unsigned int row_count;
	struct chart_total totals[CHART_TOTALS_MAX];
	int64_t start_ns, end_ns; /* the axis: from the first to the last known point */
	const char *axis;	  /* what it counts: "time since the command", "time since reset" */
};

struct chart chart_of(const struct ledger_boot *boot);

/** "Old system", "Between: no program runs"…; static. */
const char *chart_part_title(enum chart_part part);

/** The colour of a part's bars in the terminal. */
enum style chart_style(enum chart_part part);

/** Part of the axis that @ns is, in percent. */
double chart_share(const struct chart *chart, int64_t ns);

/** A step for about @count marks on the axis: 1, 2 or 5 times a power of ten, in nanoseconds. */
int64_t chart_step(const struct chart *chart, unsigned int count);

/** "0.5 s": a mark on the axis, with as few digits as @step needs. */
const char *chart_mark_text(int64_t ns, int64_t step, char buffer[static DURATION_TEXT]);

/** Why a row is not known, or not apart, or who reported it; *@ret is to be freed, NULL for
 * nothing. */
struct error *chart_note(const struct chart_row *row, char **ret);

/** The same for a total. */
struct error *chart_total_note(const struct chart_total *total, char **ret);

/** What kind of boot it was, in sentences without a newline; *@ret is to be freed with free(). */
struct error *chart_headline(const struct ledger_boot *boot, bool utf8, char **ret);

/** The bars in the terminal. */
void print_chart(const struct cli *cli, const struct look *look, const struct chart *chart);

/**
 * The same as SVG in @path, which appears whole or not at all. Readable on light and on dark
 * ground, and refers to nothing outside of itself.
 */
struct error *chart_write_svg(const struct chart *chart, const char *path);

#endif
