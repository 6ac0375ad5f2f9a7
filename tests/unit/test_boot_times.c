/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What firmware and loader say of themselves, and what of it is believed. */
#include "fake_root.h"

#include "machine/boot_times.h"
#include "machine/machine.h"
#include "machine/source.h"

#define EFIVARS	       "sys/firmware/efi/efivars/"
#define GUID	       "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define INIT	       EFIVARS "LoaderTimeInitUSec" GUID
#define EXEC	       EFIVARS "LoaderTimeExecUSec" GUID
#define SHOWN_FPDT     "sys/firmware/acpi/fpdt/boot/"
#define FPDT	       "sys/firmware/acpi/tables/FPDT"

#define RECORD_ADDRESS UINT64_C(0x20000)

/* An EFI variable of @text as efivarfs shows it; returns its size. */
static size_t make_variable(const char *text, bool terminated, uint8_t variable[128])
{
	size_t size = 4;

	memcpy(variable, "\x06\0\0\0", 4);
	for (const char *at = text; *at; at++, size += 2)
		store_le16(variable + size, (uint8_t)*at);
	if (terminated)
		store_le16(variable + size, 0);
	return size + (terminated ? 2 : 0);
}

static void put_variable(const struct fake_root *root, const char *path, const char *text)
{
	uint8_t variable[128];
	size_t size = make_variable(text, true, variable);

	fake_root_write(root, path, variable, size);
}

static void make_fpdt(uint8_t fpdt[52], uint64_t address)
{
	uint8_t sum = 0;

	memset(fpdt, 0, 52);
	memcpy(fpdt, "FPDT", 4);
	store_le32(fpdt + 4, 52);
	fpdt[8] = 1;
	fpdt[38] = 16;
	fpdt[39] = 1;
	store_le64(fpdt + 44, address);
	for (int i = 0; i < 52; i++)
		sum += fpdt[i];
	fpdt[9] = (uint8_t)-sum;
}

static void make_fbpt(uint8_t fbpt[56], uint64_t loader_start, uint64_t exit_end)
{
	memset(fbpt, 0, 56);
	memcpy(fbpt, "FBPT", 4);
	store_le32(fbpt + 4, 56);
	fbpt[8] = 2;
	fbpt[10] = 48;
	fbpt[11] = 2;
	store_le64(fbpt + 16, 1000);
	store_le64(fbpt + 24, loader_start - 1);
	store_le64(fbpt + 32, loader_start);
	store_le64(fbpt + 40, exit_end - 1);
	store_le64(fbpt + 48, exit_end);
}

/* A machine whose firmware keeps [64 KiB, 192 KiB) for itself, and has RAM behind it. */
static struct boot_times read_times(const struct fake_root *root)
{
	_cleanup_source_ struct source *source = NULL;
	struct memory_range ranges[] = {
		{0x10000, 0x30000, MEMORY_RESERVED}, {0x30000, 0x40000, MEMORY_RAM}};
	struct machine machine = {.efi.present = true, .memory = {.ranges = ranges, .count = 2}};
	struct boot_times times;

	assert_ok(source_open_live(root->path, &source));
	assert_ok(boot_times_read(source, &machine, &times));
	return times;
}

static void nothing_reported_is_unknown_and_says_why(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	struct boot_times times = read_times(&root);

	(void)state;
	assert_false(times.firmware_known);
	assert_false(times.loader_known);
	assert_non_null(strstr(times.why, "neither"));
}

static void the_loaders_variables_are_microseconds_since_reset(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	struct boot_times times;

	(void)state;
	put_variable(&root, INIT, "4200000");
	put_variable(&root, EXEC, "5500000");
	times = read_times(&root);
	assert_true(times.firmware_known);
	assert_int_equal(times.firmware_ns, UINT64_C(4200000000));
	assert_string_equal(times.firmware_source, "LoaderTimeInitUSec");
	assert_true(times.loader_known);
	assert_int_equal(times.loader_ns, 1300000000);
	assert_string_equal(times.loader_source, "LoaderTimeExecUSec");
	assert_null(times.why);
}

static void what_cannot_be_true_is_not_taken(void **state)
{
	static const struct {
		const char *init, *exec;
		bool firmware;
	} cases[] = {
		{"5000000", "4000000", true}, /* ends before it begins */
		{"5000000", "99999999999999", true},
		{"99999999999999", "99999999999999", false}, /* years since reset */
		{"18446744073709551615", "18446744073709551615", false},
		{"18446744073709551616", "5", false},
		{"0", "4000000", false},
		{"-5", "4000000", false},
		{"", "4000000", false},
		{"5000000", "", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_fake_root_ struct fake_root root = fake_root_make();
		struct boot_times times;

		put_variable(&root, INIT, cases[i].init);
		put_variable(&root, EXEC, cases[i].exec);
		times = read_times(&root);
		assert_int_equal(times.firmware_known, cases[i].firmware);
		assert_false(times.loader_known);
		assert_non_null(times.why);
	}
}

static void a_variable_is_digits_in_utf_16_and_nothing_else(void **state)
{
	uint8_t variable[128];
	size_t size = make_variable("1234", true, variable);
	uint64_t usec;

	(void)state;
	assert_true(loader_time_parse(bytes_of(variable, size), &usec));
	assert_int_equal(usec, 1234);
	size = make_variable("1234", false, variable);
	assert_true(loader_time_parse(bytes_of(variable, size), &usec));
	assert_int_equal(usec, 1234);
	assert_false(loader_time_parse(bytes_of(variable, size - 1), &usec));
	variable[5] = 1; /* U+0131 */
	assert_false(loader_time_parse(bytes_of(variable, size), &usec));
	size = make_variable("1234", true, variable);
	variable[6] = 0; /* a NUL after the first digit */
	assert_false(loader_time_parse(bytes_of(variable, size), &usec));
	for (size = 0; size < 4; size++)
		assert_false(loader_time_parse(bytes_of(variable, size), &usec));
	assert_false(loader_time_parse(bytes_of(variable, 4), &usec));
}

static void the_firmwares_record_goes_before_the_loaders_variables(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	struct boot_times times;

	(void)state;
	put_variable(&root, INIT, "4200000");
	put_variable(&root, EXEC, "5500000");
	fake_root_text(&root, SHOWN_FPDT "bootloader_launch_ns", "4000000000\n");
	fake_root_text(&root, SHOWN_FPDT "exitbootservice_end_ns", "6000000000\n");
	times = read_times(&root);
	assert_int_equal(times.firmware_ns, UINT64_C(4000000000));
	assert_string_equal(times.firmware_source, "ACPI FPDT");
	assert_int_equal(times.loader_ns, 2000000000);
	assert_string_equal(times.loader_source, "ACPI FPDT");
	/* A BIOS has no such service, and leaves zeros; the loader's word is taken instead. */
	fake_root_text(&root, SHOWN_FPDT "exitbootservice_end_ns", "0\n");
	times = read_times(&root);
	assert_string_equal(times.firmware_source, "LoaderTimeInitUSec");
	assert_int_equal(times.loader_ns, 1300000000);
	unlink(fake_root_path(&root, INIT));
	times = read_times(&root);
	assert_string_equal(times.firmware_source, "ACPI FPDT");
	assert_false(times.loader_known);
	assert_non_null(strstr(times.why, "not reported"));
}

/* A root with an FPDT that points at @address, where a boot record is; and its /dev/mem. */
static void put_pointed(const struct fake_root *root, uint64_t address, const uint8_t fbpt[56])
{
	uint8_t fpdt[52], *memory = calloc(1, 0x50000);

	make_fpdt(fpdt, address);
	fake_root_write(root, FPDT, fpdt, sizeof(fpdt));
	memcpy(memory + RECORD_ADDRESS, fbpt, 56);
	memcpy(memory + 0x38000, fbpt, 56);
	fake_root_write(root, "dev/mem", memory, 0x50000);
	free(memory);
}

static void the_record_is_found_in_memory_where_the_kernel_does_not_show_it(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	uint8_t fbpt[56];
	struct boot_times times;

	(void)state;
	make_fbpt(fbpt, 3000000000, 3500000000);
	put_pointed(&root, RECORD_ADDRESS, fbpt);
	times = read_times(&root);
	assert_int_equal(times.firmware_ns, UINT64_C(3000000000));
	assert_int_equal(times.loader_ns, 500000000);
	assert_string_equal(times.loader_source, "ACPI FPDT");
	/* What is not there cannot be read, in part or whole. */
	assert_int_equal(truncate(fake_root_path(&root, "dev/mem"), RECORD_ADDRESS + 55), 0);
	assert_non_null(strstr(read_times(&root).why, "/dev/mem"));
	unlink(fake_root_path(&root, "dev/mem"));
	assert_non_null(strstr(read_times(&root).why, "/dev/mem"));
}

static void a_pointer_to_other_memory_is_not_followed(void **state)
{
	static const uint64_t elsewhere[] = {
		0x38000, 0x30000 - 55, 0x0ffff, 0x41000, UINT64_MAX, UINT64_MAX - 55};
	uint8_t fbpt[56];

	(void)state;
	make_fbpt(fbpt, 3000000000, 3500000000);
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++) {
		_cleanup_fake_root_ struct fake_root root = fake_root_make();
		struct boot_times times;

		put_pointed(&root, elsewhere[i], fbpt);
		times = read_times(&root);
		assert_false(times.firmware_known);
		assert_non_null(strstr(times.why, "not the firmware's"));
	}
}

static void damaged_tables_are_refused(void **state)
{
	uint8_t fpdt[52], fbpt[56];
	struct boot_performance record;
	const char *reason;
	uint64_t address;

	(void)state;
	make_fpdt(fpdt, 0x1234);
	assert_true(fpdt_parse(bytes_of(fpdt, 52), &address, &reason));
	assert_int_equal(address, 0x1234);
	assert_false(fpdt_parse(bytes_of(fpdt, 51), &address, &reason));
	fpdt[45]++;
	assert_false(fpdt_parse(bytes_of(fpdt, 52), &address, &reason));
	assert_string_equal(reason, "its checksum is wrong");
	make_fpdt(fpdt, 0);
	assert_false(fpdt_parse(bytes_of(fpdt, 52), &address, &reason));
	/* A record of length 0 would be found again for ever. */
	make_fpdt(fpdt, 0x1234);
	fpdt[9] = (uint8_t)(fpdt[9] + 16);
	fpdt[38] = 0;
	assert_false(fpdt_parse(bytes_of(fpdt, 52), &address, &reason));

	make_fbpt(fbpt, 5, 9);
	assert_true(boot_performance_parse(bytes_of(fbpt, 56), &record, &reason));
	assert_int_equal(record.reset_end, 1000);
	assert_int_equal(record.loader_loaded, 4);
	assert_int_equal(record.loader_start, 5);
	assert_int_equal(record.exit_entry, 8);
	assert_int_equal(record.exit_end, 9);
	for (size_t size = 0; size < 56; size++)
		assert_false(boot_performance_parse(bytes_of(fbpt, size), &record, &reason));
	store_le32(fbpt + 4, 55);
	assert_false(boot_performance_parse(bytes_of(fbpt, 56), &record, &reason));
}

static void a_record_of_the_machine_holds_the_times_and_answers_the_same(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_source_ struct source *live = NULL, *again = NULL;
	struct memory_range range = {0x10000, 0x30000, MEMORY_NVS};
	struct machine machine = {.efi.present = true, .memory = {.ranges = &range, .count = 1}};
	struct boot_times first, second;
	uint8_t fbpt[56];
	char path[512];

	(void)state;
	make_fbpt(fbpt, 3000000000, 3500000000);
	put_pointed(&root, RECORD_ADDRESS, fbpt);
	assert_ok(source_open_live(root.path, &live));
	assert_ok(boot_times_read(live, &machine, &first));
	snprintf(path, sizeof(path), "%s", fake_root_path(&root, "record.tar"));
	assert_ok(machine_record_write(live, path));
	assert_ok(machine_record_open(path, &again));
	assert_ok(boot_times_read(again, &machine, &second));
	assert_true(second.firmware_known);
	assert_int_equal(first.firmware_ns, second.firmware_ns);
	assert_int_equal(first.loader_ns, second.loader_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_reported_is_unknown_and_says_why),
		cmocka_unit_test(the_loaders_variables_are_microseconds_since_reset),
		cmocka_unit_test(what_cannot_be_true_is_not_taken),
		cmocka_unit_test(a_variable_is_digits_in_utf_16_and_nothing_else),
		cmocka_unit_test(the_firmwares_record_goes_before_the_loaders_variables),
		cmocka_unit_test(the_record_is_found_in_memory_where_the_kernel_does_not_show_it),
		cmocka_unit_test(a_pointer_to_other_memory_is_not_followed),
		cmocka_unit_test(damaged_tables_are_refused),
		cmocka_unit_test(a_record_of_the_machine_holds_the_times_and_answers_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
