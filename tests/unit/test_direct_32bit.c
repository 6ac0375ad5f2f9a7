/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entering a 32-bit kernel past its decompressor: it runs where its relocations say that it lies.
 */
#include "make_machine.h"
#include "make_plan.h"
#include "make_payload.h"

#include "arch/x86/boot_params.h"
#include "image/identify.h"
#include "image/payload.h"
#include "plan/plan.h"
#include "wire/purgatory_params.h"

#define MIB (UINT64_C(1) << 20)

static const uint32_t relocations[] = {0, 0xc1000010, 0xc1000022, 0xc1400008};

static void use_kernel(struct fixture *fixture, struct blob file)
{
	plan_deinit(&fixture->plan);
	unpacked_kernel_deinit(&fixture->unpacked);
	image_deinit(&fixture->image);
	assert_ok(image_identify("kernel", &file, NULL, &fixture->image));
	assert_ok(unpacked_kernel_make(&fixture->image, 0, &fixture->unpacked));
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->machine = make_machine();
	use_kernel(fixture, make_direct_bzimage32(relocations, 4));
	fixture->request.command_line = "quiet";
	*state = fixture;
	return 0;
}

static uint32_t field(const struct fixture *fixture, unsigned int part, uint64_t offset)
{
	const struct image *vmlinux = &payload_of(fixture)->vmlinux;

	return load_le32(vmlinux->bytes.data + vmlinux->parts[part].file_offset + offset);
}

/* Any difference: up, and modulo 2^32 down. */
static void its_one_list_is_moved(void **state)
{
	struct fixture *fixture = *state;
	struct payload *payload = payload_of(fixture);
	uint32_t first, odd, data, bystander;

	assert_non_null(payload);
	assert_true(payload->has_relocations);
	assert_int_equal(payload->absolute_32.count, 3);
	assert_int_equal(payload->absolute_64.count, 0);
	first = field(fixture, 0, 0x10);
	odd = field(fixture, 0, 0x22);
	data = field(fixture, 1, 8);
	bystander = field(fixture, 0, 0x14);
	for (uint64_t delta = 0x3000000; delta;
		delta = delta == 0x3000000 ? -(uint64_t)0x800000 : 0) {
		payload_relocate(payload, delta);
		assert_int_equal(field(fixture, 0, 0x10), (uint32_t)(first + delta));
		assert_int_equal(field(fixture, 0, 0x22), (uint32_t)(odd + delta));
		assert_int_equal(field(fixture, 1, 8), (uint32_t)(data + delta));
		assert_int_equal(field(fixture, 0, 0x14), bystander);
	}
}

static void assert_declined(
	struct fixture *fixture, const uint32_t *list, size_t count, const char *part)
{
	use_kernel(fixture, make_direct_bzimage32(list, count));
	assert_null(payload_of(fixture));
	assert_non_null(fixture->unpacked.declined);
	assert_non_null(strstr(fixture->unpacked.declined, part));
}

static void other_relocations_than_one_list_in_place_are_declined(void **state)
{
	struct fixture *fixture = *state;

	assert_declined(fixture, (const uint32_t[]){0, 0xc1000010, 0, 0xc1000020}, 4,
		"2 lists, expected 1");
	assert_declined(fixture, (const uint32_t[]){0, 0xc1100000}, 2, "in no segment's bytes");
	assert_declined(fixture, (const uint32_t[]){0, 0xc1002ffd}, 2, "in no segment's bytes");
	assert_declined(fixture, (const uint32_t[]){0xc1000010, 0}, 2, "expected 0");
}

static void relocations_outside_of_the_kernel_are_damage(void **state)
{
	static const uint32_t outside[] = {0x81000010, 0x1000010};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		assert_declined(
			fixture, (const uint32_t[]){0, outside[i]}, 2, "outside of the kernel");
		assert_fails(make_plan(fixture), ERROR_DAMAGED, "outside of the kernel");
	}
}

static void it_is_put_at_random_below_512_mib_and_relocated_by_as_much(void **state)
{
	struct fixture *fixture = *state;
	const struct plan *plan = &fixture->plan;
	uint32_t before = field(fixture, 0, 0x10);
	bool moved = false;

	for (unsigned int seed = 0; seed < 20; seed++) {
		uint64_t address;

		memset(fixture->request.seed + 32, (int)(seed * 13), 32);
		assert_ok(make_plan(fixture));
		assert_true(plan->direct);
		address = plan->segments.list[0].address;
		assert_int_equal(address % 0x1000000, 0);
		assert_in_range(address, 16 * MIB, 512 * MIB - 0x440000);
		assert_int_equal(plan->segments.list[1].address, address + 0x400000);
		assert_int_equal(plan->kernel_entry, address + 0x40);
		assert_int_equal(plan->virtual_offset, address - 0x1000000);
		assert_int_equal(field(fixture, 0, 0x10), (uint32_t)(before + address - 0x1000000));
		assert_int_equal(plan->boot_data.data[SETUP_LOADFLAGS] & KASLR_FLAG, KASLR_FLAG);
		moved = moved || address != 0x1000000;
	}
	assert_true(moved);
	assert_true(has_reason(plan, "entry", "direct"));
	assert_true(has_reason(plan, "KASLR", "physical base, and with it the virtual base"));
}

static void purgatory_enters_it_in_32_bit_mode(void **state)
{
	struct fixture *fixture = *state;
	struct purgatory_header header;
	struct purgatory_params params;

	assert_ok(make_plan(fixture));
	memcpy(&header, fixture->plan.purgatory.data + PURGATORY_HEADER_OFFSET, sizeof(header));
	memcpy(&params, fixture->plan.purgatory.data + header.params_offset, sizeof(params));
	assert_int_equal(params.entry_mode, PURGATORY_ENTRY_32);
	assert_int_equal(params.entry, fixture->plan.kernel_entry);
}

static void with_nokaslr_it_goes_to_the_lowest_place_from_its_link_address_up(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.command_line = "nokaslr";
	assert_ok(make_plan(fixture));
	assert_int_equal(fixture->plan.segments.list[0].address, 16 * MIB);
	assert_int_equal(fixture->plan.virtual_offset, 0);
	assert_int_equal(fixture->plan.boot_data.data[SETUP_LOADFLAGS] & KASLR_FLAG, 0);
	/* Moved where that is not free; but never where a 32-bit kernel has no lowmem. */
	assert_ok(range_set_subtract(&fixture->machine.usable,
		&(struct range_set){.ranges = &(struct range){16 * MIB, 600 * MIB}, .count = 1}));
	assert_ok(make_plan(fixture));
	assert_int_equal(fixture->plan.segments.list[0].address, 608 * MIB);
	assert_int_equal(payload_of(fixture)->moved_by, 592 * MIB);
	assert_ok(range_set_subtract(&fixture->machine.usable,
		&(struct range_set){.ranges = &(struct range){600 * MIB, 893 * MIB}, .count = 1}));
	fixture->request.entry_choice = ENTRY_DIRECT;
	assert_fails(make_plan(fixture), ERROR_NO_SPACE, "and 0x38000000");
}

static void without_relocations_it_lies_where_it_was_linked_or_is_not_entered_directly(void **state)
{
	struct fixture *fixture = *state;

	use_kernel(fixture, make_direct_bzimage32(relocations, 0));
	assert_non_null(payload_of(fixture));
	assert_false(payload_of(fixture)->has_relocations);
	assert_ok(make_plan(fixture));
	assert_true(fixture->plan.direct);
	assert_int_equal(fixture->plan.segments.list[0].address, 16 * MIB);
	assert_int_equal(fixture->plan.virtual_offset, 0);
	assert_ok(range_set_subtract(&fixture->machine.usable,
		&(struct range_set){.ranges = &(struct range){16 * MIB, 17 * MIB}, .count = 1}));
	assert_ok(make_plan(fixture));
	assert_false(fixture->plan.direct);
	assert_true(has_reason(&fixture->plan, "entry", "its own decompressor after all"));
}

static void what_matters_to_64_bit_kernels_does_not_stand_in_the_way(void **state)
{
	struct fixture *fixture = *state;

	fixture->machine.cpu_la57 = true;
	fixture->machine.efi = (struct efi_facts){.present = true, .platform_size = 32};
	assert_ok(make_plan(fixture));
	assert_true(fixture->plan.direct);
	fixture->request.entry_32bit = true;
	assert_ok(make_plan(fixture));
	assert_false(fixture->plan.direct);
}

static void what_the_header_does_not_tell_is_left_to_the_decompressor(void **state)
{
	const struct make_payload wanted = {make_relocations, sizeof(make_relocations) / 4, 0, 0};
	struct fixture *fixture = *state;
	struct blob file = make_direct_bzimage(&wanted);

	make_older(file.data, 0x020b);
	use_kernel(fixture, file);
	assert_non_null(payload_of(fixture));
	assert_ok(make_plan(fixture));
	assert_false(fixture->plan.direct);
	assert_true(has_reason(&fixture->plan, "entry", "older than 2.12"));
	file = make_direct_bzimage(&wanted);
	store_le16(file.data + SETUP_XLOADFLAGS, 0);
	use_kernel(fixture, file);
	assert_ok(make_plan(fixture));
	assert_false(fixture->plan.direct);
	assert_true(has_reason(&fixture->plan, "entry", "another word size"));
}

static void a_bare_32_bit_vmlinux_is_entered_where_it_was_linked(void **state)
{
	struct fixture *fixture = *state;
	struct blob file = make_vmlinux32();

	plan_deinit(&fixture->plan);
	unpacked_kernel_deinit(&fixture->unpacked);
	image_deinit(&fixture->image);
	assert_ok(image_identify("kernel", &file, NULL, &fixture->image));
	assert_ok(make_plan(fixture));
	assert_int_equal(fixture->plan.kernel_entry, 0x1000040);
	assert_true(has_reason(&fixture->plan, "entry mode", "it is a 32-bit ELF file"));
	assert_ok(range_set_subtract(&fixture->machine.usable,
		&(struct range_set){.ranges = &(struct range){16 * MIB, 17 * MIB}, .count = 1}));
	assert_fails(make_plan(fixture), ERROR_NO_SPACE, "must lie at 0x1000000");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(its_one_list_is_moved),
		TEST(other_relocations_than_one_list_in_place_are_declined),
		TEST(relocations_outside_of_the_kernel_are_damage),
		TEST(it_is_put_at_random_below_512_mib_and_relocated_by_as_much),
		TEST(purgatory_enters_it_in_32_bit_mode),
		TEST(with_nokaslr_it_goes_to_the_lowest_place_from_its_link_address_up),
		TEST(without_relocations_it_lies_where_it_was_linked_or_is_not_entered_directly),
		TEST(what_matters_to_64_bit_kernels_does_not_stand_in_the_way),
		TEST(what_the_header_does_not_tell_is_left_to_the_decompressor),
		TEST(a_bare_32_bit_vmlinux_is_entered_where_it_was_linked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
