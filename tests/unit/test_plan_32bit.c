/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan for 32-bit x86 kernels: their entry, their limits, and old boot protocols. */
#include "make_image.h"
#include "make_machine.h"
#include "make_plan.h"

#include "image/identify.h"
#include "image/initrd.h"
#include "plan/plan.h"
#include "wire/purgatory_params.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static void use_image(struct fixture *fixture, const struct make_bzimage *wanted)
{
	struct blob file = make_bzimage(wanted);

	image_deinit(&fixture->image);
	assert_ok(image_identify("kernel", &file, NULL, &fixture->image));
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->machine = make_machine();
	make_machine_range(&fixture->machine, 4 * GIB, 8 * GIB, MEMORY_RAM);
	fixture->machine.memory_total = 5 * GIB;
	fixture->machine.memory_available = 4 * GIB;
	use_image(fixture, &(struct make_bzimage){.only_32bit = true, .alignment = 0x1000000});
	assert_ok(blob_resize(&fixture->initrd.bytes, 5 * MIB + 3));
	fixture->request.command_line = "quiet";
	*state = fixture;
	return 0;
}

static void a_32_bit_kernel_gets_its_own_entry_and_the_plan_says_why(void **state)
{
	struct fixture *fixture = *state;
	const struct plan *plan = &fixture->plan;

	assert_ok(make_plan(fixture));
	assert_int_equal(plan->method, METHOD_KEXEC_LOAD);
	assert_false(plan->direct);
	assert_int_equal(plan->kernel_entry, 0x1000000);
	assert_int_equal(params_of(plan).entry_mode, PURGATORY_ENTRY_32);
	assert_true(has_reason(plan, "entry mode", "32-bit: it is a 32-bit kernel"));
	assert_true(has_reason(plan, "method", "needed for a 32-bit kernel"));
}

static void everything_lies_where_a_32_bit_kernel_maps_memory(void **state)
{
	struct fixture *fixture = *state;
	const struct segment *initrd;

	assert_ok(make_plan(fixture));
	initrd = find(&fixture->plan, SEGMENT_INITRD);
	assert_int_equal(initrd->address + initrd->memory_size, 864 * MIB);
	assert_non_null(strstr(initrd->reason, "864 MiB"));
	for (unsigned int i = 0; i < fixture->plan.segments.count; i++)
		assert_true(fixture->plan.segments.list[i].address < 896 * MIB);
}

static void an_initrd_too_large_for_lowmem_goes_up_to_the_kernels_limit(void **state)
{
	struct fixture *fixture = *state;
	const struct segment *initrd;

	assert_ok(blob_resize(&fixture->initrd.bytes, 900 * MIB));
	assert_ok(make_plan(fixture));
	initrd = find(&fixture->plan, SEGMENT_INITRD);
	assert_int_equal(initrd->address + initrd->memory_size, 0x3ffdf000);
	store_le32(fixture->image.storage.data + SETUP_INITRD_ADDR_MAX, 0x37ffffff);
	fixture->image.bzimage.initrd_addr_max = 0x37ffffff;
	assert_fails(make_plan(fixture), ERROR_NO_SPACE, "between 0x100000 and 0x38000000");
}

static void a_32_bit_kernel_never_goes_above_896_mib(void **state)
{
	struct fixture *fixture = *state;

	assert_ok(range_set_subtract(&fixture->machine.usable,
		&(struct range_set){.ranges = &(struct range){16 * MIB, 900 * MIB}, .count = 1}));
	assert_fails(make_plan(fixture), ERROR_NO_SPACE, "no room for the kernel");
	use_image(fixture, &(struct make_bzimage){.alignment = 0x1000000});
	assert_ok(make_plan(fixture));
	assert_true(find(&fixture->plan, SEGMENT_KERNEL)->address >= 900 * MIB);
}

static void five_level_page_tables_do_not_matter_to_a_32_bit_kernel(void **state)
{
	struct fixture *fixture = *state;

	fixture->machine.cpu_la57 = true;
	assert_ok(make_plan(fixture));
	assert_int_equal(params_of(&fixture->plan).page_tables, 0);
}

static void kexec_file_load_cannot_take_a_32_bit_kernel(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.method = METHOD_FILE_LOAD;
	assert_fails(make_plan(fixture), ERROR_USAGE, "a 32-bit kernel needs kexec_load");
	fixture->request.method = METHOD_AUTO;
	fixture->machine.lockdown = LOCKDOWN_INTEGRITY;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "for a 32-bit kernel, but");
}

static void direct_entry_into_what_was_not_unpacked_is_refused(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.entry_choice = ENTRY_DIRECT;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "payload was not unpacked");
}

static void an_old_kernel_gets_no_record_and_the_plan_says_so(void **state)
{
	static const uint8_t payload[8] = {1, 2, 3, 4, 0x00, 0x00, 0x02, 0x00};
	struct fixture *fixture = *state;

	use_image(fixture, &(struct make_bzimage){.protocol = 0x0206, .fixed = true});
	assert_ok(make_plan(fixture));
	assert_int_equal(find(&fixture->plan, SEGMENT_KERNEL)->address, MIB);
	assert_int_equal(fixture->plan.kernel_entry, MIB);
	assert_int_equal(params_of(&fixture->plan).record, 0);
	assert_true(has_reason(&fixture->plan, "entry mode", "boot protocol 2.06"));
	assert_true(has_reason(&fixture->plan, "warning", "2.06 has no setup_data"));
	/* One that can be moved goes to the lowest multiple of its alignment. */
	use_image(fixture, &(struct make_bzimage){.protocol = 0x0209,
				   .alignment = 0x400000,
				   .payload = bytes_of(payload, sizeof(payload))});
	assert_ok(make_plan(fixture));
	assert_int_equal(find(&fixture->plan, SEGMENT_KERNEL)->address, 4 * MIB);
	assert_true(params_of(&fixture->plan).record > 0);
}

/* From here on: a 32-bit kernel runs and hands over. */

static void run_32bit(struct fixture *fixture)
{
	free(fixture->machine.architecture);
	fixture->machine.architecture = strdup("i686");
	fixture->machine.kexec.has_file_load = TRISTATE_NO;
}

static void a_32_bit_kernel_hands_over_within_the_first_4_gib(void **state)
{
	struct fixture *fixture = *state;

	run_32bit(fixture);
	assert_ok(blob_resize(&fixture->initrd.bytes, 1100 * MIB));
	assert_fails(make_plan(fixture), ERROR_NO_SPACE, "no room for the initrd");
	fixture->machine.cpu_long_mode = true;
	use_image(fixture, &(struct make_bzimage){0});
	assert_fails(make_plan(fixture), ERROR_NO_SPACE, "between 0x100000 and 0x100000000");
	free(fixture->machine.architecture);
	fixture->machine.architecture = strdup("x86_64");
	assert_ok(make_plan(fixture));
	assert_true(find(&fixture->plan, SEGMENT_INITRD)->address >= 4 * GIB);
	/* What loads it may be a 32-bit program. */
	fixture->request.loader_32bit = true;
	assert_fails(make_plan(fixture), ERROR_NO_SPACE, "and 0x100000000");
}

/* Purgatory's first instruction is a jump; what follows differs in the two word sizes. */
static bool purgatories_differ(const struct plan *a, const struct plan *b)
{
	return a->purgatory.size != b->purgatory.size ||
	       memcmp(a->purgatory.data, b->purgatory.data, 64) != 0;
}

static void a_32_bit_kernel_leaves_to_a_purgatory_of_its_own(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_plan_ struct plan other = {0};

	fixture->machine.cpu_long_mode = true;
	assert_ok(make_plan(fixture));
	other = fixture->plan;
	fixture->plan = (struct plan){0};
	run_32bit(fixture);
	assert_ok(make_plan(fixture));
	assert_true(purgatories_differ(&fixture->plan, &other));
	/* An ELF's stub goes to long mode first. */
	fixture->request.method = METHOD_ELF;
	assert_ok(make_plan(fixture));
	assert_false(purgatories_differ(&fixture->plan, &other));
	fixture->machine.cpu_long_mode = false;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "a plan as an ELF");
}

static void a_64_bit_kernel_needs_a_cpu_that_has_the_mode(void **state)
{
	struct fixture *fixture = *state;

	run_32bit(fixture);
	assert_ok(make_plan(fixture));
	use_image(fixture, &(struct make_bzimage){0});
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "no 64-bit mode");
	fixture->request.entry_32bit = true;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "choose a 32-bit kernel");
	fixture->machine.cpu_long_mode = true;
	assert_ok(make_plan(fixture));
	assert_int_equal(params_of(&fixture->plan).entry_mode, PURGATORY_ENTRY_32);
	fixture->request.entry_32bit = false;
	assert_ok(make_plan(fixture));
	assert_int_equal(params_of(&fixture->plan).entry_mode, PURGATORY_ENTRY_64);
	assert_int_equal(fixture->plan.kernel_entry, 0x1000200);
	assert_true(has_reason(&fixture->plan, "entry mode", "64-bit: purgatory switches"));
	/* A flag of the CPU only: a 32-bit kernel has no 5-level page tables. */
	fixture->machine.cpu_la57 = true;
	assert_ok(make_plan(fixture));
}

static void a_mailbox_out_of_reach_is_left_out_with_the_reason(void **state)
{
	struct fixture *fixture = *state;

	run_32bit(fixture);
	fixture->request.mailbox = 5 * GIB;
	assert_ok(make_plan(fixture));
	assert_int_equal(fixture->plan.mailbox, 0);
	assert_true(has_reason(&fixture->plan, "ledger", "not below 4 GiB"));
	/* A 64-bit purgatory reads it, though a 32-bit program puts nothing there. */
	free(fixture->machine.architecture);
	fixture->machine.architecture = strdup("x86_64");
	fixture->request.loader_32bit = true;
	assert_ok(make_plan(fixture));
	assert_int_equal(fixture->plan.mailbox, 5 * GIB);
	fixture->request.mailbox = 9 * GIB;
	assert_ok(make_plan(fixture));
	assert_int_equal(fixture->plan.mailbox, 0);
	assert_true(has_reason(&fixture->plan, "ledger", "is not free RAM"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_32_bit_kernel_gets_its_own_entry_and_the_plan_says_why),
		TEST(everything_lies_where_a_32_bit_kernel_maps_memory),
		TEST(an_initrd_too_large_for_lowmem_goes_up_to_the_kernels_limit),
		TEST(a_32_bit_kernel_never_goes_above_896_mib),
		TEST(five_level_page_tables_do_not_matter_to_a_32_bit_kernel),
		TEST(kexec_file_load_cannot_take_a_32_bit_kernel),
		TEST(direct_entry_into_what_was_not_unpacked_is_refused),
		TEST(an_old_kernel_gets_no_record_and_the_plan_says_so),
		TEST(a_32_bit_kernel_hands_over_within_the_first_4_gib),
		TEST(a_32_bit_kernel_leaves_to_a_purgatory_of_its_own),
		TEST(a_64_bit_kernel_needs_a_cpu_that_has_the_mode),
		TEST(a_mailbox_out_of_reach_is_left_out_with_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
