/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small helpers over json-c. Addresses are strings, "0x1000", because JSON numbers lose bits past
 * 2^53. Where memory runs out something is missing; an object that is NULL takes nothing. */
#ifndef BATON_MACHINE_JSON_H
#define BATON_MACHINE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "machine/machine.h"

/** The version of baton's JSON; higher when a key changes its meaning. */
enum { JSON_SCHEMA = 1 };

/** NULL becomes null. */
void json_add_text(struct json_object *object, const char *key, const char *text);
void json_add_number(struct json_object *object, const char *key, uint64_t number);
void json_add_signed(struct json_object *object, const char *key, int64_t number);
void json_add_address(struct json_object *object, const char *key, uint64_t address);
void json_add_bool(struct json_object *object, const char *key, bool value);
/** Unknown becomes null. */
void json_add_tristate(struct json_object *object, const char *key, enum tristate value);
/** Add an empty object or array, and return it. */
struct json_object *json_add_object(struct json_object *object, const char *key);
struct json_object *json_add_array(struct json_object *object, const char *key);
/** Append to an array. */
void json_push_text(struct json_object *array, const char *text);
struct json_object *json_push_object(struct json_object *array);

/**
 * @object as text, which is valid UTF-8: a byte that is not, or a control character, is U+FFFD.
 * @param ret  to be freed with free()
 */
struct error *json_text(struct json_object *object, char **ret);

#endif
