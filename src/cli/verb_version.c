/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/verbs.h"

struct error *verb_version(struct cli *cli, struct options *options, const char *argument)
{
	printf("baton %s\n", BATON_VERSION);
	return NULL;
}
