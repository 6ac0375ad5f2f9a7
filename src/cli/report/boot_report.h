/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `baton report` is made of. */
#ifndef BATON_CLI_REPORT_BOOT_REPORT_H
#define BATON_CLI_REPORT_BOOT_REPORT_H

#include "cli/look.h"
#include "ledger/history.h"

/** One boot as JSON on standard output, with the phases and sums that follow from it. */
struct error *print_boot_json(const struct ledger_boot *boot);

/** A table of boots with a bar each, the newest last, and the medians. */
struct error *print_history(
	const struct cli *cli, const struct look *look, const struct history *history);
struct error *print_history_json(const struct history *history);

/** The middle of several boots of one kind, of those where it is known. */
struct medians {
	unsigned int boots, outages, totals; /* how many; of them with known outage, known total */
	int64_t outage_ns, command_to_up_ns; /* of an even number, the lower of the middle two */
};

struct error *history_medians(
	const struct history *history, enum ledger_kind kind, struct medians *ret);

#endif
