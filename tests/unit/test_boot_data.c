/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a kernel will read at its start, checked field by field against boot.rst and zero-page.rst.
 */
#include "make_image.h"
#include "make_machine.h"

#include "arch/x86/boot_data_build.h"
#include "arch/x86/boot_params.h"
#include "arch/x86/setup_data.h"
#include "image/identify.h"

enum { BASE = 0x100000 };

struct fixture {
	struct machine machine;
	struct image image;
	struct handoff_record record;
	struct boot_data_options options;
	struct boot_data data;
};

static const uint8_t seed[RNG_SEED_SIZE] = {1, 2, 3};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct blob file = make_bzimage(&(struct make_bzimage){0});

	fixture->machine = make_machine();
	assert_ok(image_identify("kernel", &file, NULL, &fixture->image));
	fixture->record.magic = HANDOFF_RECORD_MAGIC;
	fixture->options = (struct boot_data_options){
		.machine = &fixture->machine,
		.image = &fixture->image,
		.command_line = "root=/dev/vda1 quiet",
		.rng_seed = seed,
		.record = bytes_of(&fixture->record, sizeof(fixture->record)),
	};
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	boot_data_deinit(&fixture->data);
	image_deinit(&fixture->image);
	machine_deinit(&fixture->machine);
	free(fixture);
	return 0;
}

static const uint8_t *build(struct fixture *fixture)
{
	const struct boot_data_addresses addresses = {
		.boot_data = BASE,
		.kernel = 0x1000000,
		.initrd = UINT64_C(0x123456000),
		.initrd_size = UINT64_C(0x100000123),
	};

	boot_data_deinit(&fixture->data);
	assert_ok(boot_data_build(&fixture->options, &fixture->data));
	boot_data_place(&fixture->data, &addresses);
	return fixture->data.bytes.data;
}

/* The contents of the node of @type by walking the chain as a kernel does; empty if absent. */
static struct bytes find_node(const struct fixture *fixture, uint32_t type)
{
	const uint8_t *bytes = fixture->data.bytes.data;
	uint64_t address = load_le64(bytes + SETUP_SETUP_DATA);

	for (int steps = 0; address; steps++) {
		const uint8_t *node = bytes + (address - BASE);

		assert_true(steps < BOOT_DATA_NODES_MAX);
		assert_true(address >= BASE && address - BASE < fixture->data.bytes.size);
		assert_int_equal(address % 16, 0);
		if (load_le32(node + 8) == type)
			return bytes_of(node + SETUP_DATA_HEADER_SIZE, load_le32(node + 12));
		address = load_le64(node);
	}
	return bytes_of(NULL, 0);
}

static void the_setup_header_is_the_images_with_the_loaders_fields(void **state)
{
	struct fixture *fixture = *state;
	const uint8_t *bp = build(fixture);

	assert_int_equal(load_le16(bp + SETUP_BOOT_FLAG), 0xaa55);
	assert_memory_equal(bp + SETUP_HEADER, "HdrS", 4);
	assert_int_equal(bp[SETUP_TYPE_OF_LOADER], 0xd0);
	assert_int_equal(bp[SETUP_LOADFLAGS] & LOADED_HIGH, LOADED_HIGH);
	assert_int_equal(bp[SETUP_LOADFLAGS] & KASLR_FLAG, 0);
	assert_int_equal(bp[BP_SENTINEL], 0);
	assert_int_equal(load_le32(bp + SETUP_CODE32_START), 0x1000000);
	assert_int_equal(load_le64(bp + BP_ACPI_RSDP_ADDR), 0xf59e0);
	assert_int_equal(load_le32(bp + SETUP_INIT_SIZE), 0x10000);
}

static void addresses_above_4_gib_go_through_the_ext_fields(void **state)
{
	const uint8_t *bp = build(*state);

	assert_int_equal(load_le32(bp + SETUP_RAMDISK_IMAGE), 0x23456000);
	assert_int_equal(load_le32(bp + BP_EXT_RAMDISK_IMAGE), 1);
	assert_int_equal(load_le32(bp + SETUP_RAMDISK_SIZE), 0x123);
	assert_int_equal(load_le32(bp + BP_EXT_RAMDISK_SIZE), 1);
}

static void the_command_line_ends_in_nul_where_the_pointer_says(void **state)
{
	const uint8_t *bp = build(*state);

	assert_int_equal(load_le32(bp + BP_EXT_CMD_LINE_PTR), 0);
	assert_string_equal((const char *)bp + (load_le32(bp + SETUP_CMD_LINE_PTR) - BASE),
		"root=/dev/vda1 quiet");
}

static void a_command_line_of_the_longest_size_passes_and_one_more_does_not(void **state)
{
	struct fixture *fixture = *state;
	char line[2049];

	memset(line, 'x', sizeof(line));
	line[2047] = '\0';
	fixture->options.command_line = line;
	build(fixture);
	boot_data_deinit(&fixture->data);
	line[2047] = 'x';
	line[2048] = '\0';
	assert_fails(boot_data_build(&fixture->options, &fixture->data), ERROR_USAGE,
		"2048 bytes, but this kernel takes at most 2047");
}

static void the_memory_map_goes_unchanged(void **state)
{
	struct fixture *fixture = *state;
	const uint8_t *bp = build(fixture);

	assert_int_equal(bp[BP_E820_ENTRIES], fixture->machine.memory.count);
	for (size_t i = 0; i < fixture->machine.memory.count; i++) {
		const struct memory_range *range = &fixture->machine.memory.ranges[i];
		const uint8_t *entry = bp + BP_E820_TABLE + i * E820_ENTRY_SIZE;

		assert_int_equal(load_le64(entry), range->start);
		assert_int_equal(load_le64(entry + 8), range->end - range->start);
		assert_int_equal(load_le32(entry + 16), range->type);
	}
	assert_int_equal(load_le16(bp + BP_EXT_MEM_K), 0xfc00);
	assert_int_equal(load_le32(bp + BP_ALT_MEM_K), (0x3ffdf000 - 0x100000) >> 10);
	assert_null(find_node(fixture, SETUP_DATA_E820_EXT).data);
}

static void entries_past_the_128th_go_into_the_extension(void **state)
{
	struct fixture *fixture = *state;
	struct bytes extension;

	for (uint64_t i = 0; i < 200; i++)
		make_machine_range(&fixture->machine, 0x100000000 + i * 0x2000,
			0x100001000 + i * 0x2000, i % 2 ? MEMORY_RAM : MEMORY_RESERVED);
	build(fixture);
	extension = find_node(fixture, SETUP_DATA_E820_EXT);
	assert_int_equal(fixture->data.bytes.data[BP_E820_ENTRIES], 128);
	assert_int_equal(extension.size, 77 * E820_ENTRY_SIZE);
	assert_int_equal(load_le64(extension.data), 0x100000000 + 123 * 0x2000);
	assert_false(fixture->data.e820_merged);
}

static void more_ranges_than_a_kernel_holds_are_merged_where_they_touch(void **state)
{
	struct fixture *fixture = *state;

	for (uint64_t i = 0; i < 4000; i++)
		make_machine_range(&fixture->machine, 0x100000000 + i * 0x1000,
			0x100001000 + i * 0x1000, MEMORY_RAM);
	build(fixture);
	assert_true(fixture->data.e820_merged);
	assert_int_equal(fixture->data.bytes.data[BP_E820_ENTRIES], 6);
	assert_null(find_node(fixture, SETUP_DATA_E820_EXT).data);
}

static void seed_record_and_device_tree_are_in_the_chain(void **state)
{
	struct fixture *fixture = *state;
	struct bytes node;

	fixture->options.device_tree = bytes_of("dtb!", 4);
	build(fixture);
	node = find_node(fixture, SETUP_DATA_RNG_SEED);
	assert_int_equal(node.size, RNG_SEED_SIZE);
	assert_memory_equal(node.data, seed, RNG_SEED_SIZE);
	node = find_node(fixture, SETUP_DATA_BATON);
	assert_int_equal(node.size, sizeof(struct handoff_record));
	assert_ptr_equal(node.data, fixture->data.bytes.data + fixture->data.record);
	node = find_node(fixture, SETUP_DATA_DTB);
	assert_int_equal(node.size, 4);
}

static void add_running_node(struct machine *machine, uint32_t type, const char *contents)
{
	struct setup_data_node *node;

	machine->setup_data = reallocarray(
		machine->setup_data, machine->setup_data_count + 1, sizeof(*machine->setup_data));
	node = &machine->setup_data[machine->setup_data_count++];
	*node = (struct setup_data_node){.type = type};
	assert_ok(blob_copy(bytes_of(contents, strlen(contents)), &node->data));
}

static void the_running_kernels_nodes_are_kept_if_they_stay_true(void **state)
{
	static const struct {
		uint32_t type;
		bool kept;
	} cases[] = {
		{SETUP_DATA_PCI, true},
		{SETUP_DATA_APPLE_PROPERTIES, true},
		{SETUP_DATA_CC_BLOB, true},
		{0x12345678, true},
		{SETUP_DATA_IMA, false},
		{SETUP_DATA_KEXEC_KHO, false},
		{SETUP_DATA_EFI, false},
		{SETUP_DATA_E820_EXT, false},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		add_running_node(&fixture->machine, cases[i].type, "old contents");
	build(fixture);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes node = find_node(fixture, cases[i].type);

		assert_int_equal(node.data != NULL, cases[i].kept);
		if (cases[i].kept)
			assert_memory_equal(node.data, "old contents", 12);
	}
	assert_int_equal(fixture->data.kept_nodes, 4);
}

static void efi_goes_with_its_runtime_map(void **state)
{
	struct fixture *fixture = *state;
	struct efi_facts *efi = &fixture->machine.efi;
	const uint8_t *bp, *map;
	struct bytes node;

	*efi = (struct efi_facts){
		.present = true,
		.platform_size = 64,
		.system_table = UINT64_C(0x17f9ec018),
		.config_table = 0x3f9eb000,
		.vendor = 0x3f9e0000,
		.smbios = 0x3f8f0000,
		.runtime_map = calloc(2, sizeof(*efi->runtime_map)),
		.runtime_map_count = 2,
	};
	efi->runtime_map[1] = (struct efi_range){.type = 6,
		.physical_start = 0x3f5ec000,
		.virtual_start = 0xfffffffeff5ec000,
		.page_count = 0x100,
		.attribute = 0x800000000000000f};
	fixture->options.pass_efi = true;
	bp = build(fixture);
	assert_memory_equal(bp + BP_EFI_INFO, "EL64", 4);
	assert_int_equal(load_le32(bp + BP_EFI_SYSTAB), 0x7f9ec018);
	assert_int_equal(load_le32(bp + BP_EFI_SYSTAB_HI), 1);
	assert_int_equal(load_le32(bp + BP_EFI_MEMDESC_SIZE), 48);
	assert_int_equal(load_le32(bp + BP_EFI_MEMMAP_SIZE), 96);
	map = bp + (load_le32(bp + BP_EFI_MEMMAP) - BASE) + 48;
	assert_int_equal(load_le32(map), 6);
	assert_int_equal(load_le64(map + 16), 0xfffffffeff5ec000);
	node = find_node(fixture, SETUP_DATA_EFI);
	assert_int_equal(node.size, 96);
	assert_int_equal(load_le64(node.data + 16), 0x3f9eb000);
}

static void efi_that_cannot_be_handed_on_says_why(void **state)
{
	struct fixture *fixture = *state;
	struct efi_facts *efi = &fixture->machine.efi;
	const char *reason;

	assert_false(boot_data_efi_possible(&fixture->machine, &fixture->image, &reason));
	*efi = (struct efi_facts){.present = true, .platform_size = 32};
	assert_false(boot_data_efi_possible(&fixture->machine, &fixture->image, &reason));
	assert_non_null(strstr(reason, "32-bit EFI"));
	*efi = (struct efi_facts){.present = true, .system_table = 1, .config_table = 1};
	assert_false(boot_data_efi_possible(&fixture->machine, &fixture->image, &reason));
	assert_non_null(strstr(reason, "runtime map"));
	fixture->image.machine = IMAGE_MACHINE_386;
	assert_false(boot_data_efi_possible(&fixture->machine, &fixture->image, &reason));
	assert_non_null(strstr(reason, "a 32-bit kernel cannot call 64-bit EFI"));
}

static void use_protocol(struct fixture *fixture, uint16_t protocol)
{
	struct blob file = make_bzimage(&(struct make_bzimage){.protocol = protocol});

	image_deinit(&fixture->image);
	assert_ok(image_identify("kernel", &file, NULL, &fixture->image));
}

static void before_2_09_there_is_no_setup_data(void **state)
{
	struct fixture *fixture = *state;
	const uint8_t *bp;

	use_protocol(fixture, 0x0208);
	bp = build(fixture);
	assert_int_equal(fixture->data.node_count, 0);
	assert_int_equal(fixture->data.record, 0);
	/* Not even the field: the old kernel has code or nothing there. */
	assert_int_equal(load_le64(bp + SETUP_SETUP_DATA), 0);
	assert_int_equal(bp[SETUP_TYPE_OF_LOADER], 0xd0);
	use_protocol(fixture, 0x0209);
	build(fixture);
	assert_true(fixture->data.record > 0);
}

static void before_2_09_a_long_memory_map_is_merged_and_then_cut(void **state)
{
	struct fixture *fixture = *state;

	use_protocol(fixture, 0x0206);
	memory_map_deinit(&fixture->machine.memory);
	for (uint64_t i = 0; i < 300; i++)
		make_machine_range(&fixture->machine, i << 20, (i + 1) << 20,
			i < 200 || i % 2 ? MEMORY_RAM : MEMORY_RESERVED);
	assert_int_equal(build(fixture)[BP_E820_ENTRIES], 101);
	assert_true(fixture->data.e820_merged);
	assert_int_equal(fixture->data.e820_left_out, 0);
	for (uint64_t i = 300; i < 400; i++)
		make_machine_range(&fixture->machine, i << 20, (i + 1) << 20,
			i % 2 ? MEMORY_RAM : MEMORY_RESERVED);
	assert_int_equal(build(fixture)[BP_E820_ENTRIES], 128);
	assert_int_equal(fixture->data.e820_left_out, 201 - 128);
	assert_int_equal(fixture->data.e820_extension_count, 0);
}

static void a_bzimage_without_a_word_on_it_takes_255_characters(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(boot_data_command_line_max(&fixture->image), 2047);
	fixture->image.bzimage.cmdline_size = 0;
	assert_int_equal(boot_data_command_line_max(&fixture->image), 255);
}

static void firmware_facts_are_copied_and_the_screen_only_if_told(void **state)
{
	struct fixture *fixture = *state;
	uint8_t *old = fixture->machine.boot_params;
	const uint8_t *bp;

	old[0x0f] = 0x70; /* orig_video_isVGA: EFI framebuffer */
	old[BP_EDDBUF_ENTRIES] = 2;
	old[BP_EDDBUF + 81] = 0xee;
	old[BP_EDD_MBR_SIG] = 0xdd;
	old[BP_SECURE_BOOT] = 3;
	old[BP_KBD_STATUS] = 1;
	bp = build(fixture);
	assert_int_equal(bp[0x0f], 0);
	assert_int_equal(bp[BP_EDDBUF_ENTRIES], 2);
	assert_int_equal(bp[BP_EDDBUF + 81], 0xee);
	assert_int_equal(bp[BP_EDD_MBR_SIG], 0xdd);
	assert_int_equal(bp[BP_SECURE_BOOT], 3);
	assert_int_equal(bp[BP_KBD_STATUS], 1);
	fixture->options.pass_screen = true;
	bp = build(fixture);
	assert_int_equal(bp[0x0f], 0x70);
	assert_int_equal(load_le16(bp + BP_EXT_MEM_K), 0xfc00);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_setup_header_is_the_images_with_the_loaders_fields),
		TEST(addresses_above_4_gib_go_through_the_ext_fields),
		TEST(the_command_line_ends_in_nul_where_the_pointer_says),
		TEST(a_command_line_of_the_longest_size_passes_and_one_more_does_not),
		TEST(the_memory_map_goes_unchanged),
		TEST(entries_past_the_128th_go_into_the_extension),
		TEST(more_ranges_than_a_kernel_holds_are_merged_where_they_touch),
		TEST(seed_record_and_device_tree_are_in_the_chain),
		TEST(the_running_kernels_nodes_are_kept_if_they_stay_true),
		TEST(efi_goes_with_its_runtime_map),
		TEST(efi_that_cannot_be_handed_on_says_why),
		TEST(before_2_09_there_is_no_setup_data),
		TEST(before_2_09_a_long_memory_map_is_merged_and_then_cut),
		TEST(a_bzimage_without_a_word_on_it_takes_255_characters),
		TEST(firmware_facts_are_copied_and_the_screen_only_if_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
