/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake_root.h"

#include "base/blob.h"
#include "base/bytes.h"
#include "base/range.h"
#include "base/save.h"
#include "base/utf8.h"
#include "base/wide.h"

#include <fcntl.h>

static void assert_ranges(const struct range_set *set, const struct range *wanted, size_t count)
{
	assert_int_equal(set->count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(set->ranges[i].start, wanted[i].start);
		assert_int_equal(set->ranges[i].end, wanted[i].end);
	}
}

#define ASSERT_RANGES(set, ...)                                                                    \
	do {                                                                                       \
		const struct range wanted_[] = {__VA_ARGS__};                                      \
		assert_ranges(set, wanted_, sizeof(wanted_) / sizeof(wanted_[0]));                 \
	} while (0)

static void added_ranges_merge_when_they_touch(void **state)
{
	_cleanup_range_set_ struct range_set set = {0};

	(void)state;
	assert_ok(range_set_add(&set, (struct range){10, 20}));
	assert_ok(range_set_add(&set, (struct range){30, 40}));
	assert_ok(range_set_add(&set, (struct range){20, 25}));
	ASSERT_RANGES(&set, {10, 25}, {30, 40});
	assert_ok(range_set_add(&set, (struct range){0, 5}));
	assert_ok(range_set_add(&set, (struct range){24, 31}));
	ASSERT_RANGES(&set, {0, 5}, {10, 40});
	assert_ok(range_set_add(&set, (struct range){5, 5}));
	assert_ok(range_set_add(&set, (struct range){5, 10}));
	ASSERT_RANGES(&set, {0, 40});
	assert_ok(range_set_add(&set, (struct range){UINT64_MAX - 1, UINT64_MAX}));
	ASSERT_RANGES(&set, {0, 40}, {UINT64_MAX - 1, UINT64_MAX});
}

static void removal_splits_trims_and_spans(void **state)
{
	_cleanup_range_set_ struct range_set set = {0};

	(void)state;
	assert_ok(range_set_add(&set, (struct range){0, 100}));
	assert_ok(range_set_add(&set, (struct range){200, 300}));
	assert_ok(range_set_remove(&set, (struct range){40, 60}));
	ASSERT_RANGES(&set, {0, 40}, {60, 100}, {200, 300});
	assert_ok(range_set_remove(&set, (struct range){30, 210}));
	ASSERT_RANGES(&set, {0, 30}, {210, 300});
	assert_ok(range_set_remove(&set, (struct range){0, UINT64_MAX}));
	assert_int_equal(set.count, 0);
}

/* Every operation against a bitmap of a small universe, for many pseudo-random sets. */
static void algebra_agrees_with_a_bitmap(void **state)
{
	enum { SIZE = 64, ROUNDS = 2000 };
	uint32_t seed = 12345;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		_cleanup_range_set_ struct range_set a = {0}, b = {0}, c = {0};
		uint64_t in_a = 0, in_b = 0;

		for (int i = 0; i < 12; i++) {
			uint64_t start, end, mask;
			struct range range;

			seed = seed * 1664525 + 1013904223;
			start = seed >> 26;
			end = start + (seed >> 8) % 9;
			if (end > SIZE)
				end = SIZE;
			mask = (end == SIZE ? ~UINT64_C(0) : (UINT64_C(1) << end) - 1) &
			       ~((UINT64_C(1) << start) - 1);
			range = (struct range){start, end};
			if (i % 2) {
				assert_ok(range_set_add(&a, range));
				in_a |= start < end ? mask : 0;
			} else {
				assert_ok(range_set_add(&b, range));
				in_b |= start < end ? mask : 0;
			}
		}
		assert_ok(range_set_copy(&a, &c));
		assert_ok(range_set_subtract(&a, &b));
		assert_ok(range_set_intersect(&c, &b));
		for (uint64_t i = 0; i < SIZE; i++) {
			struct range one = {i, i + 1};

			assert_int_equal(range_set_contains(&a, one), (in_a & ~in_b) >> i & 1);
			assert_int_equal(range_set_overlaps(&c, one), (in_a & in_b) >> i & 1);
		}
		for (size_t i = 1; i < a.count; i++)
			assert_true(a.ranges[i - 1].end < a.ranges[i].start);
	}
}

static void one_byte_that_is_not_zero_is_seen_wherever_it_lies(void **state)
{
	uint8_t data[70] = {0};

	(void)state;
	assert_true(bytes_are_zero(bytes_of(NULL, 0)));
	for (uint64_t size = 1; size <= sizeof(data); size++) {
		assert_true(bytes_are_zero(bytes_of(data, size)));
		for (uint64_t i = 0; i < size; i++) {
			data[i] = 1;
			assert_false(bytes_are_zero(bytes_of(data, size)));
			data[i] = 0;
		}
	}
}

static void cursor_reports_the_first_read_past_the_end(void **state)
{
	static const uint8_t data[6] = {1, 2, 3, 4, 5, 6};
	struct cursor cursor = cursor_at(bytes_of(data, sizeof(data)), 0, "table");

	(void)state;
	assert_int_equal(cursor_le32(&cursor), 0x04030201);
	assert_null(cursor_error(&cursor));
	assert_int_equal(cursor_le32(&cursor), 0);
	assert_int_equal(cursor_u8(&cursor), 0);
	assert_fails(cursor_error(&cursor), ERROR_FORMAT, "table: 4 bytes at offset 0x4");
	cursor = cursor_at(bytes_of(data, sizeof(data)), UINT64_MAX, "table");
	assert_int_equal(cursor_u8(&cursor), 0);
	assert_true(cursor.failed);
}

static void reading_refuses_what_is_not_a_file_with_contents(void **state)
{
	struct blob blob;
	char empty[] = "/tmp/baton-test-XXXXXX";
	int fd = mkstemp(empty);

	(void)state;
	assert_true(fd >= 0);
	assert_fails(blob_read_file("/", 100, &blob), ERROR_FORMAT, "is a directory");
	assert_fails(blob_read_file("/nonexistent/x", 100, &blob), ERROR_SYSTEM, "No such file");
	assert_fails(blob_read_file(empty, 100, &blob), ERROR_FORMAT, "empty");
	assert_fails(blob_read_file("/proc/self/exe", 100, &blob), ERROR_LIMIT, "more than");
	assert_fails(blob_read_file("/dev/null", 100, &blob), ERROR_FORMAT,
		"/dev/null: not a regular file but a character device");
	remove(empty);
}

static void a_shrunk_blob_reads_as_zero_when_it_grows_again(void **state)
{
	_cleanup_blob_ struct blob blob = {0};

	(void)state;
	assert_ok(blob_resize(&blob, 3 * 4096));
	memset(blob.data, 0xaa, blob.size);
	assert_ok(blob_resize(&blob, 100));
	assert_ok(blob_resize(&blob, 3 * 4096));
	for (size_t i = 0; i < blob.size; i++)
		assert_int_equal(blob.data[i], i < 100 ? 0xaa : 0);
	/* Within one page too, where nothing is given back. */
	assert_ok(blob_resize(&blob, 50));
	assert_ok(blob_resize(&blob, 200));
	for (size_t i = 0; i < blob.size; i++)
		assert_int_equal(blob.data[i], i < 50 ? 0xaa : 0);
}

static void errors_carry_where_and_what_to_try(void **state)
{
	struct error *error = error_new(ERROR_FORMAT, "bad magic 0x%x", 7);

	(void)state;
	error = error_hint(error_prefix(error, "%s: header", "file"), "try %s", "another");
	assert_string_equal(error_message(error), "file: header: bad magic 0x7; try another");
	error_free(error);
	error = error_prefix(error_no_memory(), "x");
	assert_string_equal(error_message(error), "out of memory");
	error_free(error);
}

static void text_is_utf_8_without_what_drives_a_terminal(void **state)
{
	static const struct {
		const char *text;
		size_t length;
	} cases[] = {
		{"a", 1}, {"\xc3\xa4", 2}, {"\xe2\x86\x92", 3}, {"\xf0\x9f\x99\x82", 4}, {"", 0},
		{"\n", 0}, {"\033", 0}, {"\x7f", 0}, {"\xc2\x9b", 0}, /* C0, DEL, C1 */
		{"\x80", 0}, {"\xc0\xaf", 0}, {"\xe2\x86", 0}, {"\xed\xa0\x80", 0},
		{"\xf4\x90\x80\x80", 0}, {"\xff", 0},			       /* not UTF-8 */
		{"\xe2\x80\xae", 0}, {"\xe2\x81\xa6", 0},		       /* reordering */
		{"\xe2\x80\xa9", 3}, {"\xe2\x81\xa5", 3}, {"\xe2\x81\xaa", 3}, /* beside those */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			utf8_length((const unsigned char *)cases[i].text), cases[i].length);
	assert_int_equal(utf8_count("a\xe2\x86\x92\xff\xc3\xa4"), 4);
}

static void a_public_file_has_the_umasks_permissions_and_replaces_no_device(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	const char *path = fake_root_path(&root, "file");
	struct stat status;
	mode_t before = umask(027);

	(void)state;
	assert_ok(save_public_file(path, bytes_of("text", 4)));
	assert_int_equal(umask(before), 027);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0640);
	assert_ok(save_file(path, bytes_of("other", 5)));
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(status.st_size, 5);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_fails(save_public_file(path, bytes_of("text", 4)), ERROR_USAGE, "regular file");
}

static void the_first_file_of_a_name_stays(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	const char *path = fake_root_path(&root, "file");
	char text[8] = "";
	struct stat status;
	int fd;

	(void)state;
	assert_ok(save_first(path, bytes_of("one", 3)));
	assert_ok(save_first(path, bytes_of("another", 7)));
	fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, text, sizeof(text)), 3);
	assert_int_equal(fstat(fd, &status), 0);
	close(fd);
	assert_string_equal(text, "one");
	assert_int_equal(status.st_mode & 0777, 0644);
	/* Nothing is left of the second. */
	assert_int_equal(status.st_nlink, 1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(root.path), 0);
}

static void wide_products_are_exact(void **state)
{
	static const struct {
		uint64_t a, b, divisor, quotient;
	} cases[] = {
		{0, UINT64_MAX, 7, 0},
		{UINT64_MAX, 1, 1, UINT64_MAX},
		{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX},
		{UINT64_MAX, 1000000000, 3000000000, 6148914691236517205},
		{UINT64_C(1) << 63, 6, UINT64_C(3) << 62, 4},
		{0xfedcba9876543210, 0x123456789abcdef, 0xffffffffffffffc5, 0x121fa00ad77d742},
		{UINT64_MAX, 2, 1, UINT64_MAX},
		{5, 5, 0, UINT64_MAX},
		{10, 10, 3, 33},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(multiply_divide(cases[i].a, cases[i].b, cases[i].divisor),
			cases[i].quotient);
	assert_int_equal(multiply_wide(UINT64_MAX, UINT64_MAX).high, UINT64_MAX - 1);
	assert_int_equal(multiply_wide(UINT64_MAX, UINT64_MAX).low, 1);
	assert_int_equal(
		multiply_wide(0xfedcba9876543210, 0x123456789abcdef).high, 0x121fa00ad77d742);
	assert_int_equal(scale_random(UINT64_MAX, 475), 474);
	assert_int_equal(scale_random(0, 475), 0);
	assert_int_equal(scale_random(UINT64_C(1) << 63, 475), 237);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(added_ranges_merge_when_they_touch),
		cmocka_unit_test(removal_splits_trims_and_spans),
		cmocka_unit_test(algebra_agrees_with_a_bitmap),
		cmocka_unit_test(one_byte_that_is_not_zero_is_seen_wherever_it_lies),
		cmocka_unit_test(cursor_reports_the_first_read_past_the_end),
		cmocka_unit_test(reading_refuses_what_is_not_a_file_with_contents),
		cmocka_unit_test(a_shrunk_blob_reads_as_zero_when_it_grows_again),
		cmocka_unit_test(errors_carry_where_and_what_to_try),
		cmocka_unit_test(text_is_utf_8_without_what_drives_a_terminal),
		cmocka_unit_test(a_public_file_has_the_umasks_permissions_and_replaces_no_device),
		cmocka_unit_test(the_first_file_of_a_name_stays),
		cmocka_unit_test(wide_products_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
