/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What IMA has measured, as a system's files tell it. */
#include "fake_root.h"

#include "machine/machine.h"
#include "machine/source.h"

#define COUNT "sys/kernel/security/ima/runtime_measurements_count"

struct fixture {
	struct fake_root root;
	struct machine machine;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->root = fake_root_make();
	fake_root_text(&fixture->root, "proc/sys/kernel/osrelease", "6.1.0-ima\n");
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	machine_deinit(&fixture->machine);
	fake_root_remove(&fixture->root);
	free(fixture);
	return 0;
}

static void put(const struct fixture *fixture, const char *name, const char *text)
{
	fake_root_text(&fixture->root, name, text);
}

static const struct ima_facts *read_facts(struct fixture *fixture)
{
	_cleanup_source_ struct source *source = NULL;

	machine_deinit(&fixture->machine);
	assert_ok(source_open_live(fixture->root.path, &source));
	assert_ok(machine_read(source, &fixture->machine));
	return &fixture->machine.ima;
}

static void a_system_without_ima_measures_nothing(void **state)
{
	struct fixture *fixture = *state;
	const struct ima_facts *ima = read_facts(fixture);

	assert_false(ima->measurements || ima->tpm || ima->hidden);
	assert_int_equal(ima->carried, TRISTATE_UNKNOWN);
	assert_false(machine_measures(&fixture->machine));
}

/* The first one, of the boot itself, is there with any policy. */
static void the_measurement_of_the_boot_alone_does_not_count(void **state)
{
	struct fixture *fixture = *state;
	const struct ima_facts *ima;

	put(fixture, COUNT, "1\n");
	put(fixture, "sys/class/tpm/tpm0/tpm_version_major", "2\n");
	ima = read_facts(fixture);
	assert_int_equal(ima->measurements, 1);
	assert_false(machine_measures(&fixture->machine) || ima->tpm || ima->hidden);
}

static void measurements_count_without_a_tpm_but_nothing_goes_on_from_them(void **state)
{
	struct fixture *fixture = *state;
	const struct ima_facts *ima;

	put(fixture, COUNT, "617\n");
	put(fixture, "boot/config-6.1.0-ima", "CONFIG_IMA_KEXEC=y\n");
	ima = read_facts(fixture);
	assert_int_equal(ima->measurements, 617);
	assert_true(machine_measures(&fixture->machine));
	assert_false(ima->tpm);
	assert_int_equal(ima->carried, TRISTATE_UNKNOWN);
}

static void the_configuration_says_whether_the_list_is_handed_on(void **state)
{
	static const struct {
		const char *config;
		enum tristate carried;
	} rows[] = {
		{NULL, TRISTATE_UNKNOWN},
		{"CONFIG_IMA=y\n# CONFIG_IMA_KEXEC is not set\n", TRISTATE_NO},
		{"CONFIG_IMA=y\nCONFIG_IMA_KEXEC=y\nCONFIG_X86=y\n", TRISTATE_YES},
		{"CONFIG_IMA_KEXEC=yes\n#CONFIG_IMA_KEXEC=y\n", TRISTATE_NO},
	};
	struct fixture *fixture = *state;

	put(fixture, COUNT, "2\n");
	put(fixture, "sys/class/tpm/tpm0/tpm_version_major", "2\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ima_facts *ima;

		if (rows[i].config)
			put(fixture, "boot/config-6.1.0-ima", rows[i].config);
		ima = read_facts(fixture);
		assert_true(ima->tpm);
		assert_int_equal(ima->carried, rows[i].carried);
	}
}

/* The words that a kernel's build adds to the command line are in the same file, which is read
 * once. */
static void the_same_file_tells_of_the_command_line_and_so_does_the_record(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_source_ struct source *source = NULL, *record = NULL;
	char path[640];

	put(fixture, COUNT, "2\n");
	put(fixture, "sys/class/tpm/tpm0/tpm_version_major", "2\n");
	put(fixture, "lib/modules/6.1.0-ima/config",
		"CONFIG_IMA_KEXEC=y\nCONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE=\"quiet\"\n");
	assert_ok(source_open_live(fixture->root.path, &source));
	assert_ok(machine_read(source, &fixture->machine));
	snprintf(path, sizeof(path), "%s", fake_root_path(&fixture->root, "record.tar"));
	assert_ok(machine_record_write(source, path));
	machine_deinit(&fixture->machine);
	assert_ok(machine_record_open(path, &record));
	assert_ok(machine_read(record, &fixture->machine));
	assert_int_equal(fixture->machine.ima.carried, TRISTATE_YES);
	assert_string_equal(fixture->machine.added.built_in, "quiet");
}

/* A kernel with IMA has a securityfs, and the folder to mount it on; mounted it holds "lsm". */
static void a_securityfs_that_is_not_mounted_hides_them_where_a_tpm_is(void **state)
{
	struct fixture *fixture = *state;

	fake_root_folders(&fixture->root, "sys/kernel/security/x");
	assert_false(read_facts(fixture)->hidden);
	put(fixture, "sys/class/tpm/tpm0/tpm_version_major", "2\n");
	assert_true(read_facts(fixture)->hidden);
	put(fixture, "sys/kernel/security/lsm", "capability\n");
	assert_false(read_facts(fixture)->hidden);
	put(fixture, COUNT, "2\n");
	assert_false(read_facts(fixture)->hidden);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_system_without_ima_measures_nothing),
		TEST(the_measurement_of_the_boot_alone_does_not_count),
		TEST(measurements_count_without_a_tpm_but_nothing_goes_on_from_them),
		TEST(the_configuration_says_whether_the_list_is_handed_on),
		TEST(the_same_file_tells_of_the_command_line_and_so_does_the_record),
		TEST(a_securityfs_that_is_not_mounted_hides_them_where_a_tpm_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
