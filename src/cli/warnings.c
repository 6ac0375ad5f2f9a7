/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of a plan should be known before it is carried out. What is wrong with the facts about the
 * machine and what is wrong with the plan are one list to whoever loads.
 */
#include "cli/print.h"

typedef void (*use_warning)(const char *text, void *data);

static void each_warning(const struct job *job, use_warning use, void *data)
{
	const struct machine *machine = &job->machine;
	const struct plan *plan = &job->plan;

	for (size_t i = 0; i < machine->warning_count; i++)
		use(machine->warnings[i], data);
	if (job->prepared_damage)
		use(job->prepared_damage, data);
	for (unsigned int i = 0; i < plan->notes.count; i++)
		if (plan->notes.list[i].topic == NOTE_WARNING)
			use(plan->notes.list[i].text, data);
}

static void tell(const char *text, void *data)
{
	cli_warn_text(data, text);
}

void tell_warnings(const struct cli *cli, const struct job *job)
{
	each_warning(job, tell, (void *)(uintptr_t)cli);
}

struct printing {
	const struct cli *cli;
	unsigned int shown;
};

static void print_one(const char *text, void *data)
{
	struct printing *printing = data;

	print_label(printing->cli, printing->shown++ ? "" : "Warnings");
	print_escaped(stdout, text);
	putchar('\n');
}

void print_warnings(const struct cli *cli, const struct job *job)
{
	struct printing printing = {.cli = cli};

	each_warning(job, print_one, &printing);
}

static void push_one(const char *text, void *data)
{
	json_push_text(data, text);
}

void json_add_warnings(struct json_object *object, const struct job *job)
{
	each_warning(job, push_one, json_add_array(object, "warnings"));
}
