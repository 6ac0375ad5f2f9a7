/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake_root.h"

#include "machine/facts.h"

#include <json-c/json.h>
#include <zlib.h>

static size_t pack_gzip(const char *text, size_t length, uint8_t *packed, size_t room)
{
	z_stream stream = {.next_in = (uint8_t *)text,
		.avail_in = (unsigned int)length,
		.next_out = packed,
		.avail_out = (unsigned int)room};

	/* 16 more than the window: a gzip header (zlib.h, deflateInit2()). */
	assert_int_equal(
		deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	return stream.total_out;
}

static struct bytes text_bytes(const char *text)
{
	return bytes_of(text, strlen(text));
}

static void read_root(const struct fake_root *root, struct machine *ret)
{
	_cleanup_source_ struct source *source = NULL;

	assert_ok(source_open_live(root->path, &source));
	assert_ok(machine_read(source, ret));
}

static bool has_warning(const struct machine *machine, const char *part)
{
	for (size_t i = 0; i < machine->warning_count; i++)
		if (strstr(machine->warnings[i], part))
			return true;
	return false;
}

static void assert_range(const struct range_set *set, size_t i, uint64_t start, uint64_t end)
{
	assert_true(i < set->count);
	assert_int_equal(set->ranges[i].start, start);
	assert_int_equal(set->ranges[i].end, end);
}

static void put_memmap(const struct fake_root *root, int number, const char *start, const char *end,
	const char *type)
{
	char path[64];

	snprintf(path, sizeof(path), "sys/firmware/memmap/%d/start", number);
	fake_root_text(root, path, start);
	snprintf(path, sizeof(path), "sys/firmware/memmap/%d/end", number);
	fake_root_text(root, path, end);
	snprintf(path, sizeof(path), "sys/firmware/memmap/%d/type", number);
	fake_root_text(root, path, type);
}

/* RAM from 1 MiB to 2 GiB. */
static void put_boot_params(const struct fake_root *root)
{
	uint8_t boot_params[4096] = {0};

	boot_params[0x1e8] = 1;
	store_le64(boot_params + 0x2d0, 0x100000);
	store_le64(boot_params + 0x2d8, 0x7ff00000);
	store_le32(boot_params + 0x2e0, MEMORY_RAM);
	fake_root_write(root, "sys/kernel/boot_params/data", boot_params, sizeof(boot_params));
}

static void an_empty_machine_is_unknown_with_warnings(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_machine_ struct machine machine;

	(void)state;
	read_root(&root, &machine);
	assert_null(machine.architecture);
	assert_null(machine.command_line);
	assert_int_equal(machine.memory_source, MEMORY_SOURCE_NONE);
	assert_int_equal(machine.lockdown, LOCKDOWN_UNKNOWN);
	assert_int_equal(machine.kexec.loaded, TRISTATE_UNKNOWN);
	assert_int_equal(machine.kexec.limit_reboot, -1);
	assert_int_equal(machine.kho_active, TRISTATE_UNKNOWN);
	assert_int_equal(machine.bootloader_type, -1);
	assert_false(machine.efi.present);
	assert_true(has_warning(&machine, "memory map is unknown"));
	assert_true(has_warning(&machine, "architecture is unknown"));
	assert_true(has_warning(&machine, "crash reservations are unknown"));
}

static void what_the_kernel_adds_to_its_command_line_is_known(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_machine_ struct machine machine;

	(void)state;
	fake_root_text(&root, "proc/sys/kernel/osrelease", "6.1.0\n");
	fake_root_text(&root, "boot/config-6.1.0",
		"# CONFIG_CMDLINE=\"no\"\nCONFIG_CMDLINE_BOOL=y\n"
		"CONFIG_CMDLINE=\"a \\\"b=c d\\\" e\\\\\"\nCONFIG_BOOT_CONFIG_EMBED=y\nCONFIG_X=y");
	fake_root_text(&root, "proc/bootconfig",
		"kernel.a.b = \"1\", '\"2\"'\nother.x = \"y\"\nkernel.c = \"\"\n"
		"init.d = \"e = f\ng\"\n# Parameters from bootloader:\n# kernel.h = \"i\"\n");
	read_root(&root, &machine);
	assert_string_equal(machine.added.built_in, "a \"b=c d\" e\\");
	assert_false(machine.added.overrides);
	assert_true(machine.added.bootconfig_built_in);
	assert_string_equal(machine.added.bootconfig, "a.b=\"1\" a.b=\"\"2\"\" c");
	assert_string_equal(machine.added.bootconfig_init, "d=\"e = f\ng\"");
}

/* The configuration that the kernel itself shows, packed, is believed before files of its name. */
static void only_the_lines_that_matter_of_a_configuration_are_kept(void **state)
{
	static const char config[] = "CONFIG_A=y\nCONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE=\"x\"\n"
				     "CONFIG_CMDLINE_OVERRIDE=y\nCONFIG_B=y\n";
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_machine_ struct machine machine;
	_cleanup_source_ struct source *source = NULL;
	struct bytes lines;
	uint8_t packed[512];
	size_t size;
	bool found;

	(void)state;
	size = pack_gzip(config, strlen(config), packed, sizeof(packed));
	fake_root_write(&root, "proc/config.gz", packed, size);
	fake_root_text(&root, "proc/sys/kernel/osrelease", "6.1.0\n");
	fake_root_text(&root, "boot/config-6.1.0", "CONFIG_CMDLINE=\"y\"\nCONFIG_CMDLINE_BOOL=y\n");
	assert_ok(source_open_live(root.path, &source));
	assert_ok(machine_read(source, &machine));
	assert_string_equal(machine.added.built_in, "x");
	assert_true(machine.added.overrides);
	assert_ok(source_file(source, "proc/config.gz", &found, &lines));
	assert_true(found);
	assert_int_equal(lines.size, strlen(config) - 2 * strlen("CONFIG_A=y\n"));
	assert_memory_equal(lines.data, config + strlen("CONFIG_A=y\n"), lines.size);
}

static void the_firmware_map_is_believed_before_boot_params(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_machine_ struct machine machine;

	(void)state;
	put_boot_params(&root);
	put_memmap(&root, 0, "0x0\n", "0xfffff\n", "System RAM\n");
	put_memmap(&root, 1, "0x100000\n", "0x3fffffff\n", "System RAM\n");
	read_root(&root, &machine);
	assert_int_equal(machine.memory_source, MEMORY_SOURCE_FIRMWARE_MEMMAP);
	assert_int_equal(machine.memory.count, 2);
	assert_true(has_warning(&machine, "the former is believed"));
	/* Neither the first page nor video memory, though typed RAM. */
	assert_int_equal(machine.usable.count, 2);
	assert_range(&machine.usable, 0, 0x1000, 0xa0000);
	assert_range(&machine.usable, 1, 0x100000, 0x40000000);
}

static void boot_params_are_believed_where_the_firmware_map_is_not_sane(void **state)
{
	static const char *const types[] = {"Reserved\n", NULL};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		_cleanup_fake_root_ struct fake_root root = fake_root_make();
		_cleanup_machine_ struct machine machine;

		put_boot_params(&root);
		if (types[i])
			put_memmap(&root, 0, "0x0\n", "0x3fffffff\n", types[i]);
		else
			put_memmap(&root, 0, "0x0\n", "-1\n", "System RAM\n");
		read_root(&root, &machine);
		assert_int_equal(machine.memory_source, MEMORY_SOURCE_BOOT_PARAMS);
		assert_int_equal(machine.memory.count, 1);
		assert_true(has_warning(&machine, "/sys/firmware/memmap"));
		assert_range(&machine.usable, 0, 0x100000, 0x80000000);
	}
}

static void iomem_is_the_last_resort_and_limits_what_is_usable(void **state)
{
	static const char iomem[] = "00001000-0009ffff : System RAM\n"
				    "00100000-7fffffff : System RAM\n"
				    "  10000000-1fffffff : Crash kernel\n"
				    "  20000000-20000fff : reserved\n";
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_machine_ struct machine alone, both;

	(void)state;
	fake_root_text(&root, "proc/iomem", iomem);
	fake_root_text(&root, "sys/kernel/kexec_crash_size", "268435456\n");
	read_root(&root, &alone);
	assert_int_equal(alone.memory_source, MEMORY_SOURCE_IOMEM);
	assert_range(&alone.crash_reserved, 0, 0x10000000, 0x20000000);
	assert_int_equal(alone.kexec.crash_size, 0x10000000);
	put_memmap(&root, 0, "0x0\n", "0x3fffffff\n", "System RAM\n");
	read_root(&root, &both);
	assert_int_equal(both.memory_source, MEMORY_SOURCE_FIRMWARE_MEMMAP);
	assert_true(has_warning(&both, "0x40000000 bytes of System RAM, the first at 0x40000000"));
	assert_int_equal(both.usable.count, 3);
	assert_range(&both.usable, 0, 0x1000, 0xa0000);
	assert_range(&both.usable, 1, 0x100000, 0x10000000);
	assert_range(&both.usable, 2, 0x20001000, 0x40000000);
	assert_false(has_warning(&both, "nothing must be loaded"));
}

static void a_malformed_iomem_is_a_warning(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_machine_ struct machine machine;

	(void)state;
	fake_root_text(&root, "proc/iomem", "rubbish\n");
	fake_root_text(&root, "sys/kernel/kexec_crash_size", "1\n");
	put_memmap(&root, 0, "0x0\n", "0x3fffffff\n", "System RAM\n");
	read_root(&root, &machine);
	assert_false(machine.iomem_readable);
	assert_true(has_warning(&machine, "/proc/iomem: line 1"));
	assert_true(has_warning(&machine, "nothing must be loaded"));
	assert_int_equal(machine.usable.count, 2);
}

static void efi_runtime_ranges_are_not_usable(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_machine_ struct machine machine;

	(void)state;
	put_memmap(&root, 0, "0x100000\n", "0x3fffffff\n", "System RAM\n");
	fake_root_text(&root, "sys/firmware/efi/fw_platform_size", "64\n");
	fake_root_text(&root, "sys/firmware/efi/runtime-map/0/type", "0x5\n");
	fake_root_text(&root, "sys/firmware/efi/runtime-map/0/phys_addr", "0x20000000\n");
	fake_root_text(&root, "sys/firmware/efi/runtime-map/0/virt_addr", "0xfffffffeff000000\n");
	fake_root_text(&root, "sys/firmware/efi/runtime-map/0/num_pages", "0x10\n");
	fake_root_text(&root, "sys/firmware/efi/runtime-map/0/attribute", "0x800000000000000f\n");
	read_root(&root, &machine);
	assert_true(machine.efi.present);
	assert_int_equal(machine.efi.runtime_map_count, 1);
	assert_int_equal(machine.efi.runtime_map[0].attribute, UINT64_C(0x800000000000000f));
	assert_range(&machine.usable, 0, 0x100000, 0x20000000);
	assert_range(&machine.usable, 1, 0x20010000, 0x40000000);
}

static void systab_lines_are_told_apart(void **state)
{
	struct efi_facts efi = {0};

	(void)state;
	efi_systab_parse(text_bytes("ACPI20=0x7f000014\nACPI=0x7f000000\nMPS=0x1\nnonsense\n=\n"
				    "SMBIOS3=0x10000000000000000\nSMBIOS=0x7e000000"),
		&efi);
	assert_int_equal(efi.acpi20, 0x7f000014);
	assert_int_equal(efi.acpi, 0x7f000000);
	assert_int_equal(efi.smbios3, 0);
	assert_int_equal(efi.smbios, 0x7e000000);
}

static void malformed_runtime_maps_are_refused(void **state)
{
	static const char *const bad[] = {"0x5\t0x0\t0x0\t0x1\n", "0x5\t-\t0x0\t0x1\t0x0\n",
		"0x5 0x0 0x0 0x1 0x0\n", "0x5\t0x0\t0x0\t0x1\t0x0\t0x0\n",
		"0x100000000\t0x0\t0x0\t0x1\t0x0\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct efi_facts efi = {0};

		assert_fails(
			efi_runtime_map_parse(text_bytes(bad[i]), &efi), ERROR_FORMAT, "entry");
		free(efi.runtime_map);
	}
}

static void secure_boot_comes_from_the_variable_else_from_boot_params(void **state)
{
	static const char variable[] = "sys/firmware/efi/efivars/"
				       "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_machine_ struct machine noted, told;
	uint8_t boot_params[4096] = {0};

	(void)state;
	memcpy(boot_params + 0x1c0, "EL64", 4);
	store_le32(boot_params + 0x1c4, 0x1000);
	store_le32(boot_params + 0x1d8, 0x2);
	boot_params[0x1ec] = 3;
	fake_root_write(&root, "sys/kernel/boot_params/data", boot_params, sizeof(boot_params));
	fake_root_folders(&root, "sys/firmware/efi/x");
	read_root(&root, &noted);
	assert_int_equal(noted.efi.secure_boot, TRISTATE_YES);
	assert_int_equal(noted.efi.system_table, UINT64_C(0x200001000));
	assert_int_equal(noted.efi.platform_size, 64);
	assert_int_equal(noted.efi.mixed_mode, TRISTATE_NO);
	fake_root_write(&root, variable, "\6\0\0\0\0", 5);
	read_root(&root, &told);
	assert_int_equal(told.efi.secure_boot, TRISTATE_NO);
}

static void make_fadt(uint8_t fadt[244], uint8_t space, uint64_t address)
{
	uint8_t sum = 0;

	memset(fadt, 0, 244);
	memcpy(fadt, "FACP", 4);
	store_le32(fadt + 4, 244);
	store_le32(fadt + 112, 1 << 10);
	fadt[116] = space;
	store_le64(fadt + 120, address);
	fadt[128] = 6;
	for (int i = 0; i < 244; i++)
		sum += fadt[i];
	fadt[9] = (uint8_t)-sum;
}

static void the_reset_register_is_found_in_a_sound_fadt(void **state)
{
	struct reset_facts reset;
	const char *reason;
	uint8_t fadt[244];

	(void)state;
	make_fadt(fadt, 1, 0xcf9);
	assert_true(fadt_parse(bytes_of(fadt, 244), &reset, &reason));
	assert_true(reset.present);
	assert_int_equal(reset.space, 1);
	assert_int_equal(reset.address, 0xcf9);
	assert_int_equal(reset.value, 6);
	make_fadt(fadt, 2, 0xcf9);
	assert_true(fadt_parse(bytes_of(fadt, 244), &reset, &reason));
	assert_false(reset.present);
	make_fadt(fadt, 1, 0);
	assert_true(fadt_parse(bytes_of(fadt, 244), &reset, &reason));
	assert_false(reset.present);
	make_fadt(fadt, 1, 0xcf9);
	assert_false(fadt_parse(bytes_of(fadt, 243), &reset, &reason));
	assert_false(fadt_parse(bytes_of(fadt, 0), &reset, &reason));
	fadt[120]++;
	assert_false(fadt_parse(bytes_of(fadt, 244), &reset, &reason));
	assert_non_null(strstr(reason, "checksum"));
}

static void cpu_lists_are_counted(void **state)
{
	(void)state;
	assert_int_equal(cpu_list_count(text_of_string("0\n")), 1);
	assert_int_equal(cpu_list_count(text_of_string("0-3,8,10-11\n")), 7);
	assert_int_equal(cpu_list_count(text_of_string("")), 0);
	assert_int_equal(cpu_list_count(text_of_string("3-1")), 0);
	assert_int_equal(cpu_list_count(text_of_string("0-99999999999")), 0);
	assert_int_equal(cpu_list_count(text_of_string("0-x")), 0);
	assert_int_equal(cpu_list_count(text_of_string("-1")), 0);
}

static void the_first_processor_tells_the_features(void **state)
{
	_cleanup_machine_ struct machine machine = {0}, host = {0}, guest = {0}, tdx = {0};

	(void)state;
	assert_ok(cpuinfo_parse(text_bytes("processor\t: 0\nvendor_id\t: GenuineIntel\n"
					   "model name\t: A: b\nflags\t\t: fpu lm nopl\n\n"
					   "processor\t: 1\nflags\t\t: la57\n"),
		&machine));
	assert_string_equal(machine.cpu_vendor, "GenuineIntel");
	assert_string_equal(machine.cpu_model, "A: b");
	assert_true(machine.cpu_long_mode);
	assert_false(machine.cpu_la57 || machine.cpu_unknown);
	/* Without flags nothing is known, rather than that there are no features. */
	assert_ok(cpuinfo_parse(text_bytes("processor\t: 0\n"), &machine));
	assert_true(machine.cpu_unknown);
	assert_ok(cpuinfo_parse((struct bytes){0}, &machine));
	assert_true(machine.cpu_unknown);
	host.command_line = strdup("quiet mem_encrypt=on");
	assert_ok(cpuinfo_parse(text_bytes("flags : lm la57 sme sev sev_es"), &host));
	assert_true(host.cpu_la57);
	assert_true(host.memory_encryption);
	assert_false(host.confidential_guest);
	assert_ok(cpuinfo_parse(text_bytes("flags : lm hypervisor sev sev_snp"), &guest));
	assert_true(guest.confidential_guest);
	assert_ok(cpuinfo_parse(text_bytes("flags : lm hypervisor tdx_guest"), &tdx));
	assert_true(tdx.confidential_guest);
}

static void lockdown_is_the_word_in_brackets(void **state)
{
	(void)state;
	assert_int_equal(lockdown_parse(text_of_string("[none] integrity confidentiality\n")),
		LOCKDOWN_NONE);
	assert_int_equal(lockdown_parse(text_of_string("none [integrity] confidentiality\n")),
		LOCKDOWN_INTEGRITY);
	assert_int_equal(lockdown_parse(text_of_string("none integrity [confidentiality]\n")),
		LOCKDOWN_CONFIDENTIALITY);
	assert_int_equal(lockdown_parse(text_of_string("")), LOCKDOWN_UNKNOWN);
	assert_int_equal(lockdown_parse(text_of_string("none")), LOCKDOWN_UNKNOWN);
}

static void kexec_state_is_read_from_either_place(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_machine_ struct machine machine;

	(void)state;
	fake_root_text(&root, "sys/kernel/kexec/loaded", "1\n");
	fake_root_text(&root, "sys/kernel/kexec_loaded", "0\n");
	fake_root_text(&root, "sys/kernel/kexec_crash_loaded", "0\n");
	fake_root_text(&root, "sys/kernel/kexec/crash_elfcorehdr_size", "4096\n");
	fake_root_text(&root, "proc/sys/kernel/kexec_load_disabled", "1\n");
	fake_root_text(&root, "proc/sys/kernel/kexec_load_limit_reboot", "3\n");
	fake_root_text(&root, "proc/sys/kernel/kexec_load_limit_panic", "-1\n");
	fake_root_folders(&root, "sys/kernel/debug/bdi/x");
	read_root(&root, &machine);
	assert_int_equal(machine.kexec.loaded, TRISTATE_YES);
	assert_int_equal(machine.kexec.crash_loaded, TRISTATE_NO);
	assert_int_equal(machine.kexec.crash_elfcorehdr_size, 4096);
	assert_int_equal(machine.kexec.load_disabled, TRISTATE_YES);
	assert_int_equal(machine.kexec.limit_reboot, 3);
	assert_int_equal(machine.kexec.limit_panic, -1);
	assert_int_equal(machine.kho_active, TRISTATE_NO);
}

static void a_random_seed_is_not_read(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_source_ struct source *source = NULL;
	_cleanup_machine_ struct machine machine;
	char command[256];

	(void)state;
	fake_root_text(&root, "sys/kernel/boot_params/setup_data/0/type", "0x9\n");
	fake_root_text(&root, "sys/kernel/boot_params/setup_data/0/data", "SEED");
	fake_root_text(&root, "sys/kernel/boot_params/setup_data/1/type", "0x6e746162\n");
	fake_root_text(&root, "sys/kernel/boot_params/setup_data/1/data", "RECORD");
	assert_ok(source_open_live(root.path, &source));
	assert_ok(machine_read(source, &machine));
	assert_int_equal(machine.setup_data_count, 2);
	assert_int_equal(machine.setup_data[0].data.size, 0);
	assert_int_equal(machine.setup_data[1].type, 0x6e746162);
	assert_int_equal(machine.setup_data[1].data.size, 6);
	assert_ok(machine_record_write(source, fake_root_path(&root, "r.tar")));
	snprintf(command, sizeof(command), "grep -q RECORD %s/r.tar && ! grep -q SEED %s/r.tar",
		root.path, root.path);
	assert_int_equal(system(command), 0);
}

/* An EFI framebuffer of 1024 x 768 at 3 GiB, 32 bits a pixel. */
static void make_screen_info(uint8_t info[0x40])
{
	memset(info, 0, 0x40);
	info[0x0f] = 0x70;
	store_le16(info + 0x12, 1024);
	store_le16(info + 0x14, 768);
	store_le16(info + 0x16, 32);
	store_le32(info + 0x18, 0xc0000000);
	store_le16(info + 0x24, 4096);
}

static void screen_information_is_valid_while_nobody_changed_the_mode(void **state)
{
	_cleanup_range_set_ struct range_set memory = {0}, elsewhere = {0};
	const struct screen_mode same = {1024, 768, 32, 4096}, panned = {1024, 1536, 32, 4096},
				 other = {1920, 1080, 32, 7680}, unknown = {0};
	const struct {
		const char *driver;
		struct screen_mode mode;
		const struct range_set *memory;
		bool valid;
		const char *reason;
	} cases[] = {
		{"EFI VGA", unknown, &elsewhere, true, "driver uses"},
		{"simpledrmdrmfb", unknown, &elsewhere, true, "driver uses"},
		{NULL, unknown, &elsewhere, true, "no graphics driver"},
		{"i915drmfb", same, &memory, true, "still those"},
		{"amdgpudrmfb", panned, &memory, true, "still those"},
		{"i915drmfb", other, &memory, false, "another mode"},
		{"i915drmfb", unknown, &memory, false, "another mode"},
		{"i915drmfb", same, &elsewhere, false, "not memory"},
	};
	const char *reason;
	uint8_t info[0x40];

	(void)state;
	make_screen_info(info);
	assert_ok(display_memory_parse(
		text_bytes(
			"0x060000\t0x1000 0x1fff 0x200\n"
			"0x030000\t0xc0000000 0xcfffffff 0x42208 0x0 0x0 0x0 0x3000 0x30ff 0x101\n"
			"0x030000\t-\nnonsense\n0x038000\tx y z\n"),
		&memory));
	assert_int_equal(memory.count, 1);
	assert_range(&memory, 0, 0xc0000000, 0xd0000000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(screen_info_is_valid(info, cases[i].driver, cases[i].mode,
					 cases[i].memory, &reason),
			cases[i].valid);
		assert_non_null(strstr(reason, cases[i].reason));
	}
	store_le32(info + 0x18, 0);
	assert_false(screen_info_is_valid(info, "EFI VGA", same, &memory, &reason));
}

static void text_mode_is_valid_without_a_graphics_driver(void **state)
{
	const struct range_set none = {0};
	const struct screen_mode unknown = {0};
	uint8_t info[0x40] = {[0x0f] = 1};
	const char *reason;

	(void)state;
	assert_true(screen_info_is_valid(info, NULL, unknown, &none, &reason));
	assert_false(screen_info_is_valid(info, "bochs-drmdrmfb", unknown, &none, &reason));
	info[0x0f] = 0x22;
	assert_true(screen_info_is_valid(info, NULL, unknown, &none, &reason));
	info[0x0f] = 0;
	assert_false(screen_info_is_valid(info, NULL, unknown, &none, &reason));
	info[0x0f] = 0x31;
	assert_false(screen_info_is_valid(info, NULL, unknown, &none, &reason));
}

static void the_screen_driver_is_found_without_fbdev(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_machine_ struct machine drm, fb;

	(void)state;
	fake_root_text(&root, "sys/class/drm/card0/device/uevent",
		"DRIVER=virtio_gpu\nMODALIAS=virtio:d00000010v00001AF4\n");
	fake_root_text(&root, "sys/class/drm/version", "drm 1.1.0\n");
	read_root(&root, &drm);
	assert_string_equal(drm.screen.driver, "virtio_gpu");
	fake_root_text(&root, "proc/fb", "0 EFI VGA\n1 other\n");
	read_root(&root, &fb);
	assert_string_equal(fb.screen.driver, "EFI VGA");
	assert_false(fb.screen.valid);
}

static char *json_of(const struct machine *machine)
{
	struct json_object *json;
	char *text;

	assert_ok(machine_describe_json(machine, &json));
	text = strdup(json_object_to_json_string_ext(json, JSON_C_TO_STRING_SPACED));
	json_object_put(json);
	return text;
}

static void this_machine_replays_as_it_was_read(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_source_ struct source *live = NULL, *record = NULL;
	_cleanup_machine_ struct machine read, replayed;
	char *before, *after;

	(void)state;
	assert_ok(source_open_live("/", &live));
	assert_ok(machine_read(live, &read));
	assert_ok(machine_record_write(live, fake_root_path(&root, "r.tar.zst")));
	assert_ok(machine_record_open(fake_root_path(&root, "r.tar.zst"), &record));
	assert_ok(machine_read(record, &replayed));
	before = json_of(&read);
	after = json_of(&replayed);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void json_has_every_fact_and_hides_no_bits(void **state)
{
	_cleanup_machine_ struct machine machine = {0};
	char *text;

	(void)state;
	assert_ok(memory_map_add(&machine.memory,
		(struct memory_range){UINT64_C(0xfffffffffffff000), UINT64_MAX, 20}));
	machine.command_line = strdup("a \"quoted\" word");
	assert_ok(machine_warn(&machine, "%s.", "Beware"));
	text = json_of(&machine);
	assert_non_null(strstr(text, "\"start\": \"0xfffffffffffff000\""));
	assert_non_null(strstr(text, "\"end\": \"0xffffffffffffffff\""));
	assert_non_null(strstr(text, "\"type_name\": null"));
	assert_non_null(strstr(text, "a \\\"quoted\\\" word"));
	assert_non_null(strstr(text, "Beware."));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_machine_is_unknown_with_warnings),
		cmocka_unit_test(what_the_kernel_adds_to_its_command_line_is_known),
		cmocka_unit_test(only_the_lines_that_matter_of_a_configuration_are_kept),
		cmocka_unit_test(the_firmware_map_is_believed_before_boot_params),
		cmocka_unit_test(boot_params_are_believed_where_the_firmware_map_is_not_sane),
		cmocka_unit_test(iomem_is_the_last_resort_and_limits_what_is_usable),
		cmocka_unit_test(a_malformed_iomem_is_a_warning),
		cmocka_unit_test(efi_runtime_ranges_are_not_usable),
		cmocka_unit_test(systab_lines_are_told_apart),
		cmocka_unit_test(malformed_runtime_maps_are_refused),
		cmocka_unit_test(secure_boot_comes_from_the_variable_else_from_boot_params),
		cmocka_unit_test(the_reset_register_is_found_in_a_sound_fadt),
		cmocka_unit_test(cpu_lists_are_counted),
		cmocka_unit_test(the_first_processor_tells_the_features),
		cmocka_unit_test(lockdown_is_the_word_in_brackets),
		cmocka_unit_test(kexec_state_is_read_from_either_place),
		cmocka_unit_test(a_random_seed_is_not_read),
		cmocka_unit_test(screen_information_is_valid_while_nobody_changed_the_mode),
		cmocka_unit_test(text_mode_is_valid_without_a_graphics_driver),
		cmocka_unit_test(the_screen_driver_is_found_without_fbdev),
		cmocka_unit_test(this_machine_replays_as_it_was_read),
		cmocka_unit_test(json_has_every_fact_and_hides_no_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
