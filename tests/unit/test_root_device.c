/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The root file system's device, by the names that udev gives it. */
#include "fake_root.h"

#include "entry/root_device.h"

/* From memory of its own, so that a sanitizer sees what is read past its end. */
static void assert_found(const struct fake_root *root, const char *word, enum start_root wanted)
{
	char *copy = strdup(word), device[DEVICE_NAME_MAX];

	assert_non_null(copy);
	assert_int_equal(root_look_up(root->path, copy, device), wanted);
	if (wanted == START_ROOT_THERE)
		assert_string_equal(device, "sda1");
	free(copy);
}

static void a_link(const struct fake_root *root, const char *name)
{
	fake_root_folders(root, name);
	assert_int_equal(symlink("../../sda1", fake_root_path(root, name)), 0);
}

static void udevs_escapes_are_decoded(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();

	(void)state;
	a_link(&root, "dev/disk/by-label/the\\x20root");
	a_link(&root, "dev/disk/by-label/a\\x2fb");
	assert_found(&root, "LABEL=the root", START_ROOT_THERE);
	assert_found(&root, "LABEL=a/b", START_ROOT_THERE);
	assert_found(&root, "/dev/disk/by-label/the\\x20root", START_ROOT_THERE);
	assert_found(&root, "LABEL=the", START_ROOT_MISSING);
}

static void an_escape_that_is_cut_off_is_read_to_the_end_of_the_word(void **state)
{
	static const char *const words[] = {"\\", "\\x", "\\x4", "\\x 4", "x\\x4g", "\\x\\x4"};
	_cleanup_fake_root_ struct fake_root root = fake_root_make();

	(void)state;
	a_link(&root, "dev/disk/by-label/other");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char word[64], name[64];

		snprintf(word, sizeof(word), "/dev/disk/by-label/%s", words[i]);
		assert_found(&root, word, START_ROOT_MISSING);
		snprintf(name, sizeof(name), "dev/disk/by-label/%s", words[i]);
		a_link(&root, name);
		assert_found(&root, word, START_ROOT_THERE);
	}
}

static void labels_are_told_by_their_case_and_numbers_are_not(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();

	(void)state;
	a_link(&root, "dev/disk/by-label/ROOT");
	a_link(&root, "dev/disk/by-partlabel/Linux");
	a_link(&root, "dev/disk/by-uuid/12ab-CD34");
	assert_found(&root, "LABEL=ROOT", START_ROOT_THERE);
	assert_found(&root, "LABEL=root", START_ROOT_MISSING);
	assert_found(&root, "PARTLABEL=linux", START_ROOT_MISSING);
	assert_found(&root, "UUID=12AB-cd34", START_ROOT_THERE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(udevs_escapes_are_decoded),
		cmocka_unit_test(labels_are_told_by_their_case_and_numbers_are_not),
		cmocka_unit_test(an_escape_that_is_cut_off_is_read_to_the_end_of_the_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
