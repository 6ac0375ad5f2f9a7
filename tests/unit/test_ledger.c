/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Points in time become phases, and a boot becomes JSON and comes back. */
#include "make_boot.h"

#include <json-c/json.h>

#include "ledger/ledger_json.h"
#include "ledger/phases.h"

static void known_neighbours_bound_a_phase(void **state)
{
	struct ledger_boot boot = make_boot(1);
	struct ledger_phase phases[LEDGER_PHASES_MAX];
	int64_t sum = 0, total, outage;

	(void)state;
	assert_int_equal(ledger_phases(&boot, phases), LEDGER_PHASES_MAX);
	for (int i = 0; i < LEDGER_PHASES_MAX; i++) {
		assert_true(phases[i].known);
		assert_null(phases[i].why);
		assert_int_equal(phases[i].to, phases[i].from + 1);
		sum += phases[i].ns;
	}
	assert_true(ledger_command_to_up(&boot, &total));
	assert_int_equal(total, 7000 * MS);
	assert_int_equal(sum, total);
	assert_true(ledger_outage(&boot, &outage));
	assert_int_equal(outage, 1600 * MS);
	assert_int_equal(phases[1].part, LEDGER_PART_OLD);
	assert_int_equal(phases[2].part, LEDGER_PART_BETWEEN);
	assert_int_equal(phases[5].part, LEDGER_PART_BETWEEN);
	assert_int_equal(phases[6].part, LEDGER_PART_NEW);
}

static void phases_around_an_unknown_point_are_one_and_nothing_is_divided(void **state)
{
	struct ledger_boot boot = make_boot(1);
	struct ledger_phase phases[LEDGER_PHASES_MAX];

	(void)state;
	make_unknown(&boot, LEDGER_VERIFIED, "no purgatory of ours");
	make_unknown(&boot, LEDGER_LEFT, "no purgatory of ours");
	assert_int_equal(ledger_phases(&boot, phases), LEDGER_PHASES_MAX - 2);
	assert_int_equal(phases[3].from, LEDGER_PURGATORY);
	assert_int_equal(phases[3].to, LEDGER_KERNEL);
	assert_true(phases[3].known);
	assert_int_equal(phases[3].ns, 320 * MS);
	assert_string_equal(phases[3].why, "no purgatory of ours");
	assert_int_equal(phases[3].part, LEDGER_PART_BETWEEN);
	make_unknown(&boot, LEDGER_REBOOT_CALL, "it was not noted");
	assert_int_equal(ledger_phases(&boot, phases), LEDGER_PHASES_MAX - 3);
	assert_int_equal(phases[1].from, LEDGER_LOADED);
	assert_int_equal(phases[1].to, LEDGER_PURGATORY);
	assert_int_equal(phases[1].part, LEDGER_PART_SEVERAL);
}

static void phases_beyond_the_known_points_are_unknown_one_by_one(void **state)
{
	struct ledger_boot boot = make_boot(1);
	struct ledger_phase phases[LEDGER_PHASES_MAX];
	int64_t ns;

	(void)state;
	for (int i = 0; i < LEDGER_KERNEL; i++)
		make_unknown(&boot, (enum ledger_event)i, i ? "no record" : "never told");
	make_unknown(&boot, LEDGER_UP, "still starting");
	assert_int_equal(ledger_phases(&boot, phases), LEDGER_PHASES_MAX);
	for (int i = 0; i < LEDGER_PHASES_MAX; i++)
		assert_int_equal(phases[i].known,
			phases[i].to == LEDGER_FIRST_PROGRAM || phases[i].to == LEDGER_SYSTEM);
	assert_string_equal(phases[0].why, "no record");
	assert_string_equal(phases[5].why, "no record");
	assert_string_equal(phases[8].why, "still starting");
	assert_false(ledger_outage(&boot, &ns));
	assert_false(ledger_command_to_up(&boot, &ns));
}

static void disorder_is_seen_and_gives_no_negative_length(void **state)
{
	struct ledger_boot boot = make_boot(1);
	struct ledger_phase phases[LEDGER_PHASES_MAX];

	(void)state;
	assert_true(ledger_is_in_order(&boot));
	boot.at[LEDGER_LEFT].ns = 1;
	assert_false(ledger_is_in_order(&boot));
	ledger_phases(&boot, phases);
	assert_int_equal(phases[5].ns, 0);
	boot = make_boot(1);
	boot.at[LEDGER_UP].ns = LEDGER_NS_MAX + 1;
	assert_false(ledger_is_in_order(&boot));
	boot = make_boot(1);
	boot.at[LEDGER_COMMAND].ns = INT64_MIN;
	assert_false(ledger_is_in_order(&boot));
}

static void who_knows_more_has_the_higher_number(void **state)
{
	struct ledger_boot whole = make_boot(1), part = make_boot(1);

	(void)state;
	make_unknown(&part, LEDGER_UP, "still starting");
	assert_true(ledger_knowledge(&part) < ledger_knowledge(&whole));
	part = whole;
	part.firmware.loader_known = true;
	assert_true(ledger_knowledge(&part) > ledger_knowledge(&whole));
}

static void assert_same(const struct ledger_boot *a, const struct ledger_boot *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_string_equal(a->boot_id, b->boot_id);
	assert_string_equal(a->release, b->release);
	assert_string_equal(a->from_boot_id, b->from_boot_id);
	assert_string_equal(a->from_release, b->from_release);
	assert_int_equal(a->chain, b->chain);
	assert_int_equal(a->digest_result, b->digest_result);
	assert_int_equal(a->direct, b->direct);
	assert_int_equal(a->started_at, b->started_at);
	assert_int_equal(a->precision_ns, b->precision_ns);
	assert_true((a->clock == NULL) == (b->clock == NULL));
	for (int i = 0; i < LEDGER_EVENT_COUNT; i++) {
		assert_int_equal(a->at[i].known, b->at[i].known);
		if (a->at[i].known)
			assert_int_equal(a->at[i].ns, b->at[i].ns);
		else
			assert_string_equal(a->at[i].why, b->at[i].why);
	}
	assert_int_equal(a->firmware.firmware_known, b->firmware.firmware_known);
	assert_int_equal(a->firmware.firmware_ns, b->firmware.firmware_ns);
	assert_int_equal(a->firmware.loader_known, b->firmware.loader_known);
	assert_int_equal(a->firmware.loader_ns, b->firmware.loader_ns);
}

/* There and back through text, as in the file. */
static struct json_object *round_trip(const struct ledger_boot *boot, struct ledger_boot *ret)
{
	struct json_object *object, *again;

	assert_ok(ledger_to_json(boot, &object));
	again = json_tokener_parse(json_object_to_json_string(object));
	json_object_put(object);
	assert_non_null(again);
	assert_ok(ledger_from_json(again, ret));
	return again;
}

static void a_boot_comes_back_from_json_as_it_was(void **state)
{
	struct ledger_boot boots[3] = {make_boot(1), make_boot(2), {0}};

	(void)state;
	make_unknown(&boots[1], LEDGER_LOADED, "loaded \"long\" before\n");
	boots[1].kind = LEDGER_KIND_FIRMWARE;
	boots[1].digest_result = HANDOFF_DIGEST_NOT_RUN;
	boots[1].chain = 0;
	boots[1].clock = NULL;
	boots[1].precision_ns = 0;
	boots[1].firmware = (struct ledger_firmware){
		.firmware_known = true,
		.firmware_ns = 4200000000,
		.firmware_source = "ACPI FPDT",
	};
	for (int i = 0; i < LEDGER_EVENT_COUNT; i++)
		make_unknown(&boots[2], (enum ledger_event)i, "nothing is known");
	for (int i = 0; i < 3; i++) {
		struct ledger_boot again;
		struct json_object *object = round_trip(&boots[i], &again);

		if (i == 1)
			boots[1].at[LEDGER_LOADED].why = "loaded \"long\" before?";
		assert_same(&boots[i], &again);
		json_object_put(object);
	}
}

static void hostile_text_becomes_harmless_and_still_fits(void **state)
{
	struct ledger_boot boot = make_boot(1), again;
	struct json_object *object;

	(void)state;
	memset(boot.from_release, '\xff', sizeof(boot.from_release) - 1);
	memcpy(boot.release, "6.1\033[2J\"\\", 10);
	object = round_trip(&boot, &again);
	assert_string_equal(again.release, "6.1?[2J\"\\");
	assert_int_equal(strlen(again.from_release), sizeof(boot.from_release) - 1);
	assert_int_equal(again.from_release[0], '?');
	json_object_put(object);
}

static void json_that_is_no_boot_is_refused_with_the_key(void **state)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
		{"[]", "not an object"},
		{"{\"boot_id\": 1}", "boot_id: not a text"},
		{"{\"boot_id\": \"0123456789012345678901234567890123456789\"}",
			"boot_id: longer than 39"},
		{"{\"chain\": -1}", "chain: not within"},
		{"{\"chain\": 4294967296}", "chain: not within"},
		{"{\"chain\": 1.5}", "chain: not a whole number"},
		{"{\"started_at\": 99999999999999}", "started_at: not within"},
		{"{\"direct\": 1}", "direct: not true or false"},
		{"{\"at_ns\": []}", "at_ns: not an object"},
		{"{\"at_ns\": {\"up\": \"1\"}}", "up: not a whole number"},
		{"{\"at_ns\": {\"up\": 9223372036854775807}}", "up: not within"},
		{"{\"at_ns\": {\"kernel\": 5, \"up\": 4}}", "at_ns: not in order"},
		{"{\"unknown\": {\"up\": {}}}", "up: not a text"},
		{"{\"firmware\": {\"loader_ns\": -1}}", "loader_ns: not within"},
	};
	struct ledger_boot boot;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json_object *object = json_tokener_parse(cases[i].text);

		assert_non_null(object);
		assert_fails(ledger_from_json(object, &boot), ERROR_FORMAT, cases[i].part);
		json_object_put(object);
	}
}

static void what_is_missing_is_unknown(void **state)
{
	struct json_object *object = json_tokener_parse("{\"kind\": \"teleport\", \"more\": []}");
	struct ledger_boot boot;

	(void)state;
	assert_ok(ledger_from_json(object, &boot));
	assert_int_equal(boot.kind, LEDGER_KIND_UNKNOWN);
	for (int i = 0; i < LEDGER_EVENT_COUNT; i++) {
		assert_false(boot.at[i].known);
		assert_string_equal(boot.at[i].why, "the record does not say why");
	}
	json_object_put(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_neighbours_bound_a_phase),
		cmocka_unit_test(phases_around_an_unknown_point_are_one_and_nothing_is_divided),
		cmocka_unit_test(phases_beyond_the_known_points_are_unknown_one_by_one),
		cmocka_unit_test(disorder_is_seen_and_gives_no_negative_length),
		cmocka_unit_test(who_knows_more_has_the_higher_number),
		cmocka_unit_test(a_boot_comes_back_from_json_as_it_was),
		cmocka_unit_test(hostile_text_becomes_harmless_and_still_fits),
		cmocka_unit_test(json_that_is_no_boot_is_refused_with_the_key),
		cmocka_unit_test(what_is_missing_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
