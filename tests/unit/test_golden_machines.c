/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every record in tests/golden/machines against the description beside it: NAME.tar.zst, NAME.txt.
 * BATON_UPDATE_GOLDEN=1 in the environment writes the descriptions anew; look at the difference.
 */
#include "test.h"

#include "base/blob.h"
#include "machine/machine.h"
#include "machine/source.h"

#include <glob.h>

#define MACHINES TEST_SOURCE_DIR "/../golden/machines"

static char *describe(const char *path)
{
	_cleanup_source_ struct source *source = NULL;
	_cleanup_machine_ struct machine machine;
	char *text;
	size_t size;
	FILE *stream;

	assert_ok(machine_record_open(path, &source));
	assert_ok(machine_read(source, &machine));
	stream = open_memstream(&text, &size);
	assert_non_null(stream);
	machine_describe_text(&machine, false, stream);
	fclose(stream);
	return text;
}

static void update(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void check(const char *record)
{
	_cleanup_blob_ struct blob wanted = {0};
	size_t stem = strlen(record) - strlen(".tar.zst");
	char path[512], *text = describe(record);

	snprintf(path, sizeof(path), "%.*s.txt", (int)stem, record);
	if (getenv("BATON_UPDATE_GOLDEN"))
		update(path, text);
	assert_ok(blob_read_file(path, 1 << 20, &wanted));
	assert_ok(blob_append(&wanted, "", 1));
	assert_string_equal(text, (const char *)wanted.data);
	free(text);
}

static void recorded_machines_are_described_as_ever(void **state)
{
	glob_t records;

	(void)state;
	assert_int_equal(glob(MACHINES "/*.tar.zst", 0, NULL, &records), 0);
	assert_true(records.gl_pathc >= 10);
	for (size_t i = 0; i < records.gl_pathc; i++)
		check(records.gl_pathv[i]);
	globfree(&records);
}

static void generated_machines_are_what_their_script_makes(void **state)
{
	(void)state;
	assert_int_equal(
		system("python3 " TEST_SOURCE_DIR "/../golden/make_machines.py --check"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded_machines_are_described_as_ever),
		cmocka_unit_test(generated_machines_are_what_their_script_makes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
