/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "cli/print.h"
#include "cli/verbs.h"
#include "machine/boot_times.h"
#include "machine/start.h"

static void describe_time(FILE *stream, const char *label, uint64_t ns, const char *source)
{
	fprintf(stream, "%-18s%.3f s, as reported by %s\n", label, (double)ns / 1e9, source);
}

/** What firmware and loader said of themselves: at a kexec they were not asked. */
static void describe_times(FILE *stream, const struct boot_times *times)
{
	if (times->firmware_known)
		describe_time(stream, "Firmware took", times->firmware_ns, times->firmware_source);
	if (times->loader_known)
		describe_time(stream, "Loader took", times->loader_ns, times->loader_source);
	if (times->firmware_known || times->loader_known)
		fprintf(stream, "%-18sthe last boot that was not a kexec\n", "");
}

/** The facts as text, with what came from outside made harmless for the terminal. */
static struct error *print_facts(
	const struct cli *cli, const struct machine *machine, const struct boot_times *times)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return error_no_memory();
	machine_describe_text(machine, cli->verbose, stream);
	describe_times(stream, times);
	if (fclose(stream) != 0) {
		free(text);
		return error_no_memory();
	}
	print_escaped_lines(stdout, text);
	free(text);
	return NULL;
}

static void add_time(struct json_object *object, const char *key, const char *source_key,
	bool known, uint64_t ns, const char *source)
{
	json_object_object_add(object, key, known ? json_object_new_uint64(ns) : NULL);
	json_add_text(object, source_key, known ? source : NULL);
}

static void add_times(struct json_object *object, const struct boot_times *times)
{
	struct json_object *child = json_add_object(object, "boot_times");

	add_time(child, "firmware_ns", "firmware_source", times->firmware_known, times->firmware_ns,
		times->firmware_source);
	add_time(child, "loader_ns", "loader_source", times->loader_known, times->loader_ns,
		times->loader_source);
	json_add_text(child, "why", times->why);
}

static struct error *print_facts_json(const struct machine *machine, const struct boot_times *times)
{
	struct json_object *object;

	TRY(machine_describe_json(machine, &object));
	add_times(object, times);
	json_add_number(object, "schema", JSON_SCHEMA);
	json_add_tristate(object, "started_by_kexec", machine_was_kexec(machine));
	json_print(object);
	return NULL;
}

static void tell_recorded(struct cli *cli, const char *file, bool complete)
{
	fputs("Recorded this machine in ", stdout);
	print_escaped(stdout, file);
	fputs("; replay it with baton plan KERNEL --machine=", stdout);
	print_escaped(stdout, file);
	putchar('\n');
	if (!complete)
		cli_warn(error_new(ERROR_OTHER,
				 "recorded without root: /proc/iomem shows no addresses, and other "
				 "facts may be missing"),
			cli);
}

struct error *verb_machine(struct cli *cli, struct options *options, const char *argument)
{
	_cleanup_machine_ struct machine machine = {0};
	_cleanup_source_ struct source *source = NULL;
	struct boot_times times;

	TRY(read_machine(cli, options->choice.job.record, &source, &machine));
	TRY(boot_times_read(source, &machine, &times));
	if (options->record)
		TRY(machine_record_write(source, options->record));
	if (cli->json)
		return print_facts_json(&machine, &times);
	if (!options->record)
		return print_facts(cli, &machine, &times);
	if (!cli->quiet)
		tell_recorded(cli, options->record, machine.iomem_readable);
	return NULL;
}
