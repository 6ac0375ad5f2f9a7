/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/ledger_json.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "ledger/phases.h"
#include "ledger/units.h"
#include "wire/handoff.h"

/* Text of any length is cut here: no reason of ours is so long, and a line must stay bounded. */
enum { TEXT_MAX = 300 };

static const struct {
	int result;
	const char *id;
} digest_ids[] = {
	{HANDOFF_DIGEST_NOT_RUN, "not run"},
	{HANDOFF_DIGEST_GOOD, "good"},
	{HANDOFF_DIGEST_SKIPPED, "skipped"},
};

const char *ledger_digest_id(int result)
{
	for (size_t i = 0; i < sizeof(digest_ids) / sizeof(digest_ids[0]); i++)
		if (digest_ids[i].result == result)
			return digest_ids[i].id;
	return digest_ids[0].id;
}

/*
 * A string object of valid UTF-8; NULL (null) for NULL and "". Never longer than @text, so that
 * what came out of a place of fixed size fits into it again.
 */
static struct json_object *text_object(const char *text)
{
	char clean[TEXT_MAX + 4];
	size_t size = 0;

	if (!text || !*text)
		return NULL;
	for (const unsigned char *at = (const unsigned char *)text; *at && size < TEXT_MAX;) {
		size_t length = utf8_length(at);

		memcpy(clean + size, length ? (const char *)at : "?", length ? length : 1);
		size += length ? length : 1;
		at += length ? length : 1;
	}
	return json_object_new_string_len(clean, (int)size);
}

static struct json_object *number_object(bool known, int64_t number)
{
	return known ? json_object_new_int64(number) : NULL;
}

static void add(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add(object, key, value);
}

static void add_events(struct json_object *object, const struct ledger_boot *boot)
{
	struct json_object *at = json_object_new_object(), *unknown = json_object_new_object();

	for (int i = 0; i < LEDGER_EVENT_COUNT; i++) {
		const char *id = ledger_event_id((enum ledger_event)i);

		add(at, id, number_object(boot->at[i].known, boot->at[i].ns));
		if (!boot->at[i].known)
			add(unknown, id, text_object(boot->at[i].why));
	}
	add(object, "at_ns", at);
	add(object, "unknown", unknown);
}

static void add_firmware(struct json_object *object, const struct ledger_firmware *firmware)
{
	struct json_object *child = json_object_new_object();
	bool firmware_known = firmware->firmware_known, loader_known = firmware->loader_known;

	add(child, "firmware_ns", number_object(firmware_known, (int64_t)firmware->firmware_ns));
	add(child, "firmware_source",
		firmware_known ? text_object(firmware->firmware_source) : NULL);
	add(child, "loader_ns", number_object(loader_known, (int64_t)firmware->loader_ns));
	add(child, "loader_source", loader_known ? text_object(firmware->loader_source) : NULL);
	add(child, "why", text_object(firmware->why));
	add(object, "firmware", child);
}

static void add_units(struct json_object *object, const struct ledger_boot *boot)
{
	struct json_object *units = json_object_new_array();

	for (unsigned int i = 0; i < boot->slowest_count; i++) {
		const struct ledger_unit *unit = &boot->slowest[i];
		struct json_object *row = json_object_new_object();

		add(row, "name", text_object(unit->name));
		add(row, "start_ns", json_object_new_int64(unit->start_ns));
		add(row, "ns", json_object_new_int64(unit->ns));
		json_object_array_add(units, row);
	}
	add(object, "slowest_units", units);
}

struct error *ledger_to_json(const struct ledger_boot *boot, struct json_object **ret)
{
	struct json_object *object = json_object_new_object();

	*ret = object;
	if (!object)
		return error_no_memory();
	add(object, "kind", text_object(ledger_kind_id(boot->kind)));
	add(object, "boot_id", text_object(boot->boot_id));
	add(object, "release", text_object(boot->release));
	add(object, "from_boot_id", text_object(boot->from_boot_id));
	add(object, "from_release", text_object(boot->from_release));
	add(object, "chain", number_object(boot->chain != 0, boot->chain));
	add(object, "digests",
		boot->kind == LEDGER_KIND_BATON ? text_object(ledger_digest_id(boot->digest_result))
						: NULL);
	add(object, "direct", json_object_new_boolean(boot->direct));
	add(object, "started_at", number_object(boot->started_at != 0, (int64_t)boot->started_at));
	add_events(object, boot);
	add(object, "clock", text_object(boot->clock));
	add(object, "precision_ns", number_object(boot->clock, (int64_t)boot->precision_ns));
	add_firmware(object, &boot->firmware);
	add_units(object, boot);
	return NULL;
}

/* Back: each reader leaves "unknown" for null and for what is not there. */

static struct error *wrong(const char *key, const char *expected)
{
	return error_new(ERROR_FORMAT, "%s: not %s", key, expected);
}

static struct error *take_text(struct json_object *object, const char *key, const char **ret)
{
	struct json_object *value = json_object_object_get(object, key);

	*ret = NULL;
	if (!value)
		return NULL;
	if (!json_object_is_type(value, json_type_string))
		return wrong(key, "a text");
	*ret = json_object_get_string(value);
	return NULL;
}

/* Into a place of fixed size; "" for null. */
static struct error *take_short(struct json_object *object, const char *key, size_t size, char *ret)
{
	const char *text;

	TRY(take_text(object, key, &text));
	*ret = '\0';
	if (text && strlen(text) >= size)
		return error_new(ERROR_FORMAT, "%s: longer than %zu bytes", key, size - 1);
	if (text)
		strcpy(ret, text);
	return NULL;
}

static struct error *take_number(struct json_object *object, const char *key, int64_t low,
	int64_t high, bool *ret_known, int64_t *ret)
{
	struct json_object *value = json_object_object_get(object, key);

	*ret_known = false;
	*ret = 0;
	if (!value)
		return NULL;
	if (!json_object_is_type(value, json_type_int))
		return wrong(key, "a whole number");
	*ret = json_object_get_int64(value);
	*ret_known = true;
	return *ret < low || *ret > high ? wrong(key, "within its bounds") : NULL;
}

/* A child object, or NULL in @ret. */
static struct error *take_object(
	struct json_object *object, const char *key, struct json_object **ret)
{
	*ret = json_object_object_get(object, key);
	return *ret && !json_object_is_type(*ret, json_type_object) ? wrong(key, "an object")
								    : NULL;
}

static struct error *take_events(struct json_object *object, struct ledger_boot *boot)
{
	struct json_object *at, *unknown;

	TRY(take_object(object, "at_ns", &at));
	TRY(take_object(object, "unknown", &unknown));
	for (int i = 0; i < LEDGER_EVENT_COUNT; i++) {
		struct ledger_time *time = &boot->at[i];
		const char *id = ledger_event_id((enum ledger_event)i);

		if (at)
			TRY(take_number(
				at, id, -LEDGER_NS_MAX, LEDGER_NS_MAX, &time->known, &time->ns));
		if (!time->known && at && i == LEDGER_SYSTEM &&
			!json_object_object_get_ex(at, id, NULL))
			time->why = "it was recorded by a baton that did not tell the two apart";
		if (!time->known && !time->why && unknown)
			TRY(take_text(unknown, id, &time->why));
		if (!time->known && !time->why)
			time->why = "the record does not say why";
	}
	return ledger_is_in_order(boot) ? NULL : wrong("at_ns", "in order");
}

static struct error *take_firmware(struct json_object *object, struct ledger_firmware *ret)
{
	struct json_object *child;
	int64_t firmware, loader;

	TRY(take_object(object, "firmware", &child));
	if (!child)
		return NULL;
	TRY(take_number(child, "firmware_ns", 0, LEDGER_NS_MAX, &ret->firmware_known, &firmware));
	TRY(take_number(child, "loader_ns", 0, LEDGER_NS_MAX, &ret->loader_known, &loader));
	TRY(take_text(child, "firmware_source", &ret->firmware_source));
	TRY(take_text(child, "loader_source", &ret->loader_source));
	TRY(take_text(child, "why", &ret->why));
	ret->firmware_ns = (uint64_t)firmware;
	ret->loader_ns = (uint64_t)loader;
	if (!ret->firmware_source)
		ret->firmware_source = "unknown source";
	if (!ret->loader_source)
		ret->loader_source = "unknown source";
	return NULL;
}

static struct error *take_unit(struct json_object *row, struct ledger_unit *ret)
{
	const char *name;
	bool known;

	if (!json_object_is_type(row, json_type_object))
		return wrong("slowest_units", "a list of objects");
	TRY(take_text(row, "name", &name));
	ledger_unit_set_name(ret, bytes_of(name ? name : "?", name ? strlen(name) : 1));
	TRY(take_number(row, "start_ns", 0, LEDGER_NS_MAX, &known, &ret->start_ns));
	return take_number(row, "ns", 0, LEDGER_NS_MAX, &known, &ret->ns);
}

static struct error *take_units(struct json_object *object, struct ledger_boot *boot)
{
	struct json_object *units = json_object_object_get(object, "slowest_units");
	size_t count;

	if (!units)
		return NULL;
	if (!json_object_is_type(units, json_type_array))
		return wrong("slowest_units", "a list");
	count = json_object_array_length(units);
	for (size_t i = 0; i < count && i < LEDGER_UNITS_MAX; i++, boot->slowest_count++)
		TRY(take_unit(json_object_array_get_idx(units, i), &boot->slowest[i]));
	return NULL;
}

/* A kind that a later baton knows is unknown to this one. */
static struct error *take_kind(struct json_object *object, struct ledger_boot *boot)
{
	static const enum ledger_kind kinds[] = {
		LEDGER_KIND_FIRMWARE, LEDGER_KIND_BATON, LEDGER_KIND_KEXEC};
	const char *kind, *digests;

	TRY(take_text(object, "kind", &kind));
	TRY(take_text(object, "digests", &digests));
	for (size_t i = 0; kind && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kind, ledger_kind_id(kinds[i])) == 0)
			boot->kind = kinds[i];
	for (size_t i = 0; digests && i < sizeof(digest_ids) / sizeof(digest_ids[0]); i++)
		if (strcmp(digests, digest_ids[i].id) == 0)
			boot->digest_result = digest_ids[i].result;
	return NULL;
}

static struct error *take_numbers(struct json_object *object, struct ledger_boot *boot)
{
	struct json_object *direct = json_object_object_get(object, "direct");
	int64_t chain, started_at, precision;
	bool known;

	if (direct && !json_object_is_type(direct, json_type_boolean))
		return wrong("direct", "true or false");
	boot->direct = json_object_get_boolean(direct);
	TRY(take_number(object, "chain", 0, UINT32_MAX, &known, &chain));
	boot->chain = (uint32_t)chain;
	/* Up to the year 9999, which is as far as dates are printed. */
	TRY(take_number(object, "started_at", 0, INT64_C(253402300799), &known, &started_at));
	boot->started_at = (uint64_t)started_at;
	TRY(take_number(object, "precision_ns", 0, LEDGER_NS_MAX, &known, &precision));
	boot->precision_ns = (uint64_t)precision;
	return NULL;
}

struct error *ledger_from_json(struct json_object *object, struct ledger_boot *ret)
{
	*ret = (struct ledger_boot){0};
	if (!json_object_is_type(object, json_type_object))
		return error_new(ERROR_FORMAT, "not an object");
	TRY(take_kind(object, ret));
	TRY(take_short(object, "boot_id", sizeof(ret->boot_id), ret->boot_id));
	TRY(take_short(object, "release", sizeof(ret->release), ret->release));
	TRY(take_short(object, "from_boot_id", sizeof(ret->from_boot_id), ret->from_boot_id));
	TRY(take_short(object, "from_release", sizeof(ret->from_release), ret->from_release));
	TRY(take_numbers(object, ret));
	TRY(take_events(object, ret));
	TRY(take_text(object, "clock", &ret->clock));
	TRY(take_units(object, ret));
	return take_firmware(object, &ret->firmware);
}
