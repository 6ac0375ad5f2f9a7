/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan by libbaton, as JSON with the keys that `baton plan --json` has as well:
 *
 *	plan-by-library RECORD KERNEL [OPTION=VALUE]...
 *
 * where OPTION is initrd, cmdline, append, via, entry, unpack-initrd or target. Exit status 1 with
 *the error on standard error. Uses nothing but baton.h, as a program outside would.
 */
#include "baton.h"

#include <json-c/json.h>
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

static int number_of(const char *value, const char *const *names)
{
	for (int i = 0; names[i]; i++)
		if (strcmp(value, names[i]) == 0)
			return i;
	abort();
}

static void set(struct baton_request *request, const char *option, const char *value)
{
	static const char *const methods[] = {
		"auto", "kexec_load", "kexec_file_load", "module", NULL};
	static const char *const entries[] = {"auto", "direct", "stub", NULL};
	static const char *const unpacks[] = {"auto", "always", "never", NULL};
	static const char *const targets[] = {"normal", "crash", NULL};

	if (strcmp(option, "initrd") == 0)
		check(baton_request_add_initrd(request, value));
	else if (strcmp(option, "cmdline") == 0)
		check(baton_request_set_command_line(request, value));
	else if (strcmp(option, "append") == 0)
		check(baton_request_append(request, value));
	else if (strcmp(option, "via") == 0)
		baton_request_set_method(request, number_of(value, methods));
	else if (strcmp(option, "entry") == 0)
		baton_request_set_entry(request, number_of(value, entries));
	else if (strcmp(option, "unpack-initrd") == 0)
		baton_request_set_unpack_initrd(request, number_of(value, unpacks));
	else if (strcmp(option, "target") == 0)
		baton_request_set_target(request, number_of(value, targets));
	else
		abort();
}

static struct json_object *hexadecimal(uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)number);
	return json_object_new_string(text);
}

static struct json_object *segments(const struct baton_plan *plan)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < baton_plan_segment_count(plan); i++) {
		struct baton_segment segment = baton_plan_segment(plan, i);
		struct json_object *row = json_object_new_object();

		json_object_object_add(row, "name", json_object_new_string(segment.name));
		json_object_object_add(row, "address", hexadecimal(segment.address));
		json_object_object_add(
			row, "size", json_object_new_int64((int64_t)segment.source_size));
		json_object_object_add(
			row, "memory_size", json_object_new_int64((int64_t)segment.memory_size));
		json_object_object_add(row, "reason", json_object_new_string(segment.reason));
		json_object_array_add(array, row);
	}
	return array;
}

static struct json_object *reasons(const struct baton_plan *plan)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < baton_plan_reason_count(plan); i++) {
		struct json_object *row = json_object_new_object();
		const char *topic, *text;

		baton_plan_reason(plan, i, &topic, &text);
		json_object_object_add(row, "topic", json_object_new_string(topic));
		json_object_object_add(row, "text", json_object_new_string(text));
		json_object_array_add(array, row);
	}
	return array;
}

static struct json_object *warnings(const struct baton_plan *plan)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < baton_plan_warning_count(plan); i++)
		json_object_array_add(array, json_object_new_string(baton_plan_warning(plan, i)));
	return array;
}

static void print(const struct baton_plan *plan)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(
		object, "command_line", json_object_new_string(baton_plan_command_line(plan)));
	json_object_object_add(object, "handed_over",
		json_object_new_int64((int64_t)baton_plan_handed_over(plan)));
	json_object_object_add(object, "segments", segments(plan));
	json_object_object_add(object, "reasons", reasons(plan));
	json_object_object_add(object, "warnings", warnings(plan));
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	json_object_put(object);
}

int main(int argc, char **argv)
{
	static const uint8_t seed[64] = {0xba, 0x70};
	struct baton_machine *machine;
	struct baton_request *request;
	struct baton_plan *plan;

	if (argc < 3)
		return 2;
	check(baton_machine_read(argv[1], &machine));
	check(baton_request_create(argv[2], &request));
	baton_request_set_describe_only(request, 1);
	baton_request_set_seed(request, seed);
	for (int i = 3; i < argc; i++) {
		char *equals = strchr(argv[i], '=');

		if (!equals)
			return 2;
		*equals = 0;
		set(request, argv[i], equals + 1);
	}
	check(baton_plan_make(request, machine, &plan));
	baton_request_free(request);
	baton_machine_free(machine);
	print(plan);
	baton_plan_free(plan);
	return 0;
}
