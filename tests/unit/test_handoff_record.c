/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The handoff record's parser: every version is read as what it is, or not at all. */
#include "test.h"

#include "base/bytes.h"
#include "machine/handoff_record.h"
#include "machine/start.h"

enum { VERSION_1_SIZE = 288, VERSION_2_SIZE = 304 };

static struct handoff_record sample(void)
{
	struct handoff_record record = {
		.magic = HANDOFF_RECORD_MAGIC,
		.version = HANDOFF_RECORD_VERSION,
		.size = sizeof(record),
		.chain = 3,
		.digest_result = HANDOFF_DIGEST_GOOD,
		.stage = {1, 2, 3, 4, 5, 6},
		.from_release = "6.1.0",
		.entry = HANDOFF_ENTRY_DIRECT,
		.mailbox = HANDOFF_MAILBOX_READ,
	};

	return record;
}

static const char *parse(const void *data, size_t size, struct handoff_record *ret)
{
	return handoff_record_parse(bytes_of(data, size), ret);
}

static void our_own_version_is_read_whole(void **state)
{
	struct handoff_record record = sample(), found;

	assert_null(parse(&record, sizeof(record), &found));
	assert_memory_equal(&found, &record, sizeof(record));
}

static void version_1_keeps_its_stages_and_has_no_others(void **state)
{
	struct handoff_record record = sample(), found;

	record.version = 1;
	record.size = VERSION_1_SIZE;
	memcpy(record.stage, (uint64_t[8]){10, 20, 30, 40}, sizeof(record.stage));
	/* What lies behind it in the node is not part of it. */
	assert_null(parse(&record, sizeof(record), &found));
	assert_int_equal(found.stage[HANDOFF_STAGE_COMMAND], 0);
	assert_int_equal(found.stage[HANDOFF_STAGE_LOADED], 0);
	assert_int_equal(found.stage[HANDOFF_STAGE_REBOOT_CALL], 0);
	assert_int_equal(found.stage[HANDOFF_STAGE_PURGATORY_ENTERED], 20);
	assert_int_equal(found.stage[HANDOFF_STAGE_VERIFIED], 30);
	assert_int_equal(found.stage[HANDOFF_STAGE_LEFT], 40);
	assert_int_equal(found.entry, HANDOFF_ENTRY_UNKNOWN);
	assert_int_equal(found.mailbox, HANDOFF_MAILBOX_UNKNOWN);
	assert_int_equal(found.chain, 3);
	assert_null(parse(&record, VERSION_1_SIZE, &found));
}

static void a_later_version_is_read_as_far_as_we_know_it(void **state)
{
	struct {
		struct handoff_record record;
		char later[40];
	} longer = {.record = sample()};
	struct handoff_record found;

	longer.record.version = 7;
	longer.record.size = sizeof(longer);
	longer.record.entry = 99;
	longer.record.mailbox = 99;
	longer.record.digest_result = 99;
	assert_null(parse(&longer, sizeof(longer), &found));
	assert_int_equal(found.version, 7);
	assert_int_equal(found.stage[HANDOFF_STAGE_LEFT], 6);
	assert_int_equal(found.entry, HANDOFF_ENTRY_UNKNOWN);
	assert_int_equal(found.mailbox, HANDOFF_MAILBOX_UNKNOWN);
	assert_int_equal(found.digest_result, HANDOFF_DIGEST_NOT_RUN);
}

/* As a baton of before command lines wrote it. */
static void version_2_tells_no_command_line(void **state)
{
	struct handoff_record record = sample(), found;

	record.version = 2;
	record.size = VERSION_2_SIZE;
	record.usual_offset = record.once_offset = 1;
	assert_null(parse(&record, VERSION_2_SIZE, &found));
	assert_int_equal(found.entry, HANDOFF_ENTRY_DIRECT);
	assert_int_equal(found.usual_offset, 0);
	/* What lies behind it in the node is not part of it. */
	assert_null(parse(&record, sizeof(record), &found));
	assert_int_equal(found.usual_offset, 0);
	assert_false(handoff_record_command_line(bytes_of(&record, sizeof(record)), &found).known);
}

static void the_command_line_is_read_where_the_record_says(void **state)
{
	struct {
		struct handoff_record record;
		char later[8], texts[8];
	} longer = {.record = sample(), .texts = "ro x=1"};
	struct bytes data = bytes_of(&longer, sizeof(longer));
	const uint32_t offset = offsetof(typeof(longer), texts);
	struct handoff_command_line line;
	struct handoff_record *record = &longer.record, found;

	record->version = 4;
	record->size = sizeof(longer);
	record->usual_offset = offset;
	record->usual_size = 2;
	record->once_offset = offset + 3;
	record->once_size = 3;
	assert_null(handoff_record_parse(data, &found));
	line = handoff_record_command_line(data, &found);
	assert_true(line.known);
	assert_int_equal(line.usual.size, 2);
	assert_memory_equal(line.usual.data, "ro", 2);
	assert_int_equal(line.once.size, 3);
	assert_memory_equal(line.once.data, "x=1", 3);
}

static void a_command_line_that_does_not_fit_is_not_known(void **state)
{
	struct {
		struct handoff_record record;
		char texts[8];
	} longer = {.record = sample(), .texts = "ro x=1"};
	const uint32_t texts = sizeof(longer.record);
	const struct {
		uint32_t usual_offset, usual_size, once_offset, once_size;
	} bad[] = {{0, 2, texts, 0}, {texts - 1, 2, texts, 0}, {texts, 9, texts, 0},
		{texts, 2, texts + 9, 0}, {texts, 2, UINT32_MAX, 1}, {texts, UINT32_MAX, texts, 0},
		{texts, 7, texts, 0}, {texts, 2, 0, 0}};
	struct bytes data = bytes_of(&longer, sizeof(longer));
	struct handoff_record found;

	longer.record.size = sizeof(longer);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memcpy(&longer.record.usual_offset, &bad[i], sizeof(bad[i]));
		assert_null(handoff_record_parse(data, &found));
		assert_false(handoff_record_command_line(data, &found).known);
	}
}

static void what_contradicts_itself_is_no_record(void **state)
{
	struct handoff_record record = sample(), found;

	for (size_t size = 0; size < sizeof(record); size++)
		assert_non_null(parse(&record, size, &found));
	record.size = sizeof(record) - 1;
	assert_non_null(parse(&record, sizeof(record), &found));
	record = sample();
	record.version = 0;
	assert_non_null(parse(&record, sizeof(record), &found));
	record.version = 1;
	assert_non_null(parse(&record, sizeof(record), &found));
	record = sample();
	record.magic++;
	assert_non_null(parse(&record, sizeof(record), &found));
	assert_int_equal(found.chain, 0);
}

static void texts_end_inside_their_fields(void **state)
{
	struct handoff_record record = sample(), found;

	memset(record.from_release, 'a', 64 + 64 + 40 + 24);
	assert_null(parse(&record, sizeof(record), &found));
	assert_int_equal(strlen(found.from_release), 63);
	assert_int_equal(strlen(found.to_version), 63);
	assert_int_equal(strlen(found.from_boot_id), 39);
	assert_int_equal(strlen(found.baton_version), 23);
}

static void add_node(struct machine *machine, uint32_t type, const void *data, size_t size)
{
	struct setup_data_node *node;

	machine->setup_data = realloc(machine->setup_data,
		(machine->setup_data_count + 1) * sizeof(*machine->setup_data));
	node = &machine->setup_data[machine->setup_data_count++];
	*node = (struct setup_data_node){.type = type};
	assert_ok(blob_copy(bytes_of(data, size), &node->data));
}

static void the_machines_record_is_found_among_its_setup_data(void **state)
{
	_cleanup_machine_ struct machine machine = {0};
	struct handoff_record record = sample(), found;
	const char *why;

	assert_false(machine_handoff_record(&machine, &found, &why));
	assert_null(why);
	add_node(&machine, 9, &record, sizeof(record));
	assert_false(machine_handoff_record(&machine, &found, &why));
	assert_null(why);
	add_node(&machine, SETUP_DATA_BATON, &record, 100);
	assert_false(machine_handoff_record(&machine, &found, &why));
	assert_string_equal(why, "the handoff record is cut short");
	add_node(&machine, SETUP_DATA_BATON, &record, sizeof(record));
	assert_true(machine_handoff_record(&machine, &found, &why));
	assert_null(why);
	assert_int_equal(found.chain, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own_version_is_read_whole),
		cmocka_unit_test(version_1_keeps_its_stages_and_has_no_others),
		cmocka_unit_test(a_later_version_is_read_as_far_as_we_know_it),
		cmocka_unit_test(version_2_tells_no_command_line),
		cmocka_unit_test(the_command_line_is_read_where_the_record_says),
		cmocka_unit_test(a_command_line_that_does_not_fit_is_not_known),
		cmocka_unit_test(what_contradicts_itself_is_no_record),
		cmocka_unit_test(texts_end_inside_their_fields),
		cmocka_unit_test(the_machines_record_is_found_among_its_setup_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
