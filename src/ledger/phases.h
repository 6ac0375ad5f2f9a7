/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From points in time to stretches of it. Two neighbouring events that are known bound a phase;
 * where the events between are unknown, their phases are one, and nothing is divided by guess.
 */
#ifndef BATON_LEDGER_PHASES_H
#define BATON_LEDGER_PHASES_H

#include "ledger/ledger.h"

/** Who runs in the meantime. */
enum ledger_part {
	LEDGER_PART_OLD,     /* the old system: services run, or are being stopped */
	LEDGER_PART_BETWEEN, /* nobody: from the reboot call to the new kernel's own clock */
	LEDGER_PART_NEW,     /* the new system */
	LEDGER_PART_SEVERAL, /* a phase across these borders, whose parts are not known apart */
};

/** "old_system", "between", "new_system", "several": stable names for JSON; static. */
const char *ledger_part_id(enum ledger_part part);

/** The stretch [@from, @to). */
struct ledger_phase {
	enum ledger_event from, to; /* more than one apart: the events between are unknown */
	enum ledger_part part;
	bool known;	      /* both ends are */
	int64_t start_ns, ns; /* start since LEDGER_KERNEL, and length (0 or more); if known */
	const char *why;      /* not known, or not known apart; else NULL. Lives as the boot's */
};

enum { LEDGER_PHASES_MAX = LEDGER_EVENT_COUNT - 1 };

/** The phases in order, from LEDGER_COMMAND to LEDGER_UP without a gap; returns how many. */
unsigned int ledger_phases(
	const struct ledger_boot *boot, struct ledger_phase ret[static LEDGER_PHASES_MAX]);

/** Nanoseconds from one event to another; false if one of them is not known. */
bool ledger_between(const struct ledger_boot *boot, enum ledger_event from, enum ledger_event to,
	int64_t *ret_ns);

/** How long no program ran: from the old kernel's reboot call to the new kernel's first program. */
static inline bool ledger_outage(const struct ledger_boot *boot, int64_t *ret_ns)
{
	return ledger_between(boot, LEDGER_REBOOT_CALL, LEDGER_FIRST_PROGRAM, ret_ns);
}

/** From the command to the moment when everything is started again. */
static inline bool ledger_command_to_up(const struct ledger_boot *boot, int64_t *ret_ns)
{
	return ledger_between(boot, LEDGER_COMMAND, LEDGER_UP, ret_ns);
}

/** Most that any two events can be apart: a year. More is no boot but a mistake. */
#define LEDGER_NS_MAX (INT64_C(366) * 24 * 3600 * 1000000000)

/** True if the known events are in order, and within LEDGER_NS_MAX of LEDGER_KERNEL. */
bool ledger_is_in_order(const struct ledger_boot *boot);

/** How much of a boot is known: a higher number knows more. Only for comparing the same boot. */
unsigned int ledger_knowledge(const struct ledger_boot *boot);

#endif
