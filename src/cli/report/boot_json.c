/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A boot, and the history, for programs. The keys are documented in baton(8). */
#include "cli/report/boot_report.h"
#include "cli/print.h"
#include "ledger/ledger_json.h"
#include "ledger/phases.h"

static void add_duration(struct json_object *object, const char *key, bool known, int64_t ns)
{
	json_object_object_add(object, key, known ? json_object_new_int64(ns) : NULL);
}

static void add_phases(struct json_object *object, const struct ledger_boot *boot)
{
	struct ledger_phase phases[LEDGER_PHASES_MAX];
	unsigned int count = ledger_phases(boot, phases);
	struct json_object *array = json_add_array(object, "phases");

	for (unsigned int i = 0; i < count; i++) {
		const struct ledger_phase *phase = &phases[i];
		struct json_object *row = json_push_object(array);
		struct json_object *names;

		json_add_text(row, "from", ledger_event_id(phase->from));
		json_add_text(row, "to", ledger_event_id(phase->to));
		names = json_add_array(row, "names");
		for (int event = (int)phase->from + 1; event <= (int)phase->to; event++)
			json_push_text(names, ledger_phase_name((enum ledger_event)event));
		json_add_text(row, "part", ledger_part_id(phase->part));
		add_duration(row, "start_ns", phase->known, phase->start_ns);
		add_duration(row, "ns", phase->known, phase->ns);
		json_add_text(row, "why", phase->why);
	}
}

static struct error *describe(const struct ledger_boot *boot, struct json_object **ret)
{
	int64_t ns;
	bool known;

	TRY(ledger_to_json(boot, ret));
	add_phases(*ret, boot);
	known = ledger_outage(boot, &ns);
	add_duration(*ret, "outage_ns", known, ns);
	known = ledger_command_to_up(boot, &ns);
	add_duration(*ret, "command_to_up_ns", known, ns);
	return NULL;
}

struct error *print_boot_json(const struct ledger_boot *boot)
{
	struct json_object *object;

	TRY(describe(boot, &object));
	json_add_number(object, "schema", JSON_SCHEMA);
	json_print(object);
	return NULL;
}

static struct error *add_medians(struct json_object *object, const struct history *history)
{
	static const enum ledger_kind kinds[] = {
		LEDGER_KIND_BATON, LEDGER_KIND_KEXEC, LEDGER_KIND_FIRMWARE};
	struct json_object *all = json_add_object(object, "medians");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct json_object *row = json_add_object(all, ledger_kind_id(kinds[i]));
		struct medians medians;

		TRY(history_medians(history, kinds[i], &medians));
		json_add_number(row, "boots", medians.boots);
		add_duration(row, "outage_ns", medians.outages, medians.outage_ns);
		add_duration(row, "command_to_up_ns", medians.totals, medians.command_to_up_ns);
	}
	return NULL;
}

static struct error *add_history(struct json_object *object, const struct history *history)
{
	struct json_object *boots = json_add_array(object, "boots");

	json_add_number(object, "schema", JSON_SCHEMA);
	for (size_t i = 0; i < history->count; i++) {
		struct json_object *boot;

		TRY(describe(&history->items[i].boot, &boot));
		json_object_array_add(boots, boot);
	}
	json_add_number(object, "passed_over", history->passed_over);
	json_add_number(object, "newer", history->newer);
	json_add_bool(object, "shortened", history->shortened);
	return add_medians(object, history);
}

struct error *print_history_json(const struct history *history)
{
	struct json_object *object = json_object_new_object();
	struct error *error = add_history(object, history);

	if (error)
		json_object_put(object);
	else
		json_print(object);
	return error;
}
