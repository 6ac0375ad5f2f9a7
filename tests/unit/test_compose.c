/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The new command line, out of the running one and what was asked for; and what the record says. */
#include "test.h"

#include "image/image.h"
#include "machine/machine.h"
#include "plan/command_line.h"
#include "wire/handoff.h"

struct fixture {
	struct request request;
	struct machine machine;
	struct setup_data_node node;
	struct image image;
	bool bootconfig;
	bool no_record;
	uint64_t max;
	struct composition made;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->request.reuse_command_line = true;
	fixture->machine.release = (char *)"6.1.0-1-amd64";
	strcpy(fixture->image.bzimage.kernel_version, "6.1.0-1-amd64 (somebody) #1 SMP");
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	composition_deinit(&fixture->made);
	blob_deinit(&fixture->node.data);
	free(fixture);
	return 0;
}

static struct error *compose(struct fixture *fixture, const char *running)
{
	const struct composing composing = {&fixture->request, &fixture->machine, &fixture->image,
		fixture->bootconfig, !fixture->no_record, fixture->max};

	fixture->machine.command_line = (char *)running;
	composition_deinit(&fixture->made);
	return command_line_compose(&composing, &fixture->made);
}

static void assert_composed(struct fixture *fixture, const char *running, const char *wanted)
{
	assert_ok(compose(fixture, running));
	assert_string_equal(fixture->made.text, wanted);
}

static void assert_part(
	const struct fixture *fixture, enum command_line_origin origin, const char *wanted)
{
	if (!wanted)
		assert_null(fixture->made.parts[origin]);
	else
		assert_string_equal(fixture->made.parts[origin], wanted);
}

/* The running kernel was handed what @usual and @once make. */
static void leave_record(struct fixture *fixture, const char *usual, const char *once)
{
	struct handoff_record record = {
		.magic = HANDOFF_RECORD_MAGIC,
		.version = HANDOFF_RECORD_VERSION,
		.size = (uint32_t)(sizeof(record) + strlen(usual) + strlen(once)),
		.usual_offset = sizeof(record),
		.usual_size = (uint32_t)strlen(usual),
		.once_offset = (uint32_t)(sizeof(record) + strlen(usual)),
		.once_size = (uint32_t)strlen(once),
	};

	blob_deinit(&fixture->node.data);
	fixture->node.type = SETUP_DATA_BATON;
	assert_ok(blob_copy(bytes_of(&record, sizeof(record)), &fixture->node.data));
	assert_ok(blob_append(&fixture->node.data, usual, strlen(usual)));
	assert_ok(blob_append(&fixture->node.data, once, strlen(once)));
	fixture->machine.setup_data = &fixture->node;
	fixture->machine.setup_data_count = 1;
}

static void the_old_boots_words_are_dropped_whole(void **state)
{
	assert_composed(*state,
		"BOOT_IMAGE=/vmlinuz-6.1 root=/dev/sda1 ro BOOT_IMAGE_NAME=x initrd=\\a.img quiet",
		"root=/dev/sda1 ro BOOT_IMAGE_NAME=x quiet");
	assert_part(*state, ORIGIN_LEFT_OLD_BOOT, "BOOT_IMAGE=/vmlinuz-6.1 initrd=\\a.img");
	/* The kernel drops quotes around a whole word, and what follows -- is init's. */
	assert_composed(*state, "\"initrd=x y\" z -- initrd=y", "z -- initrd=y");
	assert_part(*state, ORIGIN_LEFT_OLD_BOOT, "\"initrd=x y\"");
}

static void crashkernel_goes_only_for_a_crash_kernel_and_only_as_a_word(void **state)
{
	struct fixture *fixture = *state;
	const char *running = "mycrashkernel=1 crashkernel=256M crashkernel_x=2";

	assert_composed(fixture, running, running);
	assert_part(fixture, ORIGIN_LEFT_OLD_BOOT, NULL);
	fixture->request.target = TARGET_CRASH;
	assert_composed(fixture, running, "mycrashkernel=1 crashkernel_x=2");
	assert_part(fixture, ORIGIN_LEFT_OLD_BOOT, "crashkernel=256M");
}

static void quotes_protect_spaces(void **state)
{
	assert_composed(*state, "a=\"x initrd=y\"  b initrd=\"p q\" c", "a=\"x initrd=y\" b c");
}

static void parts_are_joined_by_one_space_in_order(void **state)
{
	struct fixture *fixture = *state;

	fixture->request = (struct request){.command_line = "root=/dev/vda", .append = "quiet"};
	assert_composed(fixture, "ignored", "root=/dev/vda quiet");
	fixture->request.reuse_command_line = true;
	assert_composed(fixture, "ro", "ro root=/dev/vda quiet");
	fixture->request.command_line = "";
	assert_composed(fixture, "", "quiet");
	fixture->request.append = NULL;
	assert_composed(fixture, "", "");
}

static void characters_that_the_kernel_cuts_through_stay_whole(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.append = "z=\xe2\xa0\x80\xc3\xa0 q";
	assert_composed(fixture, "x=\xc3\xa0 y=\xc2\xa0\xc2\xa0 initrd=\xc3\xa0 -- \xc3\xa0",
		"x=\xc3\xa0 y=\xc2\xa0\xc2\xa0 z=\xe2\xa0\x80\xc3\xa0 q -- \xc3\xa0");
}

static void reuse_without_a_known_command_line_is_an_error(void **state)
{
	assert_fails(compose(*state, NULL), ERROR_UNSUPPORTED, "not known");
}

static void what_is_appended_goes_to_the_kernel_and_not_to_init(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.append = "panic=5";
	assert_composed(fixture, "ro -- single x", "ro panic=5 -- single x");
	assert_composed(fixture, "ro --", "ro panic=5");
	fixture->request.append = "panic=5 -- y";
	assert_composed(fixture, "ro \"--\" x", "ro panic=5 -- x y");
	assert_string_equal(fixture->made.usual, "ro -- x");
	assert_string_equal(fixture->made.once, "panic=5 -- y");
}

static void words_that_would_run_together_are_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_composed(fixture, "ro a=\"b c", "ro a=\"b c");
	fixture->request.append = "quiet";
	assert_fails(compose(fixture, "ro a=\"b c"), ERROR_USAGE, "not closed");
	fixture->request.append = "x=\"y";
	assert_fails(compose(fixture, "ro -- init"), ERROR_USAGE, "not closed");
}

static void what_was_appended_ends_with_its_handoff(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.append = "one=1";
	assert_composed(fixture, "BOOT_IMAGE=/x ro", "ro one=1");
	assert_string_equal(fixture->made.usual, "ro");
	assert_string_equal(fixture->made.once, "one=1");
	assert_part(fixture, ORIGIN_RUNNING, "ro");
	assert_part(fixture, ORIGIN_APPENDED, "one=1");

	fixture->request.append = "two=2";
	leave_record(fixture, "ro", "one=1");
	assert_composed(fixture, "ro one=1", "ro two=2");
	assert_part(fixture, ORIGIN_LEFT_ONCE, "one=1");
	assert_string_equal(fixture->made.usual, "ro");

	fixture->request.append = NULL;
	leave_record(fixture, "ro", "two=2");
	assert_composed(fixture, "ro two=2", "ro");
}

static void reuse_as_a_whole_keeps_it_and_it_ends_with_that_handoff(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.reuse_whole = true;
	leave_record(fixture, "ro -- x", "one=1 -- y");
	assert_composed(fixture, "ro one=1 -- x y", "ro one=1 -- x y");
	assert_part(fixture, ORIGIN_RUNNING_ONCE, "one=1 -- y");
	assert_part(fixture, ORIGIN_LEFT_ONCE, NULL);
	assert_string_equal(fixture->made.once, "one=1 -- y");
}

static void a_line_given_whole_is_the_usual_one_from_then_on(void **state)
{
	struct fixture *fixture = *state;

	fixture->request = (struct request){.command_line = "root=/dev/vdb", .append = "one=1"};
	assert_composed(fixture, "ro", "root=/dev/vdb one=1");
	assert_string_equal(fixture->made.usual, "root=/dev/vdb");
	assert_string_equal(fixture->made.once, "one=1");
	/* As the drop-in has it: --append alone is the line. */
	fixture->request = (struct request){.append = "root=/dev/vdb"};
	assert_composed(fixture, "ro", "root=/dev/vdb");
	assert_string_equal(fixture->made.usual, "root=/dev/vdb");
	assert_string_equal(fixture->made.once, "");
}

static void a_record_that_the_running_line_denies_is_not_believed(void **state)
{
	struct fixture *fixture = *state;

	leave_record(fixture, "ro root=/dev/vda", "one=1");
	assert_composed(fixture, "root=/dev/vda ro one=1", "root=/dev/vda ro one=1");
	assert_composed(fixture, "ro root=/dev/vda", "ro root=/dev/vda");
	leave_record(fixture, "ro", "one=1");
	fixture->node.data.data[offsetof(struct handoff_record, once_offset)] = 1;
	assert_composed(fixture, "ro one=1", "ro one=1");
}

static void without_a_record_a_mark_tells_what_was_for_one_handoff(void **state)
{
	struct fixture *fixture = *state;

	fixture->no_record = true;
	assert_composed(fixture, "ro", "ro");
	fixture->request.append = "one=1 \"two=2 3\" -- y";
	assert_composed(fixture, "ro -- x", "ro baton_handoff.once=2,1 one=1 \"two=2 3\" -- x y");
	fixture->request.append = NULL;
	assert_composed(fixture, "ro baton_handoff.once=2,1 one=1 \"two=2 3\" -- x y", "ro -- x");
	assert_part(fixture, ORIGIN_LEFT_ONCE, "one=1 \"two=2 3\" -- y");
	fixture->request.reuse_whole = true;
	assert_composed(fixture, "ro baton_handoff.once=2,1 one=1 \"two=2 3\" -- x y",
		"ro baton_handoff.once=2,1 one=1 \"two=2 3\" -- x y");
}

static void a_mark_that_does_not_fit_says_nothing(void **state)
{
	static const char *const marks[] = {"baton_handoff.once=3,0", "baton_handoff.once=1,1",
		"baton_handoff.once=1", "baton_handoff.once", "baton_handoff.once=-1,0",
		"baton_handoff.once=2,0x", "baton_handoff.once=4294967298,0",
		"baton_handoff.once=2,1"};
	char line[128];

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		snprintf(line, sizeof(line), "ro %s a b", marks[i]);
		assert_composed(*state, line, "ro a b");
	}
}

static void no_mark_is_made_where_none_is_wanted_or_there_is_no_room(void **state)
{
	struct fixture *fixture = *state;

	fixture->no_record = true;
	fixture->request.append = "one=1";
	fixture->max = strlen("ro baton_handoff.once=1,0 one=1");
	assert_composed(fixture, "ro", "ro baton_handoff.once=1,0 one=1");
	assert_false(fixture->made.unmarked);
	fixture->max--;
	assert_composed(fixture, "ro", "ro one=1");
	assert_true(fixture->made.unmarked);
	fixture->max = 0;
	fixture->request.unmarked = true;
	assert_composed(fixture, "ro", "ro one=1");
	assert_true(fixture->made.unmarked);
}

static void what_is_built_in_is_not_added_once_more(void **state)
{
	struct fixture *fixture = *state;

	fixture->machine.added.built_in = (char *)"console=ttyS0 a=\"b c\"";
	assert_composed(fixture, "console=ttyS0 a=\"b c\" BOOT_IMAGE=/x ro", "ro");
	assert_part(fixture, ORIGIN_LEFT_BUILT_IN, "console=ttyS0 a=\"b c\"");
	/* Only where it stands, and whole. */
	assert_composed(fixture, "ro console=ttyS0 a=\"b c\"", "ro console=ttyS0 a=\"b c\"");
	assert_composed(fixture, "console=ttyS0 ro", "console=ttyS0 ro");
}

static void another_kernel_may_not_have_it_built_in(void **state)
{
	struct fixture *fixture = *state;

	fixture->machine.added.built_in = (char *)"root=/dev/vda";
	strcpy(fixture->image.bzimage.kernel_version, "6.1.0-1-amd64x");
	assert_composed(fixture, "root=/dev/vda ro", "root=/dev/vda ro");
	assert_part(fixture, ORIGIN_KEPT, "root=/dev/vda");
	assert_part(fixture, ORIGIN_RUNNING, "ro");
}

static void a_line_that_the_configuration_overrides_is_kept(void **state)
{
	struct fixture *fixture = *state;

	fixture->machine.added.built_in = (char *)"root=/dev/vda";
	fixture->machine.added.overrides = true;
	assert_composed(fixture, "root=/dev/vda", "root=/dev/vda");
	assert_true(fixture->made.overridden);
}

static void a_boot_configurations_words_come_again_with_it(void **state)
{
	struct fixture *fixture = *state;
	const char *running = "a.b=1 c d=\"x y\" bootconfig ro -- i=1 x";

	fixture->machine.added.bootconfig = (char *)"a.b=\"1\" c d=\"x y\"";
	fixture->machine.added.bootconfig_init = (char *)"i=\"1\"";
	fixture->bootconfig = true;
	assert_composed(fixture, running, "bootconfig ro -- x");
	assert_part(fixture, ORIGIN_LEFT_BOOTCONFIG, "a.b=1 c d=\"x y\" -- i=1");
	/* This initrd has none. */
	fixture->bootconfig = false;
	assert_composed(fixture, running, "a.b=1 c d=\"x y\" bootconfig ro -- i=1 x");
	fixture->machine.added.bootconfig_built_in = true;
	assert_composed(fixture, running, "bootconfig ro -- x");
	strcpy(fixture->image.bzimage.kernel_version, "6.2");
	assert_composed(fixture, running, "a.b=1 c d=\"x y\" bootconfig ro -- i=1 x");
}

static void words_that_look_as_if_for_one_boot_are_named(void **state)
{
	static const struct {
		const char *line, *named;
	} cases[] = {
		{"ro single quiet", "single"},
		{"systemd.unit=rescue.target init=/bin/sh",
			"systemd.unit=rescue.target, init=/bin/sh"},
		{"\"rd.break=pre-mount\" x", "\"rd.break=pre-mount\""},
		{"systemd.unit=multi-user.target init=/sbin/init single=1 -- single", NULL},
		{"", NULL},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_ok(compose(fixture, cases[i].line));
		if (cases[i].named)
			assert_string_equal(fixture->made.suspects, cases[i].named);
		else
			assert_null(fixture->made.suspects);
	}
	/* Who gives it now, means it. */
	fixture->request.append = "single";
	assert_ok(compose(fixture, "ro"));
	assert_null(fixture->made.suspects);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_old_boots_words_are_dropped_whole),
		TEST(crashkernel_goes_only_for_a_crash_kernel_and_only_as_a_word),
		TEST(quotes_protect_spaces),
		TEST(parts_are_joined_by_one_space_in_order),
		TEST(characters_that_the_kernel_cuts_through_stay_whole),
		TEST(reuse_without_a_known_command_line_is_an_error),
		TEST(what_is_appended_goes_to_the_kernel_and_not_to_init),
		TEST(words_that_would_run_together_are_refused),
		TEST(what_was_appended_ends_with_its_handoff),
		TEST(reuse_as_a_whole_keeps_it_and_it_ends_with_that_handoff),
		TEST(a_line_given_whole_is_the_usual_one_from_then_on),
		TEST(a_record_that_the_running_line_denies_is_not_believed),
		TEST(without_a_record_a_mark_tells_what_was_for_one_handoff),
		TEST(a_mark_that_does_not_fit_says_nothing),
		TEST(no_mark_is_made_where_none_is_wanted_or_there_is_no_room),
		TEST(what_is_built_in_is_not_added_once_more),
		TEST(another_kernel_may_not_have_it_built_in),
		TEST(a_line_that_the_configuration_overrides_is_kept),
		TEST(a_boot_configurations_words_come_again_with_it),
		TEST(words_that_look_as_if_for_one_boot_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
