/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/json.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/cli.h"

static struct json_object *text_object(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

void json_add_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, text_object(text));
}

void json_add_number(struct json_object *object, const char *key, uint64_t number)
{
	json_object_object_add(object, key, json_object_new_uint64(number));
}

void json_add_signed(struct json_object *object, const char *key, int64_t number)
{
	json_object_object_add(object, key, json_object_new_int64(number));
}

void json_add_address(struct json_object *object, const char *key, uint64_t address)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, address);
	json_object_object_add(object, key, json_object_new_string(text));
}

void json_add_bool(struct json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

void json_add_tristate(struct json_object *object, const char *key, enum tristate value)
{
	json_object_object_add(object, key,
		value == TRISTATE_UNKNOWN ? NULL : json_object_new_boolean(value == TRISTATE_YES));
}

struct json_object *json_add_object(struct json_object *object, const char *key)
{
	struct json_object *child = json_object_new_object();

	json_object_object_add(object, key, child);
	return child;
}

struct json_object *json_add_array(struct json_object *object, const char *key)
{
	struct json_object *child = json_object_new_array();

	json_object_object_add(object, key, child);
	return child;
}

void json_push_text(struct json_object *array, const char *text)
{
	json_object_array_add(array, text_object(text));
}

struct json_object *json_push_object(struct json_object *array)
{
	struct json_object *child = json_object_new_object();

	json_object_array_add(array, child);
	return child;
}

void json_print(struct json_object *object)
{
	print_json_text(stdout, json_object_to_json_string_ext(object,
					JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	putchar('\n');
	json_object_put(object);
}
