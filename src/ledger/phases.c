/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/phases.h"

#include <stddef.h>

const char *ledger_part_id(enum ledger_part part)
{
	static const char *const ids[] = {
		[LEDGER_PART_OLD] = "old_system",
		[LEDGER_PART_BETWEEN] = "between",
		[LEDGER_PART_NEW] = "new_system",
		[LEDGER_PART_SEVERAL] = "several",
	};

	return ids[part];
}

/* Who runs in the phase that ends with @event. */
static enum ledger_part part_before(enum ledger_event event)
{
	if (event <= LEDGER_REBOOT_CALL)
		return LEDGER_PART_OLD;
	return event <= LEDGER_KERNEL ? LEDGER_PART_BETWEEN : LEDGER_PART_NEW;
}

static enum ledger_part part_of(enum ledger_event from, enum ledger_event to)
{
	enum ledger_part first = part_before((enum ledger_event)(from + 1));

	return first == part_before(to) ? first : LEDGER_PART_SEVERAL;
}

/* The first reason in [@from, @to]; the later end of a single phase speaks before its start. */
static const char *why_unknown(
	const struct ledger_boot *boot, enum ledger_event from, enum ledger_event to)
{
	if (!boot->at[to].known)
		return boot->at[to].why;
	for (int i = (int)from; i < (int)to; i++)
		if (!boot->at[i].known)
			return boot->at[i].why;
	return NULL;
}

/* The phase that starts at @from: up to the next known event, or one step where none bounds it. */
static struct ledger_phase phase_from(const struct ledger_boot *boot, enum ledger_event from)
{
	struct ledger_phase phase = {.from = from, .to = (enum ledger_event)(from + 1)};
	int next = (int)from + 1;

	while (next < LEDGER_EVENT_COUNT && !boot->at[next].known)
		next++;
	phase.known = boot->at[from].known && next < LEDGER_EVENT_COUNT;
	if (phase.known)
		phase.to = (enum ledger_event)next;
	phase.part = part_of(phase.from, phase.to);
	phase.why = why_unknown(boot, phase.from, phase.to);
	if (!phase.known)
		return phase;
	phase.start_ns = boot->at[from].ns;
	phase.ns = boot->at[next].ns > phase.start_ns ? boot->at[next].ns - phase.start_ns : 0;
	return phase;
}

unsigned int ledger_phases(
	const struct ledger_boot *boot, struct ledger_phase ret[static LEDGER_PHASES_MAX])
{
	unsigned int count = 0;

	for (enum ledger_event from = LEDGER_COMMAND; from < LEDGER_UP; from = ret[count++].to)
		ret[count] = phase_from(boot, from);
	return count;
}

bool ledger_between(const struct ledger_boot *boot, enum ledger_event from, enum ledger_event to,
	int64_t *ret_ns)
{
	*ret_ns = 0;
	if (!boot->at[from].known || !boot->at[to].known)
		return false;
	if (boot->at[to].ns > boot->at[from].ns)
		*ret_ns = boot->at[to].ns - boot->at[from].ns;
	return true;
}

bool ledger_is_in_order(const struct ledger_boot *boot)
{
	int64_t last = -LEDGER_NS_MAX;

	for (int i = 0; i < LEDGER_EVENT_COUNT; i++) {
		if (!boot->at[i].known)
			continue;
		if (boot->at[i].ns < last || boot->at[i].ns > LEDGER_NS_MAX)
			return false;
		last = boot->at[i].ns;
	}
	return true;
}

unsigned int ledger_knowledge(const struct ledger_boot *boot)
{
	unsigned int known = 0;

	for (int i = 0; i < LEDGER_EVENT_COUNT; i++)
		known += boot->at[i].known;
	known += boot->firmware.firmware_known + boot->firmware.loader_known;
	known += boot->kind != LEDGER_KIND_UNKNOWN;
	known += boot->started_at != 0;
	known += boot->from_release[0] != '\0';
	return known;
}
