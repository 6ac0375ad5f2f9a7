/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entering a kernel past its decompressor: when, when not and why, and where, at random. */
#include "make_machine.h"
#include "make_plan.h"
#include "make_payload.h"

#include "arch/x86/boot_params.h"
#include "handoff/handoff.h"
#include "image/identify.h"
#include "image/payload.h"
#include "plan/plan.h"

#include <math.h>

#define MIB (UINT64_C(1) << 20)

/* Have the fixture's kernel be that bzImage, unpacked if it can be. */
static void use_kernel(struct fixture *fixture, struct blob file)
{
	plan_deinit(&fixture->plan);
	unpacked_kernel_deinit(&fixture->unpacked);
	image_deinit(&fixture->image);
	assert_ok(image_identify("kernel", &file, NULL, &fixture->image));
	assert_ok(unpacked_kernel_make(&fixture->image, 0, &fixture->unpacked));
	fixture->image.bzimage.xloadflags |= XLF_5LEVEL | XLF_5LEVEL_ENABLED;
}

static int setup(void **state)
{
	const struct make_payload wanted = {make_relocations, sizeof(make_relocations) / 4, 0, 0};
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->machine = make_machine();
	use_kernel(fixture, make_direct_bzimage(&wanted));
	assert_non_null(payload_of(fixture));
	fixture->request.command_line = "quiet";
	*state = fixture;
	return 0;
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
	assert_int_equal(plan->kernel_entry, plan->segments.list[0].address);
	assert_int_equal(plan->segments.list[1].address - plan->segments.list[0].address, 0x200000);
	assert_int_equal(plan->boot_data.data[SETUP_LOADFLAGS] & KASLR_FLAG, KASLR_FLAG);
	assert_int_equal(plan->virtual_offset % 0x200000, 0);
	assert_int_equal(payload_of(fixture)->moved_by, plan->virtual_offset);
}

/* Every user of the new system can read boot_params, and every node of setup_data. */
static void what_the_new_system_shows_to_all_does_not_tell_where_the_kernel_lies(void **state)
{
	struct fixture *fixture = *state;
	const struct plan *plan = &fixture->plan;
	_cleanup_blob_ struct blob first = {0};
	uint64_t address, offset;

	fill_seed(&fixture->request, 1);
	assert_ok(make_plan(fixture));
	assert_ok(blob_copy(blob_bytes(&plan->boot_data), &first));
	address = plan->segments.list[0].address;
	offset = plan->virtual_offset;
	/* Other places, and nothing else: the first 32 bytes are the new kernel's own seed. */
	for (unsigned int i = 32; i < REQUEST_SEED_SIZE; i++)
		fixture->request.seed[i] ^= 0xff;
	assert_ok(make_plan(fixture));
	assert_int_not_equal(plan->segments.list[0].address, address);
	assert_int_not_equal(plan->virtual_offset, offset);
	assert_int_equal(plan->boot_data.size, first.size);
	assert_memory_equal(plan->boot_data.data, first.data, first.size);
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
	assert_ok(unpacked_kernel_read_headers(&fixture->image, 0, &fixture->unpacked));
	assert_non_null(payload_of(fixture));
	fixture->image.bzimage = whole.bzimage;
	assert_ok(make_plan(fixture));
	assert_true(fixture->plan.incomplete);
	assert_false(first.incomplete);
	assert_int_equal(fixture->plan.segments.count, first.segments.count);
	for (unsigned int i = 0; i < first.segments.count; i++) {
		assert_int_equal(
			fixture->plan.segments.list[i].address, first.segments.list[i].address);
		assert_int_equal(fixture->plan.segments.list[i].memory_size,
			first.segments.list[i].memory_size);
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
	assert_int_equal(plan->segments.list[0].address, 0x1000000);
	assert_int_equal(plan->virtual_offset, 0);
	assert_int_equal(plan->boot_data.data[SETUP_LOADFLAGS] & KASLR_FLAG, 0);
	assert_true(has_reason(plan, "KASLR", "nokaslr"));
}

static void a_kernel_built_without_kaslr_stays_where_it_was_linked(void **state)
{
	const struct make_payload none = {0};
	struct fixture *fixture = *state;
	const struct plan *plan = &fixture->plan;

	use_kernel(fixture, make_direct_bzimage(&none));
	fill_seed(&fixture->request, 1);
	assert_ok(make_plan(fixture));
	assert_true(plan->direct);
	assert_int_equal(plan->segments.list[0].address, 0x1000000);
	assert_int_equal(plan->virtual_offset, 0);
	assert_int_equal(plan->boot_data.data[SETUP_LOADFLAGS] & KASLR_FLAG, 0);
	assert_true(has_reason(plan, "KASLR", "built without it"));
}

static void both_bases_have_the_alignment_that_the_header_asks_for(void **state)
{
	struct fixture *fixture = *state;

	fixture->image.alignment = 16 * MIB;
	for (unsigned int seed = 0; seed < 100; seed++) {
		fill_seed(&fixture->request, seed);
		assert_ok(make_plan(fixture));
		assert_int_equal(fixture->plan.segments.list[0].address % (16 * MIB), 0);
		assert_int_equal(fixture->plan.virtual_offset % (16 * MIB), 0);
	}
}

/* With a command line, the virtual base is moved, and the physical one is @fixed or not. */
static void check_physical_base(struct fixture *fixture, const char *command_line, bool fixed)
{
	fill_seed(&fixture->request, 7);
	fixture->request.command_line = command_line;
	assert_ok(make_plan(fixture));
	assert_true(fixture->plan.direct);
	assert_int_equal(fixture->plan.segments.list[0].address == 0x1000000, fixed);
	assert_int_not_equal(fixture->plan.virtual_offset, 0);
	assert_int_equal(
		has_reason(&fixture->plan, "KASLR", "physical base not randomised"), fixed);
}

static void limits_on_memory_keep_the_physical_base_but_not_the_virtual(void **state)
{
	static const char *const lines[] = {"mem=512M", "ro \"mem=512M\"", "\"hugepagesz=1G\"",
		"memmap=1@0,1@0 memmap=1@0 memmap=1@0 memmap=1@0", "memmap=nonsense", "memmap=512M",
		"memmap=1M$0x10000000,512M", "memmap=exactmap memmap=512M@1M",
		"efi_fake_mem=1G@0x20000000:0x40000", "movable_node",
		"default_hugepagesz=1G hugepages=2", "hugepagesz=1G hugepages=2",
		"hugepagesz=2M hugepages=8 hugepagesz=1024M hugepages=1"};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		check_physical_base(fixture, lines[i], true);
}

static void what_limits_no_memory_leaves_both_bases_to_chance(void **state)
{
	static const char *const lines[] = {"hugepagesz=2M hugepages=512", "hugepages=512",
		"default_hugepagesz=2M", "memory_hotplug.memmap_on_memory=1",
		"memmap=1M$0x10000000,1M#0x20000000", "-- mem=512M hugepagesz=1G"};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		check_physical_base(fixture, lines[i], false);
}

static void ask_for_memory_encryption(struct fixture *fixture)
{
	fixture->request.command_line = "mem_encrypt=on";
}

static void be_confidential(struct fixture *fixture)
{
	fixture->machine.confidential_guest = true;
	fixture->request.method = METHOD_KEXEC_LOAD;
}

static void have_encrypted_memory(struct fixture *fixture)
{
	fixture->machine.memory_encryption = true;
	fixture->request.method = METHOD_KEXEC_LOAD;
}

static void have_unsorted_relocations(struct fixture *fixture)
{
	static const uint32_t unsorted[] = {0, 0x81000018, 0x81000010, 0, 0x81000020};
	const struct make_payload wanted = {unsorted, sizeof(unsorted) / 4, 0, 0};

	use_kernel(fixture, make_direct_bzimage(&wanted));
}

static void have_one_list_of_relocations(struct fixture *fixture)
{
	static const uint32_t one[] = {0, 0x81000010};
	const struct make_payload wanted = {one, sizeof(one) / 4, 0, 0};

	use_kernel(fixture, make_direct_bzimage(&wanted));
}

/* Inside of the kernel, but between its segments. */
static void have_a_relocation_out_of_range(struct fixture *fixture)
{
	static const uint32_t outside[] = {0, 0x81000010, 0, 0x81100000};
	const struct make_payload wanted = {outside, sizeof(outside) / 4, 0, 0};

	use_kernel(fixture, make_direct_bzimage(&wanted));
}

static void be_packed_in_an_unknown_way(struct fixture *fixture)
{
	use_kernel(fixture, make_bzimage(&(struct make_bzimage){0}));
}

static void be_left_packed(struct fixture *fixture)
{
	payload_free(payload_of(fixture));
	fixture->plan.payload = fixture->unpacked.payload = NULL;
}

static void be_given_an_entry(struct fixture *fixture)
{
	fixture->request.has_entry = true;
	fixture->request.entry = 0x1000200;
}

static void be_not_relocatable(struct fixture *fixture)
{
	fixture->image.bzimage.relocatable = false;
}

static void have_function_granular_kaslr(struct fixture *fixture)
{
	payload_of(fixture)->section_count = 20000;
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
		{"memory encryption", ask_for_memory_encryption},
		{"confidential guest", be_confidential},
		{"memory encryption", have_encrypted_memory},
		{"not relocatable", be_not_relocatable},
		{"not sorted", have_unsorted_relocations},
		{"1 list, expected 2 or 3", have_one_list_of_relocations},
		{"in no segment", have_a_relocation_out_of_range},
		{"packed in a way unknown", be_packed_in_an_unknown_way},
		{"was not unpacked", be_left_packed},
		{"entry address", be_given_an_entry},
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
	ask_for_memory_encryption(fixture);
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "memory encryption");
}

static void without_room_for_the_unpacked_kernel_the_decompressor_is_left(void **state)
{
	struct fixture *fixture = *state;

	/* The payload states more memory than there is above the lowest address. */
	payload_of(fixture)->memory_size = 2048 * MIB;
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
 * Pearson's statistic for observations in @bins bins of equal likelihood must be one that chance
 * gives: each tail with a probability of 1e-6. Wilson and Hilferty: the cube root of chi squared
 * over its degrees of freedom k is nearly normal, with mean 1 - 2/9k and variance 2/9k.
 */
static void assert_uniform(const char *what, const unsigned int *observed, unsigned int bins)
{
	const double quantile = 4.7534, freedom = bins - 1, variance = 2 / (9 * freedom);
	double expected, statistic = 0, count = 0, deviation;

	for (unsigned int i = 0; i < bins; i++)
		count += observed[i];
	expected = count / bins;
	assert_true(expected >= 5);
	for (unsigned int i = 0; i < bins; i++)
		statistic += (observed[i] - expected) * (observed[i] - expected) / expected;
	deviation = (cbrt(statistic / freedom) - (1 - variance)) / sqrt(variance);
	if (deviation > quantile || deviation < -quantile)
		fail_msg(
			"%s: not uniform: chi squared %f with %u bins is %f standard deviations off",
			what, statistic, bins, deviation);
}

enum {
	SEEDS = 20000,
	/* The places of the machine and kernel below; RAM ends at 0x3ffdf000, the kernel takes
	 * 4 MiB and the lowest place is 16 MiB: kaslr.c counts so many. */
	PHYSICAL_PLACES = (0x3ffdf000 - 0x400000 - 0x1000000) / 0x200000 + 1,
	VIRTUAL_PLACES = (0x40000000 - 0x1000000 - 0x400000) / 0x200000 + 1,
	/* For two choices at once, the first 500 places of each in 25 equal parts. */
	PAIRED = 500,
	BINS = 25,
};

/* How often each place was chosen, and each pair of parts of both ranges. */
struct spread {
	unsigned int physical[PHYSICAL_PLACES], virtual[VIRTUAL_PLACES];
	unsigned int pairs[BINS * BINS], steps[BINS * BINS];
};

static unsigned int part_of(uint64_t place)
{
	return (unsigned int)(place * BINS / PAIRED);
}

static void count_choice(const struct plan *plan, struct spread *spread, unsigned int *last)
{
	uint64_t address = plan->segments.list[0].address, physical, virtual;

	assert_int_equal(address % 0x200000, 0);
	assert_int_equal(plan->virtual_offset % 0x200000, 0);
	assert_true(address >= 0x1000000 && address + 0x400000 <= 0x3ffdf000);
	physical = (address - 0x1000000) / 0x200000;
	virtual = plan->virtual_offset / 0x200000;
	assert_true(physical < PHYSICAL_PLACES && virtual < VIRTUAL_PLACES);
	spread->physical[physical]++;
	spread->virtual[virtual]++;
	if (physical >= PAIRED)
		return;
	if (virtual < PAIRED)
		spread->pairs[part_of(physical) * BINS + part_of(virtual)]++;
	spread->steps[*last * BINS + part_of(physical)]++;
	*last = part_of(physical);
}

/* One place too few is less than what chi squared would notice. */
static void there_are_as_many_places_as_the_decompressor_has(void **state)
{
	struct fixture *fixture = *state;
	char physical[64], virtual[64];

	snprintf(physical, sizeof(physical), "one of %d places", PHYSICAL_PLACES);
	snprintf(virtual, sizeof(virtual), "one of %d places", VIRTUAL_PLACES);
	assert_ok(make_plan(fixture));
	assert_non_null(strstr(fixture->plan.segments.list[0].reason, physical));
	assert_true(has_reason(&fixture->plan, "KASLR", virtual));
}

static void both_bases_are_uniform_and_independent(void **state)
{
	struct fixture *fixture = *state;
	struct spread *spread = calloc(1, sizeof(*spread));
	unsigned int last = 0;

	for (unsigned int seed = 0; seed < SEEDS; seed++) {
		fill_seed(&fixture->request, seed);
		assert_ok(make_plan(fixture));
		count_choice(&fixture->plan, spread, &last);
	}
	/* Every single place is one of the bins, the lowest and the highest too. */
	assert_uniform("physical base", spread->physical, PHYSICAL_PLACES);
	assert_uniform("virtual base", spread->virtual, VIRTUAL_PLACES);
	assert_uniform("both together", spread->pairs, BINS * BINS);
	assert_uniform("a base and the next one", spread->steps, BINS * BINS);
	free(spread);
}

/* Whoever learns the seed of the new kernel's random numbers must not know where it lies. */
static void the_bases_do_not_depend_on_the_seed_that_the_new_kernel_gets(void **state)
{
	struct fixture *fixture = *state;
	uint64_t address, offset;

	fill_seed(&fixture->request, 1);
	assert_ok(make_plan(fixture));
	address = fixture->plan.segments.list[0].address;
	offset = fixture->plan.virtual_offset;
	memset(fixture->request.seed, 0xff, REQUEST_SEED_SIZE / 2);
	assert_ok(make_plan(fixture));
	assert_int_equal(fixture->plan.segments.list[0].address, address);
	assert_int_equal(fixture->plan.virtual_offset, offset);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* What a plan of its own kernel would be, whatever else was made of the image. */
struct other {
	struct image image; /* its own, or empty */
	struct request request;
	struct unpacked_kernel kernel;
	struct plan plan;
};

static void plan_other(struct fixture *fixture, const struct image *image, struct other *other)
{
	assert_ok(unpacked_kernel_make(image, 0, &other->kernel));
	assert_ok(plan_make(&(struct question){&other->request, image, NULL, &fixture->machine},
		&other->kernel, &other->plan));
}

static void other_deinit(struct other *other)
{
	plan_deinit(&other->plan);
	unpacked_kernel_deinit(&other->kernel);
	image_deinit(&other->image);
}

static void assert_same_plan(const struct plan *a, const struct plan *b)
{
	assert_int_equal(a->segments.count, b->segments.count);
	assert_int_equal(a->direct, b->direct);
	assert_int_equal(a->kernel_entry, b->kernel_entry);
	for (unsigned int i = 0; i < a->segments.count; i++) {
		const struct segment *one = &a->segments.list[i], *two = &b->segments.list[i];

		assert_int_equal(one->address, two->address);
		assert_int_equal(one->memory_size, two->memory_size);
		assert_int_equal(one->source.size, two->source.size);
		assert_memory_equal(one->source.data, two->source.data, one->source.size);
	}
}

static void plan_fresh(struct fixture *fixture, struct other *own)
{
	const struct make_payload wanted = {make_relocations, sizeof(make_relocations) / 4, 0, 0};
	struct fixture fresh = {0};

	use_kernel(&fresh, make_direct_bzimage(&wanted));
	unpacked_kernel_deinit(&fresh.unpacked);
	own->image = fresh.image;
	plan_other(fixture, &own->image, own);
}

/* Two seeds, and one plan that does not enter directly; whichever is made first. */
static void plans_of_one_image_have_nothing_to_do_with_each_other(void **state)
{
	struct fixture *fixture = *state;
	struct other *fresh = calloc(3, sizeof(*fresh));

	assert_non_null(fresh);
	for (unsigned int i = 0; i < 3; i++) {
		fresh[i].request = fixture->request;
		fill_seed(&fresh[i].request, i);
	}
	fresh[2].request.entry_choice = ENTRY_STUB;
	for (unsigned int i = 0; i < 3; i++) {
		plan_fresh(fixture, &fresh[i]);
		assert_int_equal(fresh[i].plan.direct, i < 2);
	}
	assert_int_not_equal(fresh[0].plan.virtual_offset, fresh[1].plan.virtual_offset);
	for (unsigned int first = 0; first < 3; first++) {
		for (unsigned int second = 0; second < 3; second++) {
			struct other shared[2] = {{.request = fresh[first].request},
				{.request = fresh[second].request}};

			plan_other(fixture, &fixture->image, &shared[0]);
			plan_other(fixture, &fixture->image, &shared[1]);
			assert_same_plan(&shared[0].plan, &fresh[first].plan);
			assert_same_plan(&shared[1].plan, &fresh[second].plan);
			other_deinit(&shared[0]);
			other_deinit(&shared[1]);
		}
	}
	for (unsigned int i = 0; i < 3; i++)
		other_deinit(&fresh[i]);
	free(fresh);
}

/* Refused when the kernel was moved already: it comes back, and can be moved elsewhere. */
static void what_a_refused_plan_had_taken_over_serves_the_next(void **state)
{
	struct fixture *fixture = *state;
	struct other fresh = {0};

	fill_seed(&fixture->request, 1);
	fixture->machine.memory_available = 1;
	assert_fails(make_plan(fixture), ERROR_NO_SPACE, "the kernel must copy");
	assert_non_null(fixture->unpacked.payload);
	assert_int_not_equal(fixture->unpacked.payload->moved_by, 0);
	fixture->machine.memory_available = 0;
	fill_seed(&fixture->request, 2);
	assert_ok(make_plan(fixture));
	assert_null(fixture->unpacked.payload);
	fresh.request = fixture->request;
	plan_fresh(fixture, &fresh);
	assert_same_plan(&fixture->plan, &fresh.plan);
	other_deinit(&fresh);
}

/* It has gone with the first one, and nothing is taken twice. */
static void what_was_unpacked_is_for_one_plan(void **state)
{
	struct fixture *fixture = *state;
	struct plan second;

	assert_ok(make_plan(fixture));
	assert_ok(plan_make(
		&(struct question){&fixture->request, &fixture->image, NULL, &fixture->machine},
		&fixture->unpacked, &second));
	assert_true(fixture->plan.direct);
	assert_false(second.direct);
	assert_true(has_reason(&second, "entry", "its payload was not unpacked"));
	plan_deinit(&second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(plans_of_one_image_have_nothing_to_do_with_each_other),
		TEST(what_a_refused_plan_had_taken_over_serves_the_next),
		TEST(what_was_unpacked_is_for_one_plan),
		TEST(a_direct_plan_enters_the_kernel_where_it_was_moved_to),
		TEST(what_the_new_system_shows_to_all_does_not_tell_where_the_kernel_lies),
		TEST(the_headers_alone_give_the_same_places_but_nothing_to_load),
		TEST(nokaslr_stays_where_it_was_linked),
		TEST(a_kernel_built_without_kaslr_stays_where_it_was_linked),
		TEST(both_bases_have_the_alignment_that_the_header_asks_for),
		TEST(limits_on_memory_keep_the_physical_base_but_not_the_virtual),
		TEST(what_limits_no_memory_leaves_both_bases_to_chance),
		TEST(every_hazard_falls_back_to_the_decompressor_and_says_why),
		TEST(direct_or_nothing_says_what_stands_in_the_way),
		TEST(without_room_for_the_unpacked_kernel_the_decompressor_is_left),
		TEST(there_are_as_many_places_as_the_decompressor_has),
		TEST(both_bases_are_uniform_and_independent),
		TEST(the_bases_do_not_depend_on_the_seed_that_the_new_kernel_gets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
