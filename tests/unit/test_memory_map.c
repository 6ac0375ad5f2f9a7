/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test.h"

#include "machine/facts.h"

#include <ctype.h>
#include <time.h>

#define assert_map(map, ...)                                                                       \
	do {                                                                                       \
		const struct memory_range wanted_[] = {__VA_ARGS__};                               \
		assert_int_equal((map)->count, sizeof(wanted_) / sizeof(wanted_[0]));              \
		for (size_t i_ = 0; i_ < (map)->count; i_++) {                                     \
			assert_int_equal((map)->ranges[i_].start, wanted_[i_].start);              \
			assert_int_equal((map)->ranges[i_].end, wanted_[i_].end);                  \
			assert_int_equal((map)->ranges[i_].type, wanted_[i_].type);                \
		}                                                                                  \
	} while (0)

#define make_map(map, ...)                                                                         \
	do {                                                                                       \
		const struct memory_range given_[] = {__VA_ARGS__};                                \
		for (size_t i_ = 0; i_ < sizeof(given_) / sizeof(given_[0]); i_++)                 \
			assert_ok(memory_map_add(map, given_[i_]));                                \
	} while (0)

static struct bytes text_bytes(const char *text)
{
	return bytes_of(text, strlen(text));
}

static void a_map_in_order_stays_as_it_is(void **state)
{
	_cleanup_memory_map_ struct memory_map map = {0};

	(void)state;
	make_map(&map, {0, 10, 1}, {10, 20, 1}, {20, 20, 2}, {30, 40, 2});
	assert_ok(memory_map_finish(&map));
	assert_map(&map, {0, 10, 1}, {10, 20, 1}, {30, 40, 2});
	assert_int_equal(map.conflicts, 0);
	assert_int_equal(memory_map_total(&map, MEMORY_RAM), 20);
}

static void a_map_in_disorder_is_sorted(void **state)
{
	_cleanup_memory_map_ struct memory_map map = {0};

	(void)state;
	make_map(&map, {30, 40, 2}, {0, 10, 1}, {10, 20, 1});
	assert_ok(memory_map_finish(&map));
	assert_map(&map, {0, 10, 1}, {10, 20, 1}, {30, 40, 2});
	assert_int_equal(map.conflicts, 0);
}

static void the_more_restrictive_type_wins_where_ranges_overlap(void **state)
{
	_cleanup_memory_map_ struct memory_map inside = {0}, edges = {0}, same = {0};

	(void)state;
	make_map(&inside, {0, 100, 1}, {40, 60, 2}, {50, 55, 3});
	assert_ok(memory_map_finish(&inside));
	assert_map(&inside, {0, 40, 1}, {40, 50, 2}, {50, 55, 3}, {55, 60, 2}, {60, 100, 1});
	assert_int_equal(inside.conflicts, 2);
	make_map(&edges, {0, 50, 2}, {40, 90, 1}, {80, 100, 4}, {80, 85, 3});
	assert_ok(memory_map_finish(&edges));
	assert_map(&edges, {0, 50, 2}, {50, 80, 1}, {80, 100, 4});
	make_map(&same, {0, 50, 1}, {40, 90, 1}, {10, 20, 1});
	assert_ok(memory_map_finish(&same));
	assert_map(&same, {0, 90, 1});
	assert_int_equal(same.conflicts, 0);
}

/* Overlaps of pseudo-random ranges, against an array with the type of each address. */
static void resolution_agrees_with_an_array(void **state)
{
	enum { SIZE = 64, ROUNDS = 3000 };
	uint32_t random = 1;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		_cleanup_memory_map_ struct memory_map map = {0};
		uint32_t wanted[SIZE] = {0}, got[SIZE] = {0};

		for (int i = 0; i < 6; i++) {
			uint32_t start, end, type;

			random = random * 1664525 + 1013904223;
			start = random >> 26;
			end = start + (random >> 20 & 15);
			type = 1 + (random >> 16 & 3);
			end = end > SIZE ? SIZE : end;
			assert_ok(memory_map_add(&map, (struct memory_range){start, end, type}));
			for (uint32_t at = start; at < end; at++)
				wanted[at] = wanted[at] > type ? wanted[at] : type;
		}
		assert_ok(memory_map_finish(&map));
		for (size_t i = 0; i < map.count; i++) {
			assert_true(!i || map.ranges[i - 1].end <= map.ranges[i].start);
			for (uint64_t at = map.ranges[i].start; at < map.ranges[i].end; at++)
				got[at] = map.ranges[i].type;
		}
		assert_memory_equal(wanted, got, sizeof(got));
	}
}

static void a_hundred_thousand_overlapping_ranges_take_no_time(void **state)
{
	_cleanup_memory_map_ struct memory_map map = {0};
	clock_t start = clock();

	(void)state;
	for (uint64_t i = 0; i < 100000; i++)
		assert_ok(memory_map_add(&map,
			(struct memory_range){i, (UINT64_C(1) << 40) - i, (uint32_t)(1 + i % 7)}));
	assert_ok(memory_map_finish(&map));
	assert_true(clock() - start < 5 * CLOCKS_PER_SEC);
}

static void the_firmware_map_is_parsed(void **state)
{
	_cleanup_memory_map_ struct memory_map map = {0}, numbers = {0};

	(void)state;
	assert_ok(firmware_memmap_parse(
		text_bytes("0x0\t0x9fbff\tSystem RAM\n"
			   "0x9fc00\t0x9ffff\treserved\n"
			   "0x100000\t0x1fffff\tACPI Tables\n"
			   "0x200000\t0x2fffff\tUnknown E820 type\n"
			   "0x300000\t0x3fffff\tUnknown E820 type\n"
			   "0xffffffff00000000\t0xffffffffffffffff\tPersistent Memory (legacy)\n"),
		&map));
	make_map(&numbers, {0, 10, 1}, {0x200000, 0x300000, 20}, {0x300000, 0x380000, 21});
	assert_int_equal(firmware_memmap_resolve(&map, &numbers), 1);
	assert_map(&map, {0, 0x9fc00, MEMORY_RAM}, {0x9fc00, 0xa0000, MEMORY_RESERVED},
		{0x100000, 0x200000, MEMORY_ACPI}, {0x200000, 0x300000, 20},
		{0x300000, 0x400000, MEMORY_RESERVED},
		{UINT64_C(0xffffffff00000000), UINT64_MAX, MEMORY_PRAM});
}

static void a_malformed_firmware_map_is_refused_with_its_line(void **state)
{
	static const char *const bad[] = {"0x0\t0xfff\n", "\t0x1\tx\n", "-1\t0x1\tSystem RAM\n",
		"0x2000\t0x1000\tSystem RAM\n", "0x10000000000000000\t0x1\tSystem RAM\n",
		"-\t-\t-\n", "0x0 0xfff System RAM\n", "\n", "0x\t0x1\tSystem RAM"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_cleanup_memory_map_ struct memory_map map = {0};

		assert_fails(
			firmware_memmap_parse(text_bytes(bad[i]), &map), ERROR_FORMAT, "entry 1");
	}
}

/* Digits are taken eight at once: every byte, in each of their places. */
static void only_hexadecimal_digits_are_taken_for_some(void **state)
{
	char text[8];
	uint64_t value, expected;

	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		for (int place = 0; place < 8; place++) {
			char digit[2] = {(char)byte};
			bool good = isxdigit(byte);

			memcpy(text, "9aF0fA19", sizeof(text));
			expected = UINT64_C(0x9af0fa19);
			text[place] = (char)byte;
			expected &= ~(UINT64_C(15) << 4 * (7 - place));
			expected |= strtoull(digit, NULL, 16) << 4 * (7 - place);
			struct text rest = {text, text + sizeof(text)};

			/* What comes before another byte is taken. */
			assert_int_equal(text_hex(&rest, &value), good || place > 0);
			if (good)
				assert_int_equal(value, expected);
			if (good || place > 0)
				assert_int_equal(rest.at - text, good ? 8 : place);
		}
	}
}

static void numbers_are_parsed_within_64_bits(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t value;
	} cases[] = {
		{"0", true, 0},
		{"0x1f", true, 31},
		{" aB12\n", true, 0xab12},
		{"ffffffffffffffff", true, UINT64_MAX},
		{"0x00000000000000000000ffffffffffffffff", true, UINT64_MAX},
		{"10000000000000000", false, 0},
		{"0x", false, 0},
		{"", false, 0},
		{"g", false, 0},
		{"-1", false, 0},
		{"0x1 2", false, 0},
		{"0x12345678:", false, 0},
	};
	uint64_t value;
	int64_t number;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(text_is_hex(text_of_string(cases[i].text), &value), cases[i].good);
		if (cases[i].good)
			assert_int_equal(value, cases[i].value);
	}
	assert_true(text_is_decimal(text_of_string("18446744073709551615\n"), &value));
	assert_int_equal(value, UINT64_MAX);
	assert_false(text_is_decimal(text_of_string("18446744073709551616"), &value));
	assert_false(text_is_decimal(text_of_string("-1"), &value));
	assert_true(text_is_signed(text_of_string("-1\n"), &number));
	assert_int_equal(number, -1);
	assert_false(text_is_signed(text_of_string("9223372036854775808"), &number));
	assert_false(text_is_signed(text_of_string("--1"), &number));
}

static const char iomem_text[] = "00000000-00000fff : Reserved\n"
				 "00001000-0009fbff : System RAM\n"
				 "000f0000-000fffff : System ROM\n"
				 "00100000-7fffffff : System RAM\n"
				 "  01000000-01ffffff : Kernel code\n"
				 "  02000000-023fffff : Kernel rodata\n"
				 "  03000000-033fffff : Kernel bss\n"
				 "  10000000-1fffffff : Crash kernel\n"
				 "  20000000-20000fff : reserved\n"
				 "80000000-8fffffff : Unknown E820 type\n"
				 "fd000000-fdffffff : PCI Bus 0000:00\n"
				 "  fd100000-fd100fff : Reserved\n"
				 "100000000-13fffffff : System RAM\n"
				 "1c0000000-1ffffffff : CXL Window 0\n"
				 "  1c0000000-1cfffffff : System RAM (kmem)\n";

static void iomem_tells_ram_crash_reservations_and_the_kernel(void **state)
{
	_cleanup_iomem_ struct iomem iomem = {0};

	(void)state;
	assert_ok(iomem_parse(text_bytes(iomem_text), &iomem));
	assert_true(iomem.readable);
	assert_int_equal(iomem.ram.count, 3);
	assert_int_equal(iomem.ram.ranges[1].start, 0x100000);
	assert_int_equal(iomem.ram.ranges[1].end, 0x80000000);
	assert_int_equal(iomem.crash.count, 1);
	assert_int_equal(iomem.crash.ranges[0].start, 0x10000000);
	assert_int_equal(iomem.crash.ranges[0].end, 0x20000000);
	assert_int_equal(iomem.reserved.count, 1);
	assert_int_equal(iomem.kernel.start, 0x1000000);
	assert_int_equal(iomem.kernel.end, 0x3400000);
	assert_ok(memory_map_finish(&iomem.map));
	assert_map(&iomem.map, {0, 0x1000, 2}, {0x1000, 0x9fc00, 1}, {0x100000, 0x80000000, 1},
		{0x80000000, 0x90000000, 2}, {0xfd100000, 0xfd101000, 2},
		{0x100000000, 0x140000000, 1});
}

static void hidden_addresses_are_noticed(void **state)
{
	_cleanup_iomem_ struct iomem iomem = {0}, nothing = {0};

	(void)state;
	assert_ok(iomem_parse(text_bytes("00000000-00000000 : Reserved\n"
					 "00000000-00000000 : System RAM\n"
					 "  00000000-00000000 : Crash kernel\n"),
		&iomem));
	assert_false(iomem.readable);
	assert_ok(iomem_parse(text_bytes(""), &nothing));
	assert_false(nothing.readable);
}

static void a_malformed_iomem_is_refused_with_its_line(void **state)
{
	static const char *const bad[] = {"0-1 : a\nhello\n", "0-1 : a\n5-2 : b\n",
		"0-1 : a\n-1-2 : b", "0-1 : a\n0-10000000000000000 : b", "0-1 : a\n0-1",
		"0-1 : a\n\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_cleanup_iomem_ struct iomem iomem = {0};

		assert_fails(iomem_parse(text_bytes(bad[i]), &iomem), ERROR_FORMAT, "line 2");
	}
}

static void put_e820(uint8_t *entry, uint64_t start, uint64_t size, uint32_t type)
{
	store_le64(entry, start);
	store_le64(entry + 8, size);
	store_le32(entry + 16, type);
}

static void boot_params_hold_a_map_with_an_extension(void **state)
{
	_cleanup_memory_map_ struct memory_map map = {0};
	struct setup_data_node nodes[2] = {{.type = 5}, {.type = 1}};
	struct machine machine = {.has_boot_params = true, .setup_data = nodes};

	(void)state;
	machine.boot_params[0x1e8] = 1;
	put_e820(machine.boot_params + 0x2d0, 0, 0x1000, 1);
	machine.setup_data_count = 2;
	assert_ok(blob_resize(&nodes[0].data, 20));
	assert_ok(blob_resize(&nodes[1].data, 45));
	put_e820(nodes[1].data.data, 0x1000, 0x1000, 20);
	put_e820(nodes[1].data.data + 20, 0x3000, 0x1000, 1);
	assert_ok(boot_params_memory_map(&machine, &map));
	assert_map(&map, {0, 0x1000, 1}, {0x1000, 0x2000, 20}, {0x3000, 0x4000, 1});
	machine.boot_params[0x1e8] = 129;
	assert_fails(boot_params_memory_map(&machine, &map), ERROR_FORMAT, "129 entries");
	machine.boot_params[0x1e8] = 1;
	put_e820(machine.boot_params + 0x2d0, 0x1000, UINT64_MAX, 1);
	assert_fails(boot_params_memory_map(&machine, &map), ERROR_FORMAT, "entry 0");
	blob_deinit(&nodes[0].data);
	blob_deinit(&nodes[1].data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_map_in_order_stays_as_it_is),
		cmocka_unit_test(a_map_in_disorder_is_sorted),
		cmocka_unit_test(the_more_restrictive_type_wins_where_ranges_overlap),
		cmocka_unit_test(resolution_agrees_with_an_array),
		cmocka_unit_test(a_hundred_thousand_overlapping_ranges_take_no_time),
		cmocka_unit_test(the_firmware_map_is_parsed),
		cmocka_unit_test(a_malformed_firmware_map_is_refused_with_its_line),
		cmocka_unit_test(only_hexadecimal_digits_are_taken_for_some),
		cmocka_unit_test(numbers_are_parsed_within_64_bits),
		cmocka_unit_test(iomem_tells_ram_crash_reservations_and_the_kernel),
		cmocka_unit_test(hidden_addresses_are_noticed),
		cmocka_unit_test(a_malformed_iomem_is_refused_with_its_line),
		cmocka_unit_test(boot_params_hold_a_map_with_an_extension),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
