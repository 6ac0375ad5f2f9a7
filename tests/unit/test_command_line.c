/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test.h"

#include "base/command_line.h"

static void words_are_found_whole(void **state)
{
	(void)state;
	assert_true(command_line_has("a no5lvl b", "no5lvl"));
	assert_true(command_line_has("nokaslr", "nokaslr"));
	assert_true(command_line_has("mem=1G", "mem"));
	assert_false(command_line_has("xno5lvl no5lvlx", "no5lvl"));
	assert_false(command_line_has("a=\"b nokaslr c\"", "nokaslr"));
	assert_false(command_line_has("", "x"));
}

/* What the kernel's own readers say of these is compared in tests/lab/test_next_arg.py. */
static void words_are_read_as_the_kernel_reads_them(void **state)
{
	static const struct {
		const char *line, *name, *value; /* of the first word; NULL: none */
	} cases[] = {
		{"\"memmap=512M$0x10000000\" x", "memmap", "512M$0x10000000"},
		{"a=\"b c\"", "a", "b c"},
		{"\"a b\"=c", "a b\"", "c"},
		{"\"a=\"b", "a", "b"},
		{"a=\"", "a", ""},
		{"\"\" b", "", NULL},
		{"\"", "", NULL},
		{"=a=b", "=a", "b"},
		{"=a", "=a", NULL},
		{"a=b\"c d\"", "a", "b\"c d\""},
		{"\v\f\r\n\t a\xa0 b", "a", NULL},
		{"\x01\x85 b", "\x01\x85", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct command_line_reader reader = {.at = cases[i].line};
		struct parameter word;

		assert_true(command_line_next(&reader, &word));
		assert_int_equal(word.name_length, strlen(cases[i].name));
		assert_memory_equal(word.name, cases[i].name, word.name_length);
		assert_int_equal(!word.value, !cases[i].value);
		assert_true(!word.value || parameter_value_is(&word, cases[i].value));
	}
}

static void dashes_equal_underscores_in_names_only(void **state)
{
	struct command_line_reader reader = {.at = "log-buf_len=a-b"};
	struct parameter word;

	(void)state;
	assert_true(command_line_next(&reader, &word));
	assert_true(parameter_is(&word, "log_buf-len"));
	assert_false(parameter_value_is(&word, "a_b"));
}

static void what_follows_two_dashes_is_not_the_kernels(void **state)
{
	(void)state;
	assert_true(command_line_has("mem=1G -- x", "mem"));
	assert_false(command_line_has("a -- mem=1G", "mem"));
	assert_false(command_line_has("a \"--\" mem=1G", "mem"));
	assert_true(command_line_has("--=x mem=1G", "mem"));
	assert_int_equal(command_line_count("mem=1G mem=2G -- mem=3G", "mem"), 2);
}

static void the_reader_before_the_kernel_knows_neither_quotes_nor_dashes(void **state)
{
	size_t length;

	(void)state;
	assert_true(command_line_mentions("a=\"b nokaslr c\"", "nokaslr"));
	assert_true(command_line_mentions("a -- nokaslr", "nokaslr"));
	assert_true(command_line_mentions("\x01nokaslr", "nokaslr"));
	assert_true(command_line_mentions("\"nokaslr\"", "nokaslr"));
	assert_false(command_line_mentions("a \"nokaslrs\"", "nokaslr"));
	assert_string_equal(command_line_early_value("x=on -- x=off", "x", &length), "off");
	assert_int_equal(length, 3);
	assert_null(command_line_early_value("xx=on \"x=on\" x", "x", &length));
}

static struct error *join(const char *value, void *data)
{
	strcat(data, value);
	strcat(data, ";");
	return NULL;
}

static void each_value_comes_without_its_quotes(void **state)
{
	char values[64] = "";

	(void)state;
	assert_ok(command_line_each("m=1 \"m=2 3\" m m=\"4\" n=5 -- m=6", "m", join, values));
	assert_string_equal(values, "1;2 3;4;");
}

static void sizes_are_read_as_the_kernel_reads_them(void **state)
{
	static const struct {
		const char *text;
		uint64_t size;
		const char *rest;
	} good[] = {{"0x10", 16, ""}, {"010", 8, ""}, {"1G", UINT64_C(1) << 30, ""},
		{"2m@4", 2 << 20, "@4"}, {"1024Mx", UINT64_C(1) << 30, "x"}};
	static const char *const bad[] = {
		"", " 1", "+1", "nopentium", "-1", "@4", "16E", "99999999999999999999"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const char *text = good[i].text;
		uint64_t size;

		assert_true(command_line_size(&text, &size));
		assert_int_equal(size, good[i].size);
		assert_string_equal(text, good[i].rest);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *text = bad[i];
		uint64_t size;

		assert_false(command_line_size(&text, &size));
		assert_ptr_equal(text, bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_found_whole),
		cmocka_unit_test(words_are_read_as_the_kernel_reads_them),
		cmocka_unit_test(dashes_equal_underscores_in_names_only),
		cmocka_unit_test(what_follows_two_dashes_is_not_the_kernels),
		cmocka_unit_test(the_reader_before_the_kernel_knows_neither_quotes_nor_dashes),
		cmocka_unit_test(each_value_comes_without_its_quotes),
		cmocka_unit_test(sizes_are_read_as_the_kernel_reads_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
