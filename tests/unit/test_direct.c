/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entering a kernel past its decompressor: when, when not and why, and where, at random. */
#include "make_machine.h"
#include "make_payload.h"

#include "arch/x86/boot_params.h"
#include "handoff/handoff.h"
#include "image/payload.h"
#include "plan/plan.h"

#define MIB (UINT64_C(1) << 20)

struct fixture {
	struct machine machine;
	struct image image;
	struct request request;
	struct plan plan;
};

static int setup(void **state)
{
	const struct make_payload wanted = {make_relocations, sizeof(make_relocations) / 4, 0, 0};
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct blob file = make_direct_bzimage(&wanted);

	fixture->machine = make_machine();
	assert_ok(image_identify("kernel", &file, NULL, &fixture->image));
	assert_ok(image_unpack_payload(&fixture->image, 0));
	assert_non_null(fixture->image.payload);
	fixture->image.bzimage.xloadflags |= XLF_5LEVEL | XLF_5LEVEL_ENABLED;
	fixture->request.command_line = "quiet";
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	plan_deinit(&fixture->plan);
	image_deinit(&fixture->image);
	machine_deinit(&fixture->machine);
	free(fixture);
	return 0;
}

static struct error *make_plan(struct fixture *fixture)
{
	plan_deinit(&fixture->plan);
	return plan_make(
		&fixture->request, &fixture->image, NULL, &fixture->machine, &fixture->plan);
}

static bool has_reason(const struct plan *plan, const char *topic, const char *part)
{
	for (unsigned int i = 0; i < plan->reason_count; i++)
		if (!strcmp(plan->reasons[i].topic, topic) && strstr(plan->reasons[i].text, part))
			return true;
	return false;
}

/* splitmix64: any stream of bytes that is uniform will do for a seed. */
static void fill_seed(struct request *request, uint64_t number)
{
	for (unsigned int i = 0; i < REQUEST_SEED_SIZE; i += 8) {
		uint64_t z = number * 16 + i / 8;

		z = (z + 1) * UINT64_C(0x9e3779b97f4a7c15);
		z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
		store_le64(request->seed + i, z ^ (z >> 31));
	}
}

static void a_direct_plan_enters_the_kernel_where_it_was_moved_to(void **state)
{
	struct fixture *fixture = *state;
	const struct plan *plan = &fixture->plan;

	fill_seed(&fixture->request, 1);
	assert_ok(make_plan(fixture));
	assert_true(plan->direct);
	assert_true(has_reason(plan, "entry", "direct"));
	assert_int_equal(plan->kernel_entry, plan->segments[0].address);
	assert_int_equal(plan->segments[1].address - plan->segments[0].address, 0x200000);
	assert_int_equal(plan->boot_data.data[SETUP_LOADFLAGS] & KASLR_FLAG, KASLR_FLAG);
	assert_int_equal(plan->virtual_offset % 0x200000, 0);
	assert_int_equal(fixture->image.payload->moved_by, plan->virtual_offset);
}

static void the_headers_alone_give_the_same_places_but_nothing_to_load(void **state)
{
	struct fixture *fixture = *state;
	const struct make_payload wanted = {make_relocations, sizeof(make_relocations) / 4, 0, 0};
	struct blob file = make_direct_bzimage(&wanted);
	struct image whole = fixture->image;
	struct plan first;

	fill_seed(&fixture->request, 5);
	assert_ok(make_plan(fixture));
	first = fixture->plan;
	fixture->plan = (struct plan){0};
	assert_ok(image_identify("kernel", &file, NULL, &fixture->image));
	assert_ok(image_read_payload_headers(&fixture->image, 0));
	assert_non_null(fixture->image.payload);
	fixture->image.bzimage = whole.bzimage;
	assert_ok(make_plan(fixture));
	assert_true(fixture->plan.incomplete);
	assert_false(first.incomplete);
	assert_int_equal(fixture->plan.segment_count, first.segment_count);
	for (unsigned int i = 0; i < first.segment_count; i++) {
		assert_int_equal(fixture->plan.segments[i].address, first.segments[i].address);
		assert_int_equal(
			fixture->plan.segments[i].memory_size, first.segments[i].memory_size);
	}
	assert_int_equal(fixture->plan.kernel_entry, first.kernel_entry);
	assert_int_equal(fixture->plan.virtual_offset, first.virtual_offset);
	assert_fails(handoff_load(&handoff_calls_kernel, &fixture->plan, &fixture->machine),
		ERROR_USAGE, "to be shown");
	plan_deinit(&first);
	image_deinit(&whole);
}

static void nokaslr_stays_where_it_was_linked(void **state)
{
	struct fixture *fixture = *state;
	const struct plan *plan = &fixture->plan;

	fill_seed(&fixture->request, 1);
	fixture->request.command_line = "quiet nokaslr";
	assert_ok(make_plan(fixture));
	assert_true(plan->direct);
	assert_int_equal(plan->segments[0].address, 0x1000000);
	assert_int_equal(plan->virtual_offset, 0);
	assert_int_equal(plan->boot_data.data[SETUP_LOADFLAGS] & KASLR_FLAG, 0);
	assert_true(has_reason(plan, "KASLR", "nokaslr"));
}

static void limits_on_memory_keep_the_physical_base_but_not_the_virtual(void **state)
{
	static const char *const lines[] = {"mem=512M",
		"memmap=1@0,1@0 memmap=1@0 memmap=1@0 memmap=1@0", "memmap=nonsense",
		"movable_node", "default_hugepagesz=1G hugepages=2"};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		fill_seed(&fixture->request, 7);
		fixture->request.command_line = lines[i];
		assert_ok(make_plan(fixture));
		assert_true(fixture->plan.direct);
		assert_int_equal(fixture->plan.segments[0].address, 0x1000000);
		assert_int_not_equal(fixture->plan.virtual_offset, 0);
		assert_true(has_reason(&fixture->plan, "KASLR", "physical base not randomised"));
	}
}

static void have_five_levels_the_kernel_lacks(struct fixture *fixture)
{
	fixture->machine.cpu_la57 = true;
	fixture->image.bzimage.xloadflags &= (uint16_t)~XLF_5LEVEL_ENABLED;
}

static void ask_to_leave_five_levels(struct fixture *fixture)
{
	fixture->machine.cpu_la57 = true;
	fixture->request.command_line = "no5lvl";
}

static void ask_for_memory_encryption(struct fixture *fixture)
{
	fixture->request.command_line = "mem_encrypt=on";
}

static void be_not_relocatable(struct fixture *fixture)
{
	fixture->image.bzimage.relocatable = false;
}

static void have_function_granular_kaslr(struct fixture *fixture)
{
	fixture->image.payload->section_count = 20000;
}

static void have_32_bit_efi(struct fixture *fixture)
{
	fixture->machine.efi.present = true;
	fixture->machine.efi.platform_size = 32;
}

static void want_the_32_bit_entry(struct fixture *fixture)
{
	fixture->request.entry_32bit = true;
}

static void want_the_decompressor(struct fixture *fixture)
{
	fixture->request.entry_choice = ENTRY_STUB;
}

static void every_hazard_falls_back_to_the_decompressor_and_says_why(void **state)
{
	static const struct {
		const char *why;
		void (*change)(struct fixture *fixture);
	} cases[] = {
		{"built without", have_five_levels_the_kernel_lacks},
		{"no5lvl", ask_to_leave_five_levels},
		{"memory encryption", ask_for_memory_encryption},
		{"not relocatable", be_not_relocatable},
		{"function-granular", have_function_granular_kaslr},
		{"EFI is 32-bit", have_32_bit_efi},
		{"32-bit entry", want_the_32_bit_entry},
		{"as asked for", want_the_decompressor},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *fixture;

		teardown(state);
		setup(state);
		fixture = *state;
		cases[i].change(fixture);
		assert_ok(make_plan(fixture));
		assert_false(fixture->plan.direct);
		assert_true(has_reason(&fixture->plan, "entry", cases[i].why));
		assert_int_equal(fixture->plan.boot_data.data[SETUP_LOADFLAGS] & KASLR_FLAG, 0);
	}
}

static void direct_or_nothing_says_what_stands_in_the_way(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.entry_choice = ENTRY_DIRECT;
	assert_ok(make_plan(fixture));
	fixture->machine.cpu_la57 = true;
	fixture->request.command_line = "no5lvl";
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "no5lvl");
}

static void without_room_for_the_unpacked_kernel_the_decompressor_is_left(void **state)
{
	struct fixture *fixture = *state;

	/* The payload states more memory than there is above the lowest address. */
	fixture->image.payload->memory_size = 2048 * MIB;
	fixture->request.entry_choice = ENTRY_AUTO;
	assert_ok(make_plan(fixture));
	assert_false(fixture->plan.direct);
	assert_true(has_reason(&fixture->plan, "entry", "no room"));
	/* What was decided before must not be told beside it. */
	assert_false(has_reason(&fixture->plan, "entry", "direct"));
	assert_false(has_reason(&fixture->plan, "KASLR", ""));
	fixture->request.entry_choice = ENTRY_DIRECT;
	assert_fails(make_plan(fixture), ERROR_NO_SPACE, "no room");
}

/*
 * Pearson's statistic for @count observations in @bins bins of equal likelihood. Its mean is
 * bins - 1 and its variance 2 (bins - 1); six standard deviations are never seen by chance.
 */
static void assert_uniform(const unsigned int *observed, unsigned int bins, unsigned int count)
{
	double expected = (double)count / bins, statistic = 0, excess;

	for (unsigned int i = 0; i < bins; i++)
		statistic += (observed[i] - expected) * (observed[i] - expected) / expected;
	excess = statistic - (bins - 1);
	if (excess * excess > 36.0 * 2 * (bins - 1))
		fail_msg("not uniform: chi squared %f with %u bins", statistic, bins);
}

/* Places that the decompressor would count for this machine: kaslr.c, with the same bounds. */
enum {
	SEEDS = 20000,
	BINS = 20,
};

static void both_bases_spread_uniformly_over_all_their_places(void **state)
{
	struct fixture *fixture = *state;
	unsigned int physical[BINS] = {0}, virtual[BINS] = {0};
	/* RAM ends at 0x3ffdf000; init_size is 4 MiB; the lowest place is 16 MiB. */
	const uint64_t physical_places = (0x3ffdf000 - 0x400000 - 0x1000000) / 0x200000 + 1;
	const uint64_t virtual_places = (0x40000000 - 0x1000000 - 0x400000) / 0x200000 + 1;
	uint64_t lowest = UINT64_MAX, highest = 0;

	for (unsigned int seed = 0; seed < SEEDS; seed++) {
		uint64_t address, place;

		fill_seed(&fixture->request, seed);
		assert_ok(make_plan(fixture));
		address = fixture->plan.segments[0].address;
		assert_int_equal(address % 0x200000, 0);
		assert_true(address >= 0x1000000 && address + 0x400000 <= 0x3ffdf000);
		lowest = address < lowest ? address : lowest;
		highest = address > highest ? address : highest;
		place = (address - 0x1000000) / 0x200000;
		assert_true(place < physical_places);
		physical[place * BINS / physical_places]++;
		place = fixture->plan.virtual_offset / 0x200000;
		assert_true(place < virtual_places);
		virtual[place * BINS / virtual_places]++;
	}
	assert_int_equal(lowest, 0x1000000);
	assert_int_equal(highest, 0x1000000 + (physical_places - 1) * 0x200000);
	assert_uniform(physical, BINS, SEEDS);
	assert_uniform(virtual, BINS, SEEDS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_direct_plan_enters_the_kernel_where_it_was_moved_to),
		TEST(the_headers_alone_give_the_same_places_but_nothing_to_load),
		TEST(nokaslr_stays_where_it_was_linked),
		TEST(limits_on_memory_keep_the_physical_base_but_not_the_virtual),
		TEST(every_hazard_falls_back_to_the_decompressor_and_says_why),
		TEST(direct_or_nothing_says_what_stands_in_the_way),
		TEST(without_room_for_the_unpacked_kernel_the_decompressor_is_left),
		TEST(both_bases_spread_uniformly_over_all_their_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
