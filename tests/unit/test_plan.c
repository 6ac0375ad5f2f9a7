/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan as a pure function: where things go, by which method, and every reason to refuse. */
#include "make_image.h"
#include "make_machine.h"
#include "make_plan.h"

#include "arch/x86/boot_params.h"
#include "image/identify.h"
#include "image/initrd.h"
#include "plan/plan.h"
#include "wire/digest.h"
#include "wire/handoff.h"
#include "wire/purgatory_params.h"

#include <fcntl.h>

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static void use_image(struct fixture *fixture, struct blob file)
{
	image_deinit(&fixture->image);
	assert_ok(image_identify("kernel", &file, NULL, &fixture->image));
	/* As if it had been read from a file: of which a plan looks at nothing but this. */
	fixture->image.file = (struct held_file){.held = true,
		.regular = true,
		.fd = open("/dev/null", O_RDONLY),
		.size = fixture->image.bytes.size};
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->machine = make_machine();
	use_image(fixture, make_bzimage(&(struct make_bzimage){0}));
	assert_ok(blob_resize(&fixture->initrd.bytes, 5 * MIB + 3));
	memset(fixture->initrd.bytes.data, 0x5a, fixture->initrd.bytes.size);
	fixture->request.command_line = "quiet";
	*state = fixture;
	return 0;
}

static void a_plain_request_puts_everything_where_it_belongs(void **state)
{
	struct fixture *fixture = *state;
	const struct plan *plan = &fixture->plan;
	const struct segment *kernel, *initrd, *boot_data;

	assert_ok(make_plan(fixture));
	assert_int_equal(plan->method, METHOD_KEXEC_LOAD);
	assert_int_equal(plan->segments.count, 4);
	kernel = find(plan, SEGMENT_KERNEL);
	assert_int_equal(kernel->address, 0x1000000);
	assert_int_equal(kernel->memory_size, 0x10000);
	assert_int_equal(plan->kernel_entry, 0x1000200);
	initrd = find(plan, SEGMENT_INITRD);
	assert_int_equal(initrd->address + initrd->memory_size, 0x3ffdf000);
	boot_data = find(plan, SEGMENT_BOOT_DATA);
	assert_int_equal(boot_data->address, MIB);
	assert_int_equal(load_le32(boot_data->source.data + SETUP_RAMDISK_IMAGE), initrd->address);
	assert_int_equal(load_le32(boot_data->source.data + SETUP_RAMDISK_SIZE), 5 * MIB + 3);
	assert_int_equal(plan->entry, find(plan, SEGMENT_PURGATORY)->address);
}

static void purgatory_knows_every_segment_and_its_digest(void **state)
{
	struct fixture *fixture = *state;
	struct purgatory_params params;

	assert_ok(make_plan(fixture));
	params = params_of(&fixture->plan);
	assert_int_equal(params.verify, 1);
	assert_int_equal(params.region_count, 4);
	for (unsigned int i = 0; i < 3; i++) {
		const struct segment *segment = &fixture->plan.segments.list[i];

		assert_int_equal(params.regions[i].address, segment->address);
		assert_int_equal(params.regions[i].size, segment->source.size);
		assert_true(digest_equal(params.regions[i].digest,
			digest_of(params.algorithm, segment->source.data, segment->source.size)));
		assert_string_equal(params.regions[i].name, segment->name);
	}
	assert_string_equal(params.regions[3].name, "purgatory");
	assert_int_equal(params.entry, fixture->plan.kernel_entry);
	assert_int_equal(params.boot_params, fixture->plan.boot_params);
	assert_int_equal(params.record, fixture->plan.record);
}

static void the_same_inputs_give_the_same_plan(void **state)
{
	struct fixture *fixture = *state;
	struct plan first;

	assert_ok(make_plan(fixture));
	first = fixture->plan;
	fixture->plan = (struct plan){0};
	assert_ok(make_plan(fixture));
	for (unsigned int i = 0; i < first.segments.count; i++) {
		assert_int_equal(
			first.segments.list[i].address, fixture->plan.segments.list[i].address);
		assert_memory_equal(first.segments.list[i].source.data,
			fixture->plan.segments.list[i].source.data,
			first.segments.list[i].source.size);
	}
	plan_deinit(&first);
}

static void the_acpi_reset_register_reaches_purgatory(void **state)
{
	struct fixture *fixture = *state;
	struct purgatory_params params;

	fixture->machine.reset =
		(struct reset_facts){.present = true, .space = 1, .value = 6, .address = 0xcf9};
	assert_ok(make_plan(fixture));
	params = params_of(&fixture->plan);
	assert_int_equal(params.reset_space, PURGATORY_RESET_IO);
	assert_int_equal(params.reset_address, 0xcf9);
	assert_int_equal(params.reset_value, 6);
}

static void a_chained_handoff_counts_on(void **state)
{
	struct fixture *fixture = *state;
	struct handoff_record record = {
		.magic = HANDOFF_RECORD_MAGIC,
		.version = HANDOFF_RECORD_VERSION,
		.size = sizeof(record),
		.chain = 19,
	};
	const struct plan *plan = &fixture->plan;

	fixture->machine.setup_data = calloc(1, sizeof(*fixture->machine.setup_data));
	fixture->machine.setup_data_count = 1;
	fixture->machine.setup_data[0].type = SETUP_DATA_BATON;
	assert_ok(
		blob_copy(bytes_of(&record, sizeof(record)), &fixture->machine.setup_data[0].data));
	assert_ok(make_plan(fixture));
	memcpy(&record, plan->boot_data.data + (plan->record - plan->boot_params), sizeof(record));
	assert_int_equal(record.magic, HANDOFF_RECORD_MAGIC);
	assert_int_equal(record.chain, 20);
	assert_string_equal(record.from_release, "6.1.0-old");
	assert_string_equal(record.to_version, MAKE_VERSION);
}

static struct handoff_record record_of(const struct plan *plan)
{
	struct handoff_record record;

	memcpy(&record, plan->boot_data.data + (plan->record - plan->boot_params), sizeof(record));
	return record;
}

static void after_a_kexec_without_a_record_nobody_knows_the_chain(void **state)
{
	struct fixture *fixture = *state;

	assert_ok(make_plan(fixture));
	assert_int_equal(record_of(&fixture->plan).chain, 1);
	assert_int_equal(record_of(&fixture->plan).entry, HANDOFF_ENTRY_STUB);
	assert_int_equal(record_of(&fixture->plan).mailbox, HANDOFF_MAILBOX_NONE);
	fixture->machine.has_boot_params = false;
	fixture->machine.bootloader_type = 0xd0;
	assert_ok(make_plan(fixture));
	assert_int_equal(record_of(&fixture->plan).chain, 0);
}

static void nothing_is_put_onto_the_mailboxs_page(void **state)
{
	struct fixture *fixture = *state;
	uint64_t initrd;

	assert_ok(make_plan(fixture));
	assert_int_equal(params_of(&fixture->plan).mailbox, 0);
	initrd = find(&fixture->plan, SEGMENT_INITRD)->address;
	fixture->request.mailbox = initrd + 0x1000;
	fixture->request.mailbox_nonce = 0x1234567890;
	assert_ok(make_plan(fixture));
	assert_int_equal(params_of(&fixture->plan).mailbox, initrd + 0x1000);
	assert_int_equal(params_of(&fixture->plan).mailbox_nonce, 0x1234567890);
	assert_int_equal(fixture->plan.mailbox, initrd + 0x1000);
	assert_true(find(&fixture->plan, SEGMENT_INITRD)->address +
			    find(&fixture->plan, SEGMENT_INITRD)->memory_size <=
		    initrd + 0x1000);
}

static void a_mailbox_that_is_not_in_free_ram_is_left_out_with_the_reason(void **state)
{
	static const uint64_t bad[] = {
		0xa0000, UINT64_C(1) << 50, 0x2000001, UINT64_MAX & ~0xfffULL};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct note *last;

		fixture->request.mailbox = bad[i];
		assert_ok(make_plan(fixture));
		assert_int_equal(fixture->plan.mailbox, 0);
		assert_int_equal(params_of(&fixture->plan).mailbox, 0);
		last = &fixture->plan.notes.list[fixture->plan.notes.count - 1];
		for (unsigned int j = 0; j < fixture->plan.notes.count; j++)
			if (fixture->plan.notes.list[j].topic == NOTE_LEDGER)
				last = &fixture->plan.notes.list[j];
		assert_int_equal(last->topic, NOTE_LEDGER);
	}
}

static void a_kernel_that_is_not_relocatable_goes_before_the_mailbox(void **state)
{
	struct fixture *fixture = *state;

	use_image(fixture, make_bzimage(&(struct make_bzimage){.fixed = true}));
	assert_ok(make_plan(fixture));
	fixture->request.mailbox = find(&fixture->plan, SEGMENT_KERNEL)->address;
	assert_ok(make_plan(fixture));
	assert_int_equal(fixture->plan.mailbox, 0);
}

static void a_kernel_that_does_not_fit_above_its_preferred_address_is_refused(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.memory_max = 0x1000000;
	fixture->initrd.bytes.size = MIB;
	assert_fails(make_plan(fixture), ERROR_NO_SPACE, "at 0x1000000 or above");
}

static void a_kernel_that_is_not_relocatable_takes_its_place_or_says_so(void **state)
{
	struct fixture *fixture = *state;
	uint64_t fixed;

	use_image(fixture, make_bzimage(&(struct make_bzimage){.fixed = true}));
	fixed = fixture->image.parts[0].link_address;
	assert_ok(make_plan(fixture));
	assert_int_equal(find(&fixture->plan, SEGMENT_KERNEL)->address, fixed);
	fixture->request.memory_min = fixed + 4096;
	assert_fails(make_plan(fixture), ERROR_NO_SPACE, "not relocatable");
}

static void an_elf_kernel_goes_where_it_was_linked_or_moves_as_a_whole(void **state)
{
	struct fixture *fixture = *state;
	const struct plan *plan = &fixture->plan;

	use_image(fixture, make_vmlinux());
	assert_ok(make_plan(fixture));
	assert_int_equal(find(plan, SEGMENT_KERNEL)->address, 0x1000000);
	assert_int_equal(plan->kernel_entry, 0x1000000);
	assert_true(has_reason(plan, "method", "ELF kernel"));
	fixture->request.memory_min = 0x1100000;
	assert_ok(make_plan(fixture));
	assert_int_equal(find(plan, SEGMENT_KERNEL)->address, 0x1200000);
	assert_int_equal(plan->kernel_entry, 0x1200000);
}

static void an_elf_whose_parts_share_pages_is_flattened(void **state)
{
	static const struct make_segment segments[] = {
		{0x1000000, 0xffffffff81000000, 0x1234, 0x1234},
		{0x1001800, 0xffffffff81001800, 0x800, 0x3000},
	};
	struct fixture *fixture = *state;
	const struct segment *kernel;

	use_image(fixture, make_elf(segments, 2, 0x1000000));
	assert_ok(make_plan(fixture));
	kernel = find(&fixture->plan, SEGMENT_KERNEL);
	assert_int_equal(kernel->source.size, 0x2000);
	assert_int_equal(kernel->memory_size, 0x5000);
	assert_int_equal(kernel->source.data[0x1233], make_pattern(0x1233));
	assert_int_equal(kernel->source.data[0x1234], 0);
	assert_int_equal(kernel->source.data[0x1800], make_pattern(0x1234));
}

static void an_initrd_with_no_room_below_4_gib_goes_above(void **state)
{
	struct fixture *fixture = *state;
	const struct plan *plan = &fixture->plan;

	make_machine_range(&fixture->machine, 4 * GIB, 8 * GIB, MEMORY_RAM);
	fixture->machine.memory_total = 8 * GIB;
	fixture->machine.memory_available = 8 * GIB;
	assert_ok(blob_resize(&fixture->initrd.bytes, 1100 * MIB));
	assert_ok(make_plan(fixture));
	assert_true(find(plan, SEGMENT_INITRD)->address >= 4 * GIB);
	assert_int_equal(load_le32(plan->boot_data.data + BP_EXT_RAMDISK_IMAGE),
		find(plan, SEGMENT_INITRD)->address >> 32);
	assert_true(find(plan, SEGMENT_KERNEL)->address < 4 * GIB);
}

static void the_32_bit_entry_keeps_everything_low(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.entry_32bit = true;
	assert_ok(make_plan(fixture));
	assert_int_equal(fixture->plan.kernel_entry, 0x1000000);
	assert_int_equal(params_of(&fixture->plan).entry_mode, PURGATORY_ENTRY_32);
	for (unsigned int i = 0; i < fixture->plan.segments.count; i++)
		assert_true(fixture->plan.segments.list[i].address < 2 * GIB);
}

static void what_does_not_fit_says_how_much_and_what_there_is(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.memory_max = 3 * MIB;
	assert_fails(make_plan(fixture), ERROR_NO_SPACE, "no room for the initrd");
	fixture->request.memory_max = 0;
	fixture->machine.memory_available = 4 * MIB;
	assert_fails(make_plan(fixture), ERROR_NO_SPACE, "only 4 MiB are available");
	fixture->machine.memory_available = 0;
	fixture->machine.memory_total = 8 * MIB;
	assert_fails(make_plan(fixture), ERROR_NO_SPACE, "more than half");
}

static void a_command_line_too_long_is_refused_not_cut(void **state)
{
	struct fixture *fixture = *state;
	char line[2100];

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	fixture->request.command_line = line;
	assert_fails(make_plan(fixture), ERROR_USAGE, "at most 2047");
	/* Which leaves room for elfcorehdr=, whatever is loaded. */
	fixture->request.method = METHOD_FILE_LOAD;
	assert_fails(make_plan(fixture), ERROR_USAGE, "at most 2016");
}

struct method_case {
	const char *why;
	enum method wanted;
	void (*change)(struct fixture *fixture);
};

static void be_locked_down(struct fixture *fixture)
{
	fixture->machine.lockdown = LOCKDOWN_INTEGRITY;
}

static void be_handing_over(struct fixture *fixture)
{
	fixture->machine.kho_active = TRISTATE_YES;
}

static void be_confidential(struct fixture *fixture)
{
	fixture->machine.confidential_guest = true;
}

static void have_file_load_only(struct fixture *fixture)
{
	fixture->machine.kexec.has_kexec_load = TRISTATE_NO;
}

static void want_a_crash_kernel(struct fixture *fixture)
{
	fixture->request.target = TARGET_CRASH;
}

static void want_no_digests(struct fixture *fixture)
{
	fixture->request.no_verify = true;
}

static void have_secure_boot(struct fixture *fixture)
{
	fixture->machine.efi.secure_boot = TRISTATE_YES;
}

static void have_a_policy_against_kexec_load(struct fixture *fixture)
{
	/* What is there only in memory could not be given to such a kernel. */
	blob_deinit(&fixture->initrd.bytes);
	fixture->machine.kexec.load_refused = true;
}

static void measure(struct fixture *fixture)
{
	fixture->machine.ima =
		(struct ima_facts){.measurements = 2, .tpm = true, .carried = TRISTATE_UNKNOWN};
}

static void have_an_unknown_cpu(struct fixture *fixture)
{
	fixture->machine.cpu_unknown = true;
}

static void auto_chooses_the_method_and_says_why(void **state)
{
	static const struct method_case cases[] = {
		{"locked down", METHOD_FILE_LOAD, be_locked_down},
		{"kexec handover", METHOD_FILE_LOAD, be_handing_over},
		{"confidential", METHOD_FILE_LOAD, be_confidential},
		{"without kexec_load", METHOD_FILE_LOAD, have_file_load_only},
		{"crash kernels", METHOD_FILE_LOAD, want_a_crash_kernel},
		{"secure boot", METHOD_FILE_LOAD, have_secure_boot},
		{"security policy", METHOD_FILE_LOAD, have_a_policy_against_kexec_load},
		{"leaving the digests out", METHOD_KEXEC_LOAD, want_no_digests},
		{"list of measurements", METHOD_FILE_LOAD, measure},
		{"features are not known", METHOD_FILE_LOAD, have_an_unknown_cpu},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *fixture;

		teardown(state);
		setup(state);
		fixture = *state;
		cases[i].change(fixture);
		assert_ok(make_plan(fixture));
		assert_int_equal(fixture->plan.method, cases[i].wanted);
		assert_true(has_reason(&fixture->plan, "method", cases[i].why));
	}
}

static void a_cpu_that_nobody_knows_is_left_to_the_running_kernel(void **state)
{
	struct fixture *fixture = *state;

	have_an_unknown_cpu(fixture);
	fixture->request.method = METHOD_KEXEC_LOAD;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "which page tables");
	fixture->request.method = METHOD_MODULE;
	fixture->machine.module.present = true;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "which page tables");
}

static void measurements_that_are_lost_are_told(void **state)
{
	struct fixture *fixture = *state;

	/* No call would hand them on: then the best one, and a warning. */
	measure(fixture);
	fixture->machine.ima.carried = TRISTATE_NO;
	assert_ok(make_plan(fixture));
	assert_int_equal(fixture->plan.method, METHOD_KEXEC_LOAD);
	assert_true(has_reason(&fixture->plan, "warning", "CONFIG_IMA_KEXEC"));
	fixture->machine.ima.carried = TRISTATE_YES;
	fixture->request.method = METHOD_KEXEC_LOAD;
	assert_ok(make_plan(fixture));
	assert_true(has_reason(&fixture->plan, "warning", "kexec_file_load would hand"));
	fixture->request.method = METHOD_FILE_LOAD;
	assert_ok(make_plan(fixture));
	assert_false(has_reason(&fixture->plan, "warning", "measurements"));
	/* Nobody asks for the list if there is no TPM, nor if it holds the boot alone. */
	fixture->request.method = METHOD_AUTO;
	fixture->machine.ima.tpm = false;
	assert_ok(make_plan(fixture));
	assert_int_equal(fixture->plan.method, METHOD_KEXEC_LOAD);
	fixture->machine.ima.tpm = true;
	fixture->machine.ima.measurements = 1;
	assert_ok(make_plan(fixture));
	assert_int_equal(fixture->plan.method, METHOD_KEXEC_LOAD);
	assert_false(has_reason(&fixture->plan, "warning", "measurements"));
}

static void a_call_for_64_bit_programs_is_told_to_be_one(void **state)
{
	struct fixture *fixture = *state;

	fixture->machine.kexec.has_file_load = TRISTATE_NO;
	fixture->machine.kexec.file_load_is_64bit = true;
	fixture->request.method = METHOD_FILE_LOAD;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "use a 64-bit baton");
	fixture->request.method = METHOD_AUTO;
	fixture->machine.kexec.has_kexec_load = TRISTATE_NO;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "use a 64-bit baton");
	fixture->machine.kexec.file_load_is_64bit = false;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "built without kexec");
}

static void the_file_call_takes_shorter_command_lines(void **state)
{
	struct fixture *fixture = *state;
	char line[2048];

	fixture->image.bzimage.cmdline_size = 2047;
	fixture->request.method = METHOD_FILE_LOAD;
	fixture->request.command_line = line;
	memset(line, 'x', sizeof(line));
	line[2016] = '\0';
	assert_ok(make_plan(fixture));
	line[2016] = 'x';
	line[2017] = '\0';
	assert_fails(make_plan(fixture), ERROR_USAGE, "at most 2016 by kexec_file_load");
	fixture->request.method = METHOD_KEXEC_LOAD;
	assert_ok(make_plan(fixture));
}

static void have_no_kexec(struct fixture *fixture)
{
	fixture->machine.kexec.has_kexec_load = TRISTATE_NO;
	fixture->machine.kexec.has_file_load = TRISTATE_NO;
}

static void the_module_stands_in_where_the_kernel_has_no_kexec(void **state)
{
	struct fixture *fixture = *state;
	char obstacle[] = "Hyper-V";

	/* Unless asked for, only there. */
	fixture->machine.module.present = true;
	assert_ok(make_plan(fixture));
	assert_int_equal(fixture->plan.method, METHOD_KEXEC_LOAD);
	fixture->request.method = METHOD_MODULE;
	assert_ok(make_plan(fixture));
	assert_int_equal(fixture->plan.method, METHOD_MODULE);
	fixture->request.method = METHOD_AUTO;
	have_no_kexec(fixture);
	assert_ok(make_plan(fixture));
	assert_int_equal(fixture->plan.method, METHOD_MODULE);
	assert_true(has_reason(&fixture->plan, "method", "built without kexec"));
	fixture->machine.module.obstacle = obstacle;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "the module cannot help: Hyper-V");
	fixture->request.method = METHOD_MODULE;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "Hyper-V");
	fixture->machine.module.obstacle = NULL;
	fixture->machine.lockdown = LOCKDOWN_INTEGRITY;
	assert_fails(make_plan(fixture), ERROR_NOT_PERMITTED, "locked down");
	fixture->machine.lockdown = LOCKDOWN_NONE;
	fixture->request.target = TARGET_CRASH;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "not after a crash");
	fixture->request.target = TARGET_NORMAL;
	fixture->machine.module.present = false;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "modprobe baton");
}

static void what_only_kexec_load_can_do_the_module_can(void **state)
{
	struct fixture *fixture = *state;

	fixture->machine.kexec.has_kexec_load = TRISTATE_NO;
	fixture->machine.module.present = true;
	assert_ok(make_plan(fixture));
	assert_int_equal(fixture->plan.method, METHOD_FILE_LOAD);
	fixture->request.no_verify = true;
	assert_ok(make_plan(fixture));
	assert_int_equal(fixture->plan.method, METHOD_MODULE);
}

static void contradictions_are_named(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.method = METHOD_FILE_LOAD;
	fixture->request.no_efi = true;
	assert_fails(make_plan(fixture), ERROR_USAGE, "hiding the EFI needs kexec_load");
	fixture->request.method = METHOD_AUTO;
	fixture->machine.lockdown = LOCKDOWN_INTEGRITY;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "hiding the EFI, but");
	fixture->request.no_efi = false;
	fixture->request.method = METHOD_KEXEC_LOAD;
	assert_fails(make_plan(fixture), ERROR_NOT_PERMITTED, "locked down");
	fixture->machine.kexec.has_kexec_load = TRISTATE_NO;
	fixture->machine.kexec.has_file_load = TRISTATE_NO;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "without kexec");
}

static void a_machine_of_another_architecture_is_refused(void **state)
{
	struct fixture *fixture = *state;

	free(fixture->machine.architecture);
	fixture->machine.architecture = strdup("aarch64");
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "aarch64");
}

static void a_kernel_that_must_lie_at_1_mib_goes_before_our_own_pieces(void **state)
{
	static const struct make_segment segments[] = {
		{0x100000, 0xffffffff80100000, 0x3000, 0x3000},
	};
	struct fixture *fixture = *state;

	use_image(fixture, make_elf(segments, 1, 0x100000));
	assert_ok(make_plan(fixture));
	assert_int_equal(find(&fixture->plan, SEGMENT_KERNEL)->address, MIB);
}

static void nothing_is_put_where_memmap_takes_memory_away(void **state)
{
	static const char *const lines[] = {"memmap=0x20000000$0x1000000", "memmap=512M!16M",
		"quiet memmap=1M@0,512M#16M ro", "memmap=512M%16M-1+2", "ro \"memmap=512M$16M\"",
		"memmap=\"512M$16M\" -- \"--\""};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		fixture->request.command_line = lines[i];
		assert_ok(make_plan(fixture));
		for (unsigned int s = 0; s < fixture->plan.segments.count; s++) {
			const struct segment *segment = &fixture->plan.segments.list[s];

			assert_true(segment->address + segment->memory_size <= 0x1000000 ||
				    segment->address >= 0x21000000);
		}
	}
}

static void a_paravirtual_xen_domain_is_refused(void **state)
{
	struct fixture *fixture = *state;

	fixture->machine.xen_paravirtual = true;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "Xen");
}

static void the_file_call_gets_no_cma_where_it_is_known(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.method = METHOD_FILE_LOAD;
	fixture->machine.kexec.file_flags = 0x18;
	assert_ok(make_plan(fixture));
	assert_int_equal(fixture->plan.file_flags, 0x10);
}

static void without_a_memory_map_there_is_no_plan(void **state)
{
	struct fixture *fixture = *state;

	memory_map_deinit(&fixture->machine.memory);
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "no memory map is known");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_plain_request_puts_everything_where_it_belongs),
		TEST(purgatory_knows_every_segment_and_its_digest),
		TEST(the_same_inputs_give_the_same_plan),
		TEST(the_acpi_reset_register_reaches_purgatory),
		TEST(a_chained_handoff_counts_on),
		TEST(after_a_kexec_without_a_record_nobody_knows_the_chain),
		TEST(nothing_is_put_onto_the_mailboxs_page),
		TEST(a_mailbox_that_is_not_in_free_ram_is_left_out_with_the_reason),
		TEST(a_kernel_that_is_not_relocatable_goes_before_the_mailbox),
		TEST(a_kernel_that_does_not_fit_above_its_preferred_address_is_refused),
		TEST(a_kernel_that_is_not_relocatable_takes_its_place_or_says_so),
		TEST(an_elf_kernel_goes_where_it_was_linked_or_moves_as_a_whole),
		TEST(an_elf_whose_parts_share_pages_is_flattened),
		TEST(an_initrd_with_no_room_below_4_gib_goes_above),
		TEST(the_32_bit_entry_keeps_everything_low),
		TEST(what_does_not_fit_says_how_much_and_what_there_is),
		TEST(a_command_line_too_long_is_refused_not_cut),
		TEST(auto_chooses_the_method_and_says_why),
		TEST(a_cpu_that_nobody_knows_is_left_to_the_running_kernel),
		TEST(the_module_stands_in_where_the_kernel_has_no_kexec),
		TEST(what_only_kexec_load_can_do_the_module_can),
		TEST(measurements_that_are_lost_are_told),
		TEST(a_call_for_64_bit_programs_is_told_to_be_one),
		TEST(the_file_call_takes_shorter_command_lines),
		TEST(contradictions_are_named),
		TEST(a_machine_of_another_architecture_is_refused),
		TEST(a_kernel_that_must_lie_at_1_mib_goes_before_our_own_pieces),
		TEST(nothing_is_put_where_memmap_takes_memory_away),
		TEST(a_paravirtual_xen_domain_is_refused),
		TEST(the_file_call_gets_no_cma_where_it_is_known),
		TEST(without_a_memory_map_there_is_no_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
