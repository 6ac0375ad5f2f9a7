/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/json.h"

#include "base/error.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Takes over @value. */
static void add(struct json_object *object, const char *key, struct json_object *value)
{
	if (object)
		json_object_object_add(object, key, value);
	else
		json_object_put(value);
}

static void push(struct json_object *array, struct json_object *value)
{
	if (array)
		json_object_array_add(array, value);
	else
		json_object_put(value);
}

static struct json_object *text_object(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

void json_add_text(struct json_object *object, const char *key, const char *text)
{
	add(object, key, text_object(text));
}

void json_add_number(struct json_object *object, const char *key, uint64_t number)
{
	add(object, key, json_object_new_uint64(number));
}

void json_add_signed(struct json_object *object, const char *key, int64_t number)
{
	add(object, key, json_object_new_int64(number));
}

void json_add_address(struct json_object *object, const char *key, uint64_t address)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, address);
	add(object, key, json_object_new_string(text));
}

void json_add_bool(struct json_object *object, const char *key, bool value)
{
	add(object, key, json_object_new_boolean(value));
}

void json_add_tristate(struct json_object *object, const char *key, enum tristate value)
{
	add(object, key,
		value == TRISTATE_UNKNOWN ? NULL : json_object_new_boolean(value == TRISTATE_YES));
}

struct json_object *json_add_object(struct json_object *object, const char *key)
{
	struct json_object *child = json_object_new_object();

	add(object, key, child);
	return object ? child : NULL;
}

struct json_object *json_add_array(struct json_object *object, const char *key)
{
	struct json_object *child = json_object_new_array();

	add(object, key, child);
	return object ? child : NULL;
}

void json_push_text(struct json_object *array, const char *text)
{
	push(array, text_object(text));
}

struct json_object *json_push_object(struct json_object *array)
{
	struct json_object *child = json_object_new_object();

	push(array, child);
	return array ? child : NULL;
}

static void write_valid(FILE *file, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	while (*at) {
		size_t length = *at == '\n' ? 1 : utf8_length(at);

		if (length)
			fwrite(at, 1, length, file);
		else
			fputs("\\ufffd", file);
		at += length ? length : 1;
	}
}

struct error *json_text(struct json_object *object, char **ret)
{
	const char *text = json_object_to_json_string_ext(
		object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
	size_t size;
	FILE *file;

	*ret = NULL;
	file = text ? open_memstream(ret, &size) : NULL;
	if (!file)
		return error_no_memory();
	write_valid(file, text);
	if (fclose(file) == 0 && *ret)
		return NULL;
	free(*ret);
	*ret = NULL;
	return error_no_memory();
}
