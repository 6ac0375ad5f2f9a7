/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/look.h"
#include "cli/verbs.h"

enum { TEXT_WIDTH = 80 };

static void print_overview(const struct cli *cli)
{
	const char *bold = style_out(cli, STYLE_BOLD), *plain = style_out(cli, STYLE_PLAIN);

	printf("baton reboots Linux straight into a new kernel, without firmware or boot loader.\n\n"
	       "%sUsage:%s baton [VERB] [OPTION]...\n\n",
		bold, plain);
	for (const struct verb *verb = verbs; verb->name; verb++)
		printf("  %s%-9s%s %s\n", bold, verb->name, plain, verb->summary);
	printf("\nMost often: `baton reboot` into the newest installed kernel, or first `baton plan`\n"
	       "to see what would happen. `baton help VERB` explains a verb and its options; the\n"
	       "manual is baton(8). Called as kexec, or as `baton kexec`, it takes the options of\n"
	       "kexec(8).\n");
}

static void print_verb(const struct cli *cli, const struct verb *verb)
{
	const char *bold = style_out(cli, STYLE_BOLD), *plain = style_out(cli, STYLE_PLAIN);

	printf("%sUsage:%s baton %s%s%s%s [OPTION]...\n\n", bold, plain, verb->name,
		verb->argument ? " [" : "", verb->argument ? verb->argument : "",
		verb->argument ? "]" : "");
	print_paragraph(verb->description, TEXT_WIDTH);
	printf("\n%sOptions:%s\n", bold, plain);
	options_print(verb);
}

struct error *verb_help(struct cli *cli, struct options *options, const char *argument)
{
	const struct verb *verb;

	if (!argument) {
		print_overview(cli);
		return NULL;
	}
	verb = verb_find(argument);
	if (!verb)
		return verb_unknown(argument);
	print_verb(cli, verb);
	return NULL;
}
