/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test.h"

#include "plan/allocator.h"

#define MIB (UINT64_C(1) << 20)

static struct allocator make(const struct range *ranges, size_t count, uint64_t min, uint64_t max)
{
	_cleanup_range_set_ struct range_set usable = {0};
	struct allocator allocator;

	for (size_t i = 0; i < count; i++)
		assert_ok(range_set_add(&usable, ranges[i]));
	assert_ok(allocator_init(&allocator, &usable, min, max));
	return allocator;
}

static const struct range two_holes[] = {{1 * MIB + 1, 4 * MIB}, {8 * MIB, 32 * MIB + 100}};

static void places_lowest_and_highest_whole_pages(void **state)
{
	_cleanup_allocator_ struct allocator allocator = make(two_holes, 2, 0, UINT64_MAX);
	struct placement placement = {
		.name = "piece", .size = MIB, .alignment = 4096, .maximum = UINT64_MAX};
	uint64_t address;

	(void)state;
	assert_ok(allocator_place(&allocator, &placement, &address));
	assert_int_equal(address, MIB + 4096);
	placement.top_down = true;
	assert_ok(allocator_place(&allocator, &placement, &address));
	assert_int_equal(address, 31 * MIB);
	assert_ok(allocator_place(&allocator, &placement, &address));
	assert_int_equal(address, 30 * MIB);
}

static void alignment_can_send_a_piece_to_the_next_hole(void **state)
{
	_cleanup_allocator_ struct allocator allocator = make(two_holes, 2, 0, UINT64_MAX);
	struct placement placement = {.name = "kernel",
		.size = 2 * MIB + 4096,
		.alignment = 2 * MIB,
		.maximum = UINT64_MAX};
	uint64_t address;

	(void)state;
	assert_ok(allocator_place(&allocator, &placement, &address));
	assert_int_equal(address, 8 * MIB);
}

static void bounds_hold_for_the_whole_piece(void **state)
{
	_cleanup_allocator_ struct allocator allocator = make(two_holes, 2, 0, 16 * MIB);
	struct placement placement = {.name = "initrd",
		.size = 8 * MIB,
		.alignment = 4096,
		.minimum = 8 * MIB + 1,
		.maximum = UINT64_MAX,
		.top_down = true};
	uint64_t address;

	(void)state;
	assert_fails(allocator_place(&allocator, &placement, &address), ERROR_NO_SPACE,
		"no room for the initrd: 8192 KiB");
	placement.minimum = 0;
	assert_ok(allocator_place(&allocator, &placement, &address));
	assert_int_equal(address, 8 * MIB);
}

static void taking_needs_all_of_it_free(void **state)
{
	_cleanup_allocator_ struct allocator allocator = make(two_holes, 2, 0, UINT64_MAX);
	bool taken;

	(void)state;
	assert_ok(allocator_take(&allocator, 3 * MIB, 2 * MIB, &taken));
	assert_false(taken);
	assert_ok(allocator_take(&allocator, 8 * MIB, 2 * MIB, &taken));
	assert_true(taken);
	assert_ok(allocator_take(&allocator, 9 * MIB, MIB, &taken));
	assert_false(taken);
	assert_ok(allocator_take(&allocator, UINT64_MAX - 4095, 8192, &taken));
	assert_false(taken);
}

/* Random requests until nothing fits: no two pieces overlap, each obeys its request. */
static void random_placements_never_overlap_or_leave_ram(void **state)
{
	uint32_t seed = 99;

	(void)state;
	for (int round = 0; round < 200; round++) {
		_cleanup_allocator_ struct allocator allocator = make(two_holes, 2, 0, UINT64_MAX);
		_cleanup_range_set_ struct range_set taken = {0};
		struct error *error = NULL;

		while (!error) {
			struct placement placement = {.name = "x", .maximum = UINT64_MAX};
			uint64_t address;

			seed = seed * 1664525 + 1013904223;
			placement.size = ((seed >> 8) % 700 + 1) * 4096;
			placement.alignment = UINT64_C(4096) << (seed >> 20) % 9;
			placement.top_down = seed >> 31;
			error = allocator_place(&allocator, &placement, &address);
			if (error)
				break;
			struct range piece = {address, address + placement.size};

			assert_int_equal(address % placement.alignment, 0);
			assert_false(range_set_overlaps(&taken, piece));
			assert_true(range_contains(two_holes[0], piece) ||
				    range_contains(two_holes[1], piece));
			assert_ok(range_set_add(&taken, piece));
		}
		assert_int_equal(error_code(error), ERROR_NO_SPACE);
		error_free(error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_lowest_and_highest_whole_pages),
		cmocka_unit_test(alignment_can_send_a_piece_to_the_next_hole),
		cmocka_unit_test(bounds_hold_for_the_whole_piece),
		cmocka_unit_test(taking_needs_all_of_it_free),
		cmocka_unit_test(random_placements_never_overlap_or_leave_ram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
