/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "cli/print.h"
#include "cli/verbs.h"
#include "machine/start.h"

/** The facts as text, with what came from outside made harmless for the terminal. */
static struct error *print_facts(const struct cli *cli, const struct machine *machine)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return error_no_memory();
	machine_describe_text(machine, cli->verbose, stream);
	if (fclose(stream) != 0) {
		free(text);
		return error_no_memory();
	}
	print_escaped_lines(stdout, text);
	free(text);
	return NULL;
}

static struct error *print_facts_json(const struct machine *machine)
{
	struct json_object *object;

	TRY(machine_describe_json(machine, &object));
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

	TRY(read_machine(cli, options->choice.machine, &source, &machine));
	if (options->record)
		TRY(source_record(source, options->record));
	if (cli->json)
		return print_facts_json(&machine);
	if (!options->record)
		return print_facts(cli, &machine);
	if (!cli->quiet)
		tell_recorded(cli, options->record, machine.iomem_readable);
	return NULL;
}
