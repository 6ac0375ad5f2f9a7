/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The history file: appended once a boot, and safe against a crash in mid-write. */
#include "fake_root.h"
#include "make_boot.h"

#include <fcntl.h>
#include <pthread.h>

#include "base/blob.h"
#include "ledger/history.h"

#define FILE_NAME HISTORY_FOLDER "/" HISTORY_FILE

/* In memory where that is possible: each entry is written through to the disk. */
static struct fake_root make_root(void)
{
	struct fake_root root = {"/dev/shm/baton-test-XXXXXX"};

	return mkdtemp(root.path) ? root : fake_root_make();
}

static struct blob contents(const struct fake_root *root)
{
	struct blob blob = {0};

	assert_ok(blob_read_file(fake_root_path(root, FILE_NAME), 64 << 20, &blob));
	return blob;
}

static size_t count_lines(const struct blob *blob)
{
	size_t lines = 0;

	for (uint64_t i = 0; i < blob->size; i++)
		lines += blob->data[i] == '\n';
	return lines;
}

static bool record(const struct fake_root *root, unsigned int number)
{
	struct ledger_boot boot = make_boot(number);
	bool added;

	assert_ok(history_add(root->path, &boot, &added));
	return added;
}

static void assert_boots(const struct fake_root *root, size_t count, uint64_t passed_over)
{
	_cleanup_history_ struct history history = {0};

	assert_ok(history_read(root->path, &history));
	assert_int_equal(history.count, count);
	assert_int_equal(history.passed_over, passed_over);
	for (size_t i = 0; i < count; i++) {
		struct ledger_boot wanted = make_boot((unsigned int)i + 1);

		assert_string_equal(history.items[i].boot.boot_id, wanted.boot_id);
		assert_int_equal(history.items[i].boot.at[LEDGER_UP].ns, wanted.at[LEDGER_UP].ns);
	}
}

static void no_file_is_an_empty_history(void **state)
{
	_cleanup_fake_root_ struct fake_root root = make_root();

	(void)state;
	assert_boots(&root, 0, 0);
}

static void boots_are_appended_in_order_one_line_each(void **state)
{
	_cleanup_fake_root_ struct fake_root root = make_root();
	_cleanup_blob_ struct blob blob = {0};

	(void)state;
	for (unsigned int i = 1; i <= 5; i++)
		assert_true(record(&root, i));
	assert_boots(&root, 5, 0);
	blob = contents(&root);
	assert_int_equal(count_lines(&blob), 5);
	assert_int_equal(blob.data[blob.size - 1], '\n');
}

static void the_same_boot_is_appended_again_only_if_more_is_known(void **state)
{
	_cleanup_fake_root_ struct fake_root root = make_root();
	_cleanup_history_ struct history history = {0};
	struct ledger_boot boot = make_boot(1);
	bool added;

	(void)state;
	make_unknown(&boot, LEDGER_UP, "still starting");
	assert_ok(history_add(root.path, &boot, &added));
	assert_true(added);
	assert_true(record(&root, 2));
	assert_ok(history_add(root.path, &boot, &added));
	assert_false(added);
	assert_true(record(&root, 1));
	assert_false(record(&root, 1));
	assert_ok(history_add(root.path, &boot, &added));
	assert_false(added);
	assert_ok(history_read(root.path, &history));
	assert_int_equal(history.count, 2);
	boot = make_boot(1);
	assert_true(history_find(&history, boot.boot_id)->at[LEDGER_UP].known);
	assert_null(history_find(&history, "another"));
}

/* Write @size bytes of @blob as the file, as a crash may leave it. */
static void crash_after(const struct fake_root *root, const struct blob *blob, uint64_t size)
{
	fake_root_write(root, FILE_NAME, blob->data, size);
}

static void a_write_torn_at_any_byte_loses_that_entry_alone(void **state)
{
	_cleanup_fake_root_ struct fake_root root = make_root();
	_cleanup_blob_ struct blob two = {0}, three = {0};

	(void)state;
	record(&root, 1);
	record(&root, 2);
	two = contents(&root);
	record(&root, 3);
	three = contents(&root);
	for (uint64_t size = two.size; size <= three.size; size++) {
		bool whole = size >= three.size - 1, torn = size > two.size && !whole;

		crash_after(&root, &three, size);
		assert_boots(&root, whole ? 3 : 2, torn);
		assert_int_equal(record(&root, 3), !whole);
		assert_boots(&root, 3, torn);
		record(&root, 4);
		assert_boots(&root, 4, torn);
	}
}

static void a_block_of_zeros_loses_that_entry_alone(void **state)
{
	_cleanup_fake_root_ struct fake_root root = make_root();
	_cleanup_blob_ struct blob blob = {0};
	uint64_t before;

	(void)state;
	record(&root, 1);
	record(&root, 2);
	blob = contents(&root);
	before = blob.size;
	for (uint64_t zeros = 1; zeros < 9000; zeros += 997) {
		assert_ok(blob_resize(&blob, before));
		assert_ok(blob_resize(&blob, before + zeros));
		crash_after(&root, &blob, blob.size);
		assert_boots(&root, 2, 1);
		assert_true(record(&root, 3));
		assert_boots(&root, 3, 1);
	}
	/* Zeros in front of a newline, or in place of the middle of an entry. */
	blob.data[before + 100] = '\n';
	crash_after(&root, &blob, before + 101);
	assert_boots(&root, 2, 1);
	memset(blob.data + before - 300, 0, 200);
	crash_after(&root, &blob, before);
	assert_boots(&root, 1, 1);
}

static void what_is_not_an_entry_is_passed_over_and_counted(void **state)
{
	_cleanup_fake_root_ struct fake_root root = make_root();
	_cleanup_history_ struct history history = {0};
	_cleanup_blob_ struct blob blob = {0};
	static const char lines[] =
		"\n\n{}\n{\"version\":0,\"boot_id\":\"x\"}\n[1]\n\"text\"\nnull\n"
		"{\"version\":1}\n{\"version\":1,\"boot_id\":7}\n"
		"{\"version\":1,\"boot_id\":\"x\"} x\n{\"version\":\"1\"}\n"
		"{\"version\":1,\"boot_id\":\"\xff\"}\n"
		"{\"version\":1,\"boot_id\":\"x\"}\0\n"
		"{\"version\":1,\"a\":[[[[[[[[]]]]]]]],\"boot_id\":\"x\"}\n"
		"{\"version\":2,\"boot_id\":{}}\n{\"version\":99}\n";

	(void)state;
	record(&root, 1);
	blob = contents(&root);
	assert_ok(blob_append(&blob, lines, sizeof(lines) - 1));
	crash_after(&root, &blob, blob.size);
	record(&root, 2);
	assert_boots(&root, 2, 12);
	assert_ok(history_read(root.path, &history));
	assert_int_equal(history.newer, 2);
	assert_false(history.shortened);
}

static void a_huge_file_costs_no_more_than_its_end(void **state)
{
	_cleanup_fake_root_ struct fake_root root = make_root();
	_cleanup_history_ struct history history = {0};
	_cleanup_blob_ struct blob blob = {0};

	(void)state;
	record(&root, 1);
	blob = contents(&root);
	/* 4 TiB of nothing, in one line: sparse, so that only looking at it costs anything. */
	assert_int_equal(truncate(fake_root_path(&root, FILE_NAME), INT64_C(4) << 40), 0);
	record(&root, 2);
	assert_ok(history_read(root.path, &history));
	assert_int_equal(history.count, 1);
	assert_true(history.shortened);
}

static void only_the_newest_entries_are_kept(void **state)
{
	_cleanup_fake_root_ struct fake_root root = make_root();
	_cleanup_history_ struct history history = {0};
	_cleanup_blob_ struct blob blob = {0};
	struct ledger_boot last = make_boot(2);
	char line[80];

	(void)state;
	for (int i = 0; i < HISTORY_ENTRIES_MAX + 100; i++) {
		snprintf(line, sizeof(line), "{\"version\":1,\"boot_id\":\"%d\"}\n", i);
		assert_ok(blob_append(&blob, line, strlen(line)));
	}
	crash_after(&root, &blob, 0);
	crash_after(&root, &blob, blob.size);
	record(&root, 2);
	assert_ok(history_read(root.path, &history));
	assert_int_equal(history.count, HISTORY_ENTRIES_MAX);
	assert_true(history.shortened);
	assert_string_equal(history.items[0].boot.boot_id, "101");
	assert_string_equal(history.items[HISTORY_ENTRIES_MAX - 1].boot.boot_id, last.boot_id);
}

static void a_line_that_is_too_long_is_passed_over(void **state)
{
	_cleanup_fake_root_ struct fake_root root = make_root();
	_cleanup_blob_ struct blob blob = {0};

	(void)state;
	assert_ok(blob_append(&blob, "{\"version\":1,\"boot_id\":\"x\",\"a\":\"", 32));
	assert_ok(blob_resize(&blob, HISTORY_LINE_MAX));
	memset(blob.data + 32, 'a', HISTORY_LINE_MAX - 32);
	assert_ok(blob_append(&blob, "\"}\n", 3));
	crash_after(&root, &blob, blob.size);
	record(&root, 1);
	assert_boots(&root, 1, 1);
}

static void where_nothing_can_be_written_the_error_names_the_place(void **state)
{
	_cleanup_fake_root_ struct fake_root root = make_root();
	_cleanup_history_ struct history history = {0};
	struct ledger_boot boot = make_boot(1), nameless = make_boot(1);
	bool added;

	(void)state;
	nameless.boot_id[0] = '\0';
	assert_fails(history_add(root.path, &nameless, &added), ERROR_UNSUPPORTED, "no id");
	fake_root_text(&root, "var/lib/baton", "a file");
	assert_fails(history_add(root.path, &boot, &added), ERROR_SYSTEM, "/var/lib/baton");
	assert_ok(history_read(root.path, &history));
	unlink(fake_root_path(&root, "var/lib/baton"));
	fake_root_folders(&root, HISTORY_FOLDER "/" HISTORY_FILE "/x");
	assert_fails(history_add(root.path, &boot, &added), ERROR_SYSTEM, HISTORY_PATH);
	assert_fails(history_read(root.path, &history), ERROR_FORMAT, "not a regular file");
	assert_fails(history_add("/nonexistent", &boot, &added), ERROR_SYSTEM, "/nonexistent");
}

enum { WRITERS = 8, BOOTS_EACH = 20 };

struct writer {
	const struct fake_root *root;
	unsigned int first;
};

static void *write_some(void *argument)
{
	const struct writer *writer = argument;

	for (unsigned int i = 0; i < BOOTS_EACH; i++)
		record(writer->root, writer->first + i);
	return NULL;
}

static void writers_at_the_same_time_wait_for_each_other(void **state)
{
	_cleanup_fake_root_ struct fake_root root = make_root();
	_cleanup_history_ struct history history = {0};
	_cleanup_blob_ struct blob blob = {0};
	struct writer writers[WRITERS];
	pthread_t threads[WRITERS];

	(void)state;
	for (unsigned int i = 0; i < WRITERS; i++) {
		/* Half of them tell of the same boots. */
		writers[i] = (struct writer){&root, i / 2 * 1000};
		assert_int_equal(pthread_create(&threads[i], NULL, write_some, &writers[i]), 0);
	}
	for (unsigned int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	assert_ok(history_read(root.path, &history));
	assert_int_equal(history.count, WRITERS / 2 * BOOTS_EACH);
	assert_int_equal(history.passed_over, 0);
	blob = contents(&root);
	assert_int_equal(count_lines(&blob), history.count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_file_is_an_empty_history),
		cmocka_unit_test(boots_are_appended_in_order_one_line_each),
		cmocka_unit_test(the_same_boot_is_appended_again_only_if_more_is_known),
		cmocka_unit_test(a_write_torn_at_any_byte_loses_that_entry_alone),
		cmocka_unit_test(a_block_of_zeros_loses_that_entry_alone),
		cmocka_unit_test(what_is_not_an_entry_is_passed_over_and_counted),
		cmocka_unit_test(a_huge_file_costs_no_more_than_its_end),
		cmocka_unit_test(only_the_newest_entries_are_kept),
		cmocka_unit_test(a_line_that_is_too_long_is_passed_over),
		cmocka_unit_test(where_nothing_can_be_written_the_error_names_the_place),
		cmocka_unit_test(writers_at_the_same_time_wait_for_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
