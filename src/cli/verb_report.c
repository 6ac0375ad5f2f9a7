/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/print.h"
#include "cli/verbs.h"
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
		struct json_object *names = json_add_array(row, "names");

		json_add_text(row, "from", ledger_event_id(phase->from));
		json_add_text(row, "to", ledger_event_id(phase->to));
		json_add_text(row, "part", ledger_part_id(phase->part));
		for (int event = (int)phase->from + 1; event <= (int)phase->to; event++)
			json_push_text(names, ledger_phase_name((enum ledger_event)event));
		add_duration(row, "start_ns", phase->known, phase->start_ns);
		add_duration(row, "ns", phase->known, phase->ns);
		json_add_text(row, "why", phase->why);
	}
}

static struct error *print_report_json(const struct ledger_boot *boot)
{
	struct json_object *object;
	int64_t ns;
	bool known;

	TRY(ledger_to_json(boot, &object));
	json_add_number(object, "schema", JSON_SCHEMA);
	add_phases(object, boot);
	known = ledger_outage(boot, &ns);
	add_duration(object, "outage_ns", known, ns);
	known = ledger_command_to_up(boot, &ns);
	add_duration(object, "command_to_up_ns", known, ns);
	json_print(object);
	return NULL;
}

static struct error *collect(const struct cli *cli, struct ledger_boot *ret)
{
	_cleanup_machine_ struct machine machine = {0};
	_cleanup_source_ struct source *source = NULL;

	TRY(source_open_live(cli->system->reboot.root, &source));
	TRY(machine_read(source, &machine));
	return ledger_collect(source, &machine, cli->system->ledger, ret);
}

struct error *verb_report(struct cli *cli, struct options *options, const char *argument)
{
	struct ledger_boot boot;

	TRY(collect(cli, &boot));
	return print_report_json(&boot);
}
