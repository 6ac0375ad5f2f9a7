/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan by libbaton, as JSON:
 *
 *	plan-by-library RECORD KERNEL [OPTION[=VALUE]]...
 *
 * OPTION is one of baton_request_set(). Exit status 1 with the error on standard error. Uses
 *nothing but baton.h, as a program outside would.
 */
#include "baton.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(struct baton_error *error)
{
	if (!error)
		return;
	fprintf(stderr, "%s\n", baton_error_message(error));
	baton_error_free(error);
	exit(1);
}

int main(int argc, char **argv)
{
	static const uint8_t seed[64] = {0xba, 0x70};
	struct baton_machine *machine;
	struct baton_request *request;
	struct baton_plan *plan;
	char *json;

	if (argc < 3)
		return 2;
	check(baton_machine_read(argv[1], &machine));
	check(baton_request_create(argv[2], &request));
	baton_request_set_describe_only(request, 1);
	baton_request_set_seed(request, seed);
	for (int i = 3; i < argc; i++) {
		char *equals = strchr(argv[i], '=');

		if (equals)
			*equals++ = 0;
		check(baton_request_set(request, argv[i], equals));
	}
	check(baton_plan_make(request, machine, &plan));
	baton_request_free(request);
	check(baton_plan_json(plan, machine, 1, &json));
	baton_machine_free(machine);
	puts(json);
	free(json);
	baton_plan_free(plan);
	return 0;
}
