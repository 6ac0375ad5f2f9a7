/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of a plan should be known before it is carried out. What is wrong with the facts about the
 * machine and what is wrong with the plan are one list to whoever loads.
 */
#include "cli/print.h"

static void tell(const char *text, void *data)
{
	cli_warn_text(data, text);
}

void tell_warnings(const struct cli *cli, const struct job *job)
{
	job_each_warning(job, tell, (void *)(uintptr_t)cli);
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

	job_each_warning(job, print_one, &printing);
}
