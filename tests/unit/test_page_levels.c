/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* With how many levels of page tables a kernel is entered, and what the plan's own tables hold. */
#include "make_machine.h"
#include "make_payload.h"
#include "make_plan.h"

#include "arch/arch.h"
#include "arch/x86/page_tables.h"
#include "image/identify.h"
#include "image/payload.h"
#include "plan/verify.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)

static void use_vmlinux(struct fixture *fixture)
{
	struct blob file = make_vmlinux();

	plan_deinit(&fixture->plan);
	unpacked_kernel_deinit(&fixture->unpacked);
	image_deinit(&fixture->image);
	assert_ok(image_identify("kernel", &file, NULL, &fixture->image));
}

/* A kernel that can be entered directly, on a machine with 5-level page tables. */
static int setup(void **state)
{
	const struct make_payload wanted = {make_relocations, sizeof(make_relocations) / 4, 0, 0};
	struct blob file = make_direct_bzimage(&wanted);
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->machine = make_machine();
	fixture->machine.cpu_la57 = true;
	assert_ok(image_identify("kernel", &file, NULL, &fixture->image));
	assert_ok(unpacked_kernel_make(&fixture->image, 0, &fixture->unpacked));
	fixture->image.bzimage.xloadflags |= XLF_5LEVEL | XLF_5LEVEL_ENABLED;
	assert_ok(blob_resize(&fixture->initrd.bytes, 5 * MIB + 3));
	fixture->request.command_line = "quiet";
	*state = fixture;
	return 0;
}

/* What the tables at @root, of @bytes, make of @address, as the CPU walks them: Intel SDM volume 3,
 * 4.5. False: nothing. */
static bool translate(
	struct bytes bytes, unsigned int levels, uint64_t root, uint64_t address, uint64_t *ret)
{
	uint64_t table = root, entry;

	for (unsigned int shift = levels == 5 ? 48 : 39;; shift -= 9) {
		assert_true(bytes_contain(bytes, table - root, 4096));
		entry = load_le64(bytes.data + (table - root) + (address >> shift & 511) * 8);
		if (!(entry & 1))
			return false;
		assert_true(entry & 2);			 /* writable */
		assert_false(entry & 1ULL << 63);	 /* may be run */
		assert_false(entry & (1 << 3 | 1 << 4)); /* cached */
		table = entry & 0x000ffffffffff000;
		if (entry & 1 << 7)
			break;
		assert_true(shift > 21);
	}
	*ret = table + (address & 0x1fffff);
	return true;
}

static void assert_mapped_by(
	struct bytes bytes, unsigned int levels, uint64_t root, uint64_t start, uint64_t size)
{
	uint64_t found;

	for (uint64_t at = start; at < start + size; at += 4096) {
		assert_true(translate(bytes, levels, root, at, &found));
		assert_int_equal(found, at);
	}
}

static void assert_mapped(struct bytes bytes, uint64_t root, uint64_t start, uint64_t size)
{
	assert_mapped_by(bytes, 4, root, start, size);
}

/* The plan has tables that purgatory is told of, and that map all that is needed to themselves. */
static void assert_goes_down(const struct plan *plan)
{
	const struct segment *tables = find(plan, SEGMENT_PAGE_TABLES);
	struct purgatory_params params = params_of(plan);
	bool verified = false;

	assert_true(has_reason(plan, "page tables", "purgatory goes down to 4 levels: "));
	assert_int_equal(params.page_tables, tables->address);
	assert_int_equal(params.page_table_levels, 4);
	assert_int_equal(params.entry_mode, PURGATORY_ENTRY_64);
	assert_true(tables->address + tables->memory_size <= 4 * GIB);
	for (unsigned int i = 0; i < plan->segments.count; i++)
		assert_mapped(tables->source, tables->address, plan->segments.list[i].address,
			plan->segments.list[i].memory_size);
	assert_mapped(tables->source, tables->address, 0, 2 * MIB);
	assert_mapped(tables->source, tables->address, plan->kernel_entry & ~0xfffULL, 4096);
	for (unsigned int i = 0; i < params.region_count; i++)
		verified = verified || params.regions[i].address == tables->address;
	assert_true(verified);
}

static void assert_stays(const struct plan *plan)
{
	assert_false(has_reason(plan, "page tables", ""));
	assert_int_equal(params_of(plan).page_tables, 0);
	for (unsigned int i = 0; i < plan->segments.count; i++)
		assert_int_not_equal(plan->segments.list[i].role, SEGMENT_PAGE_TABLES);
}

/* Tables of its own, so that it can be cleared for, but of as many levels as there are. */
static void assert_keeps_levels(const struct plan *plan, unsigned int levels)
{
	const struct segment *tables = find(plan, SEGMENT_PAGE_TABLES);
	struct purgatory_params params = params_of(plan);

	assert_false(has_reason(plan, "page tables", ""));
	assert_int_equal(params.page_tables, tables->address);
	assert_int_equal(params.page_table_levels, levels);
	for (unsigned int i = 0; i < plan->segments.count; i++)
		assert_mapped_by(tables->source, levels, tables->address,
			plan->segments.list[i].address, plan->segments.list[i].memory_size);
	assert_mapped_by(tables->source, levels, tables->address, plan->cleared.start,
		range_size(plan->cleared));
}

static void a_kernel_that_takes_five_levels_gets_them(void **state)
{
	struct fixture *fixture = *state;

	assert_ok(make_plan(fixture));
	assert_true(fixture->plan.direct);
	assert_keeps_levels(&fixture->plan, 5);
	fixture->request.entry_choice = ENTRY_STUB;
	assert_ok(make_plan(fixture));
	assert_stays(&fixture->plan);
}

static void a_bare_vmlinux_is_entered_with_four(void **state)
{
	struct fixture *fixture = *state;

	use_vmlinux(fixture);
	assert_ok(make_plan(fixture));
	assert_goes_down(&fixture->plan);
	assert_true(has_reason(&fixture->plan, "page tables", "vmlinux"));
}

static void a_kernel_built_without_five_is_entered_directly_with_four(void **state)
{
	struct fixture *fixture = *state;

	fixture->image.bzimage.xloadflags &= (uint16_t)~XLF_5LEVEL_ENABLED;
	fixture->request.entry_choice = ENTRY_DIRECT;
	assert_ok(make_plan(fixture));
	assert_true(fixture->plan.direct);
	assert_goes_down(&fixture->plan);
	assert_true(has_reason(&fixture->plan, "page tables", "built without"));
}

static void no5lvl_makes_purgatory_go_down_for_a_kernel_entered_directly(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.command_line = "quiet no5lvl";
	assert_ok(make_plan(fixture));
	assert_true(fixture->plan.direct);
	assert_goes_down(&fixture->plan);
	assert_true(has_reason(&fixture->plan, "page tables", "no5lvl"));
}

/* It switches the levels itself, by its own trampoline. */
static void a_decompressor_that_takes_five_levels_is_left_with_them(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.entry_choice = ENTRY_STUB;
	fixture->request.command_line = "no5lvl";
	assert_ok(make_plan(fixture));
	assert_stays(&fixture->plan);
	fixture->request.command_line = "quiet";
	fixture->image.bzimage.xloadflags &= (uint16_t)~XLF_5LEVEL_ENABLED;
	assert_ok(make_plan(fixture));
	assert_stays(&fixture->plan);
}

static void a_decompressor_that_does_not_is_entered_with_four(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.entry_choice = ENTRY_STUB;
	fixture->image.bzimage.xloadflags &= (uint16_t) ~(XLF_5LEVEL | XLF_5LEVEL_ENABLED);
	assert_ok(make_plan(fixture));
	assert_false(fixture->plan.direct);
	assert_goes_down(&fixture->plan);
}

/* The room for the unpacked kernel decides as well: known only when it has been placed. */
static void without_room_for_a_direct_entry_its_levels_are_not_taken_either(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.command_line = "no5lvl";
	payload_of(fixture)->memory_size = 2048 * MIB;
	assert_ok(make_plan(fixture));
	assert_false(fixture->plan.direct);
	assert_stays(&fixture->plan);
}

static void where_the_running_kernel_leaves_four_levels_nothing_is_done(void **state)
{
	struct fixture *fixture = *state;

	use_vmlinux(fixture);
	fixture->machine.cpu_la57 = false;
	assert_ok(make_plan(fixture));
	assert_stays(&fixture->plan);
	/* A 32-bit one has none, and QEMU enters an ELF without. */
	fixture->machine.cpu_la57 = true;
	fixture->request.method = METHOD_ELF;
	assert_ok(make_plan(fixture));
	assert_stays(&fixture->plan);
	fixture->request.method = METHOD_AUTO;
	free(fixture->machine.architecture);
	fixture->machine.architecture = strdup("i686");
	fixture->machine.cpu_long_mode = true;
	assert_ok(make_plan(fixture));
	assert_stays(&fixture->plan);
}

static void the_32_bit_entry_needs_no_tables(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.entry_32bit = true;
	fixture->image.bzimage.xloadflags &= (uint16_t) ~(XLF_5LEVEL | XLF_5LEVEL_ENABLED);
	assert_ok(make_plan(fixture));
	assert_stays(&fixture->plan);
	use_vmlinux(fixture);
	assert_fails(make_plan(fixture), ERROR_USAGE, "no 32-bit entry");
}

static void kexec_file_load_is_not_chosen_for_what_it_would_refuse(void **state)
{
	struct fixture *fixture = *state;

	fixture->image.bzimage.xloadflags &= (uint16_t) ~(XLF_5LEVEL | XLF_5LEVEL_ENABLED);
	fixture->machine.lockdown = LOCKDOWN_INTEGRITY;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "leaving 5-level page tables");
	fixture->request.method = METHOD_FILE_LOAD;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "xloadflags bit 5 is clear");
	fixture->image.bzimage.xloadflags |= XLF_5LEVEL;
	assert_ok(make_plan(fixture));
}

static void where_memory_is_encrypted_baton_makes_no_tables(void **state)
{
	struct fixture *fixture = *state;

	use_vmlinux(fixture);
	fixture->request.method = METHOD_KEXEC_LOAD;
	fixture->machine.memory_encryption = true;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "memory is encrypted");
	fixture->machine.memory_encryption = false;
	fixture->machine.confidential_guest = true;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "memory is encrypted");
}

static void an_entry_address_is_mapped_or_refused(void **state)
{
	struct fixture *fixture = *state;
	const struct segment *tables;

	use_vmlinux(fixture);
	fixture->request.has_entry = true;
	fixture->request.entry = 0x38000123;
	assert_ok(make_plan(fixture));
	tables = find(&fixture->plan, SEGMENT_PAGE_TABLES);
	assert_mapped(tables->source, tables->address, 0x38000000, 4096);
	fixture->request.entry = FOUR_LEVELS_END;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "0x800000000000");
}

/* 4-level kernels use memory up to 64 TiB: what lies above, they would not find. */
static void nothing_is_put_where_a_kernel_with_four_levels_has_no_memory(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.memory_min = 4 * GIB;
	make_machine_range(&fixture->machine, 64 * TIB, 64 * TIB + 16 * GIB, MEMORY_RAM);
	use_vmlinux(fixture);
	assert_fails(make_plan(fixture), ERROR_NO_SPACE, "no room");
	fixture->request.memory_min = 0;
	assert_ok(make_plan(fixture));
	assert_goes_down(&fixture->plan);
	assert_true(has_reason(&fixture->plan, "warning", "above 64 TiB will not be used"));
	for (unsigned int i = 0; i < fixture->plan.segments.count; i++)
		assert_true(fixture->plan.segments.list[i].address < GIB);
	fixture->machine.cpu_la57 = false;
	assert_ok(make_plan(fixture));
	assert_false(has_reason(&fixture->plan, "warning", ""));
}

static void a_kernel_with_five_levels_may_lie_above(void **state)
{
	struct fixture *fixture = *state;
	const struct segment *initrd;

	/* So much that the rest of memory is too small. */
	fixture->machine.memory_available = fixture->machine.memory_total = 64 * GIB;
	make_machine_range(&fixture->machine, 64 * TIB, 64 * TIB + 16 * GIB, MEMORY_RAM);
	fixture->image.bzimage.xloadflags |= XLF_CAN_BE_LOADED_ABOVE_4G;
	assert_ok(blob_resize(&fixture->initrd.bytes, 1100 * MIB));
	fixture->request.no_verify = true;
	assert_ok(make_plan(fixture));
	initrd = find(&fixture->plan, SEGMENT_INITRD);
	assert_true(initrd->address > 64 * TIB);
	assert_false(has_reason(&fixture->plan, "warning", "64 TiB"));
	fixture->image.bzimage.xloadflags &= (uint16_t)~XLF_5LEVEL_ENABLED;
	assert_fails(make_plan(fixture), ERROR_NO_SPACE, "no room for the initrd");
}

/* Tables for pieces in different levels' blocks, straight through the builder. */
static void tables_hold_what_was_asked_for_and_nothing_else(void **state)
{
	_cleanup_range_set_ struct range_set mapped = {0};
	_cleanup_blob_ struct blob tables = {0};
	const uint64_t root = 0x123000;
	uint64_t size, found;

	(void)state;
	assert_ok(range_set_add(&mapped, (struct range){0x1fffff, 0x200001}));
	assert_ok(range_set_add(&mapped, (struct range){GIB - 4096, GIB + 4096}));
	assert_ok(range_set_add(&mapped, (struct range){512 * GIB - 1, 512 * GIB + 1}));
	assert_ok(range_set_add(&mapped, (struct range){FOUR_LEVELS_END - 1, FOUR_LEVELS_END}));
	assert_ok(page_tables_size(&mapped, 4, &size));
	assert_ok(page_tables_build(&mapped, 4, root, &tables));
	assert_int_equal(tables.size, size);
	/* Level 4; 3 blocks of 512 GiB; and 2 + 2 + 1 of 1 GiB. */
	assert_int_equal(size, (1 + 3 + 5) * 4096);
	assert_mapped(blob_bytes(&tables), root, 0, 4 * MIB);
	assert_mapped(blob_bytes(&tables), root, GIB - 2 * MIB, 4 * MIB);
	assert_mapped(blob_bytes(&tables), root, 512 * GIB - 2 * MIB, 4 * MIB);
	assert_mapped(blob_bytes(&tables), root, FOUR_LEVELS_END - 2 * MIB, 2 * MIB);
	assert_false(translate(blob_bytes(&tables), 4, root, 4 * MIB, &found));
	assert_false(translate(blob_bytes(&tables), 4, root, GIB + 2 * MIB, &found));
	assert_false(translate(blob_bytes(&tables), 4, root, 2 * 512 * GIB, &found));
	assert_ok(range_set_add(&mapped, (struct range){FOUR_LEVELS_END, FOUR_LEVELS_END + 1}));
	assert_fails(page_tables_size(&mapped, 4, &size), ERROR_OTHER, "0x800000000000");
}

/* Beyond what four levels have, too: the kernel may lie there where it takes five. */
static void tables_of_five_levels_reach_further(void **state)
{
	_cleanup_range_set_ struct range_set mapped = {0};
	_cleanup_blob_ struct blob tables = {0};
	const uint64_t root = 0x123000;
	uint64_t size;

	(void)state;
	assert_ok(range_set_add(&mapped, (struct range){0, 4096}));
	assert_ok(range_set_add(&mapped, (struct range){FIVE_LEVELS_END - 1, FIVE_LEVELS_END}));
	assert_ok(page_tables_size(&mapped, 5, &size));
	/* Level 5, and for both ends one of each level below. */
	assert_int_equal(size, (1 + 2 + 2 + 2) * 4096);
	assert_ok(page_tables_build(&mapped, 5, root, &tables));
	assert_mapped_by(blob_bytes(&tables), 5, root, 0, 2 * MIB);
	assert_mapped_by(blob_bytes(&tables), 5, root, FIVE_LEVELS_END - 2 * MIB, 2 * MIB);
	assert_ok(range_set_add(&mapped, (struct range){FIVE_LEVELS_END, FIVE_LEVELS_END + 1}));
	assert_fails(page_tables_size(&mapped, 5, &size), ERROR_OTHER, "5 levels");
}

/* The check walks them on its own, and believes nothing that leads elsewhere. */
static void tables_are_checked_as_the_processor_reads_them(void **state)
{
	_cleanup_range_set_ struct range_set mapped = {0};
	_cleanup_blob_ struct blob tables = {0};
	const struct range range = {GIB - 4096, GIB + 4096};
	const uint64_t root = 0x123000;
	uint64_t first;

	(void)state;
	assert_ok(range_set_add(&mapped, range));
	assert_ok(page_tables_build(&mapped, 4, root, &tables));
	assert_true(page_tables_map(blob_bytes(&tables), root, 4, range));
	assert_true(page_tables_map(blob_bytes(&tables), root, 4, (struct range){GIB, GIB}));
	assert_false(page_tables_map(
		blob_bytes(&tables), root, 4, (struct range){GIB, GIB + 2 * MIB + 1}));
	assert_false(page_tables_map(blob_bytes(&tables), root + 4096, 4, range));
	assert_false(page_tables_map(blob_bytes(&tables), root, 5, range));
	assert_false(page_tables_map(bytes_part(blob_bytes(&tables), 0, 4096), root, 4, range));
	/* Not present; not writable; past the tables' end; before their start; itself for ever. */
	first = load_le64(tables.data);
	for (uint64_t bad = 0; bad < 5; bad++) {
		const uint64_t entries[] = {
			0, first & ~2ULL, (root + tables.size) | 3, (root - 4096) | 3, root | 3};

		store_le64(tables.data, entries[bad]);
		assert_false(page_tables_map(blob_bytes(&tables), root, 4, range));
	}
}

/* A plan that would clear what it needs is none. */
static void what_is_cleared_is_verified(void **state)
{
	struct fixture *fixture = *state;
	const struct arch *arch = arch_of(&fixture->machine);
	struct plan *plan = &fixture->plan;
	struct range cleared;

	assert_ok(make_plan(fixture));
	cleared = plan->cleared;
	assert_false(range_is_empty(cleared));
	assert_int_equal(params_of(plan).clear_address, cleared.start);
	assert_int_equal(params_of(plan).clear_size, range_size(cleared));
	for (unsigned int i = 0; i < plan->segments.count; i++) {
		const struct segment *segment = &plan->segments.list[i];

		plan->cleared = (struct range){segment->address, segment->address + 4096};
		assert_fails(plan_verify(arch, plan, &fixture->machine), ERROR_OTHER, "overlaps");
	}
	plan->cleared = (struct range){cleared.start, cleared.end + 1};
	assert_fails(plan_verify(arch, plan, &fixture->machine), ERROR_OTHER, "page-aligned");
	plan->cleared = (struct range){UINT64_C(1) << 45, (UINT64_C(1) << 45) + 4096};
	assert_fails(plan_verify(arch, plan, &fixture->machine), ERROR_OTHER, "not usable RAM");
	plan->cleared = cleared;
	plan->mailbox = cleared.start;
	assert_fails(plan_verify(arch, plan, &fixture->machine), ERROR_OTHER, "mailbox");
	plan->mailbox = 0;
	/* Free memory that nothing lies in, and that no table maps. */
	plan->cleared = (struct range){0x30000000, 0x30001000};
	assert_true(range_set_contains(&fixture->machine.usable, plan->cleared));
	assert_fails(plan_verify(arch, plan, &fixture->machine), ERROR_OTHER,
		"do not map what is cleared");
	plan->cleared = cleared;
	store_le64(plan->page_tables.data, 0);
	assert_fails(plan_verify(arch, plan, &fixture->machine), ERROR_OTHER, "do not map segment");
	plan->page_table_root = 0;
	assert_fails(plan_verify(arch, plan, &fixture->machine), ERROR_OTHER, "runs on");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_kernel_that_takes_five_levels_gets_them),
		TEST(a_bare_vmlinux_is_entered_with_four),
		TEST(a_kernel_built_without_five_is_entered_directly_with_four),
		TEST(no5lvl_makes_purgatory_go_down_for_a_kernel_entered_directly),
		TEST(a_decompressor_that_takes_five_levels_is_left_with_them),
		TEST(a_decompressor_that_does_not_is_entered_with_four),
		TEST(without_room_for_a_direct_entry_its_levels_are_not_taken_either),
		TEST(where_the_running_kernel_leaves_four_levels_nothing_is_done),
		TEST(the_32_bit_entry_needs_no_tables),
		TEST(kexec_file_load_is_not_chosen_for_what_it_would_refuse),
		TEST(where_memory_is_encrypted_baton_makes_no_tables),
		TEST(an_entry_address_is_mapped_or_refused),
		TEST(nothing_is_put_where_a_kernel_with_four_levels_has_no_memory),
		TEST(a_kernel_with_five_levels_may_lie_above),
		TEST(tables_hold_what_was_asked_for_and_nothing_else),
		TEST(tables_of_five_levels_reach_further),
		TEST(tables_are_checked_as_the_processor_reads_them),
		TEST(what_is_cleared_is_verified),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
