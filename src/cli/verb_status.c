/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <time.h>

#include "cli/print.h"
#include "cli/verbs.h"
#include "machine/start.h"
#include "store/loaded.h"

static const char *loaded_text(enum tristate loaded)
{
	return loaded == TRISTATE_UNKNOWN ? "unknown"
	       : loaded			  ? "a kernel is loaded"
					  : "nothing is loaded";
}

/** What baton loaded last; another program may have loaded something else since. */
static void print_known(const struct cli *cli, const struct loaded *known)
{
	char when[32] = "";
	struct tm local;
	time_t at = (time_t)known->at;

	if (localtime_r(&at, &local))
		strftime(when, sizeof(when), " at %F %T", &local);
	printf("%-13s by baton%s: Linux ", "", when);
	print_escaped(stdout, *known->release ? known->release : "of unknown version");
	fputs(", ", stdout);
	print_escaped(stdout, known->kernel);
	printf("\n%-13s ", "");
	print_escaped(stdout, known->command_line);
	putchar('\n');
}

static void print_loaded(
	const struct cli *cli, const struct machine *machine, const struct loaded *known)
{
	const struct kexec_facts *kexec = &machine->kexec;
	enum tristate loaded = machine_loaded(machine);
	char size[SIZE_TEXT];

	print_label(cli, "Next reboot");
	printf("%s%s%s%s\n", style_out(cli, loaded == TRISTATE_YES ? STYLE_GOOD : STYLE_PLAIN),
		loaded_text(loaded), style_out(cli, STYLE_PLAIN),
		machine->module.loaded == TRISTATE_YES ? " in baton's module" : "");
	if (loaded == TRISTATE_YES && known->kernel)
		print_known(cli, known);
	if (machine->module.loaded == TRISTATE_YES && kexec->loaded == TRISTATE_YES)
		printf("%-13s %sand another one by kexec: which of them starts depends on who "
		       "restarts; baton unload forgets both%s\n",
			"", style_out(cli, STYLE_WARN), style_out(cli, STYLE_PLAIN));
	print_label(cli, "Crash");
	if (kexec->crash_size)
		printf("%s, %s reserved\n", loaded_text(kexec->crash_loaded),
			size_text(kexec->crash_size, size));
	else
		puts("no memory is reserved for a crash kernel (crashkernel=)");
}

static const char *call_text(const struct cli *cli, enum tristate has)
{
	if (has != TRISTATE_UNKNOWN)
		return has ? "yes" : "no";
	return cli->system->is_root ? "unknown" : "unknown (ask as root)";
}

static void print_offers(const struct cli *cli, const struct machine *machine)
{
	const struct kexec_facts *kexec = &machine->kexec;

	print_label(cli, "This kernel");
	fputs("Linux ", stdout);
	print_escaped(stdout, machine->release ? machine->release : "of unknown version");
	putchar('\n');
	print_label(cli, "System calls");
	printf("kexec_load: %s; kexec_file_load: %s\n", call_text(cli, kexec->has_kexec_load),
		call_text(cli, kexec->has_file_load));
	if (machine->module.present) {
		print_label(cli, "baton's module");
		puts(machine_module_obstacle(machine) ? "is there, but cannot start a kernel here"
						      : "is there");
	}
	if (kexec->limit_reboot > 0) {
		print_label(cli, "Loads left");
		printf("%" PRId64 "\n", kexec->limit_reboot);
	}
}

static void print_last_boot(const struct cli *cli, const struct machine *machine)
{
	enum tristate kexec = machine_was_kexec(machine);
	struct handoff_record record;
	const char *why;

	print_label(cli, "Last boot");
	if (machine_handoff_record(machine, &record, &why)) {
		fputs("by baton, from Linux ", stdout);
		print_escaped(stdout, record.from_release);
		if (record.chain)
			printf("; %" PRIu32 " handoff%s since the firmware\n", record.chain,
				record.chain == 1 ? "" : "s");
		else
			puts("; how many handoffs since the firmware is unknown");
		if (record.digest_result == HANDOFF_DIGEST_SKIPPED)
			printf("%-13s its digests were not compared\n", "");
		return;
	}
	puts(kexec == TRISTATE_UNKNOWN ? "unknown"
		: kexec		       ? "by kexec, not through firmware"
				       : "through firmware and a boot loader");
}

static void print_next(const struct cli *cli, const struct machine *machine, bool blocked)
{
	print_label(cli, "To do next");
	if (machine_loaded(machine) == TRISTATE_YES)
		puts("baton reboot --no-load starts it; baton unload forgets it");
	else if (blocked)
		puts("an ordinary reboot; baton machine tells more");
	else if (!cli->system->may_reboot)
		puts("sudo baton plan shows what a reboot would do; sudo baton reboot does it");
	else
		puts("baton plan shows what a reboot would do; baton reboot does it");
}

static void print_status(const struct cli *cli, const struct machine *machine,
	const struct loaded *known, bool recorded)
{
	const char *sentences[OBSTACLES_MAX];
	bool blocked;
	unsigned int count = machine_obstacles(machine, sentences, &blocked);

	print_loaded(cli, machine, known);
	print_offers(cli, machine);
	for (unsigned int i = 0; i < count; i++) {
		print_label(cli, i ? "" : "In the way");
		printf("%s%s%s\n", style_out(cli, STYLE_WARN), sentences[i],
			style_out(cli, STYLE_PLAIN));
	}
	for (size_t i = 0; cli->verbose && i < machine->warning_count; i++) {
		print_label(cli, i ? "" : "Warnings");
		print_escaped(stdout, machine->warnings[i]);
		putchar('\n');
	}
	print_last_boot(cli, machine);
	if (!recorded)
		printf("%-13s baton report shows where its time went\n", "");
	print_next(cli, machine, blocked);
}

static void add_last_boot(struct json_object *object, const struct machine *machine)
{
	struct json_object *last = json_add_object(object, "last_boot");
	struct handoff_record record;
	const char *why;

	json_add_tristate(last, "kexec", machine_was_kexec(machine));
	if (!machine_handoff_record(machine, &record, &why)) {
		json_add_bool(last, "baton", false);
		return;
	}
	json_add_bool(last, "baton", true);
	json_add_number(last, "chain", record.chain);
	json_add_text(last, "from_release", record.from_release);
	json_add_text(last, "from_boot_id", record.from_boot_id);
	json_add_text(last, "to_version", record.to_version);
	json_add_text(last, "baton_version", record.baton_version);
	json_add_number(last, "planned_at", record.planned_at);
	json_add_text(last, "digests",
		record.digest_result == HANDOFF_DIGEST_GOOD	 ? "good"
		: record.digest_result == HANDOFF_DIGEST_SKIPPED ? "skipped"
								 : "not run");
}

static void add_known(struct json_object *object, const struct loaded *known)
{
	struct json_object *last = json_add_object(object, "last_load");

	json_add_text(last, "kernel", known->kernel);
	json_add_text(last, "release", known->release);
	json_add_text(last, "command_line", known->command_line);
	json_add_number(last, "loaded_at", known->at);
}

static void print_status_json(const struct machine *machine, const struct loaded *known)
{
	struct json_object *object = json_object_new_object();
	const char *sentences[OBSTACLES_MAX];
	bool blocked;
	unsigned int count = machine_obstacles(machine, sentences, &blocked);
	struct json_object *obstacles;

	json_add_number(object, "schema", JSON_SCHEMA);
	json_add_bool(object, "blocked", blocked);
	json_add_tristate(object, "loaded", machine_loaded(machine));
	json_add_tristate(object, "crash_loaded", machine->kexec.crash_loaded);
	json_add_number(object, "crash_size", machine->kexec.crash_size);
	json_add_text(object, "release", machine->release);
	json_add_tristate(object, "kexec_load", machine->kexec.has_kexec_load);
	json_add_tristate(object, "kexec_file_load", machine->kexec.has_file_load);
	json_add_bool(object, "module", machine->module.present);
	json_add_tristate(object, "module_loaded", machine->module.loaded);
	json_add_signed(object, "loads_left", machine->kexec.limit_reboot);
	obstacles = json_add_array(object, "obstacles");
	for (unsigned int i = 0; i < count; i++)
		json_push_text(obstacles, sentences[i]);
	if (known->kernel && machine_loaded(machine) == TRISTATE_YES)
		add_known(object, known);
	add_last_boot(object, machine);
	json_print(object);
}

struct error *verb_status(struct cli *cli, struct options *options, const char *argument)
{
	_cleanup_machine_ struct machine machine = {0};
	_cleanup_source_ struct source *source = NULL;
	_cleanup_loaded_ struct loaded known = {0};

	TRY(read_machine(cli, options->choice.job.record, &source, &machine));
	if (cli->quiet) {
		enum tristate loaded = machine_loaded(&machine);

		if (loaded == TRISTATE_YES)
			return NULL;
		cli->silent = true;
		return error_new(loaded == TRISTATE_NO ? ERROR_NOT_LOADED : ERROR_OTHER,
			"no kernel is loaded for the next reboot");
	}
	if (!options->choice.job.record)
		loaded_read(cli->system->reboot.root, &known);
	if (cli->json)
		print_status_json(&machine, &known);
	else
		print_status(cli, &machine, &known, options->choice.job.record);
	return NULL;
}
