/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What nobody looks at is told, and what was looked at is not spoken of. */
#include "make_archive.h"
#include "make_machine.h"
#include "make_payload.h"
#include "make_plan.h"

#include "decision/decision.h"
#include "decision/question.h"
#include "image/identify.h"
#include "image/payload.h"
#include "image/whole.h"
#include "plan/decide.h"
#include "plan/unpack.h"

#define KERNEL_UNCHECKED "whether the kernel inside kernel is whole"
#define INITRD_UNCHECKED "whether the initrd is whole"

static void forget(struct fixture *fixture)
{
	plan_deinit(&fixture->plan);
	unpacked_kernel_deinit(&fixture->unpacked);
}

/* A kernel that can be entered directly, with its build's checksum or without. */
static void read_kernel(struct fixture *fixture, bool checksum)
{
	struct blob file = make_direct_bzimage(&(struct make_payload){
		.relocations = make_relocations, .relocation_count = sizeof(make_relocations) / 4});

	/* From 6.15 on none has one. */
	memcpy(file.data + MAKE_VERSION_AT, checksum ? "6.1.0" : "7.2.0", 5);
	assert_ok(blob_resize(&file, (file.size + 15) & ~UINT64_C(15)));
	if (checksum)
		make_crc(&file);
	forget(fixture);
	image_deinit(&fixture->image);
	assert_ok(image_identify("kernel", &file, NULL, &fixture->image));
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->machine = make_machine();
	fixture->request.command_line = "quiet";
	read_kernel(fixture, false);
	*state = fixture;
	return 0;
}

static void plan(struct fixture *fixture)
{
	struct blob prepared = blob_steal(&fixture->unpacked.prepared);
	const struct question question = {&fixture->request, &fixture->image,
		fixture->initrd.bytes.size ? &fixture->initrd : NULL, &fixture->machine};
	_cleanup_decision_ struct decision decision = {0};

	forget(fixture);
	fixture->unpacked.prepared = prepared;
	assert_ok(decide(&question, &decision));
	assert_ok(plan_unpack(&question, &decision, &fixture->unpacked, &fixture->initrd));
	assert_ok(plan_finish(&question, &decision, &fixture->unpacked, &fixture->plan));
}

static bool is_told(const struct fixture *fixture, const char *part)
{
	return has_reason(&fixture->plan, "not checked", part);
}

static void a_kernel_that_was_unpacked_is_checked(void **state)
{
	struct fixture *fixture = *state;

	plan(fixture);
	assert_true(fixture->plan.direct);
	assert_false(is_told(fixture, ""));
}

static void a_kernel_without_any_checksum_is_told(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.entry_choice = ENTRY_STUB;
	plan(fixture);
	assert_true(is_told(fixture, KERNEL_UNCHECKED ": its build put no checksum behind it"));
	read_kernel(fixture, true);
	plan(fixture);
	assert_false(is_told(fixture, ""));
}

static void the_file_call_takes_a_kernel_without_a_look_inside_and_says_so(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.method = METHOD_FILE_LOAD;
	plan(fixture);
	assert_true(is_told(fixture, KERNEL_UNCHECKED));
}

/* A load will unpack it: there is nothing to tell beforehand. */
static void a_plan_that_is_only_shown_does_not_speak_of_what_a_load_checks(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.describe_only = true;
	plan(fixture);
	assert_false(is_told(fixture, ""));
}

static void a_kernel_for_which_there_is_no_memory_is_told(void **state)
{
	struct fixture *fixture = *state;

	assert_ok(unpacked_kernel_check(&fixture->image, true, 1, &fixture->unpacked));
	assert_ok(make_plan(fixture));
	/* Should it be damaged, the new kernel halts: whoever loads must see it. */
	assert_true(has_reason(&fixture->plan, "warning", "nobody has looked whether the kernel"));
	assert_true(has_reason(&fixture->plan, "warning", "unpacking and loading it takes"));
}

static void a_kernel_that_was_prepared_but_does_not_fit_is_unpacked_with_a_warning(void **state)
{
	struct fixture *fixture = *state;

	assert_ok(blob_resize(&fixture->unpacked.prepared, 4711));
	plan(fixture);
	assert_true(fixture->plan.direct);
	assert_false(payload_of(fixture)->prepared);
	assert_true(has_reason(&fixture->plan, "warning",
		"kernel: what is kept of it below /var/cache/baton does not fit it (payload: "
		"prepared with 4711 bytes"));
}

/* It would not have been unpacked either. */
static void want_of_memory_is_nothing_wrong_with_what_was_prepared(void **state)
{
	struct fixture *fixture = *state;

	assert_ok(blob_resize(&fixture->unpacked.prepared, 4711));
	assert_ok(unpacked_kernel_make(&fixture->image, 1, &fixture->unpacked));
	assert_null(fixture->unpacked.prepared_declined);
	assert_non_null(fixture->unpacked.declined);
}

static void an_initrd_that_is_not_unpacked_is_told(void **state)
{
	static const enum initrd_choice choices[] = {INITRD_AUTO, INITRD_KEEP};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		blob_deinit(&fixture->initrd.bytes);
		fixture->initrd = (struct initrd){.count = 1};
		fixture->initrd.bytes = archive("init", "x");
		fixture->request.initrd_choice = choices[i];
		read_kernel(fixture, false);
		plan(fixture);
		/* One that is not compressed is walked over to its end. */
		assert_int_equal(fixture->initrd.checked, choices[i] == INITRD_AUTO);
		assert_int_equal(is_told(fixture, INITRD_UNCHECKED), choices[i] == INITRD_KEEP);
		free(fixture->initrd.kept_reason);
		fixture->initrd.kept_reason = NULL;
	}
}

static void measurements_that_cannot_be_seen_are_told_where_they_would_be_lost(void **state)
{
	struct fixture *fixture = *state;

	fixture->machine.ima =
		(struct ima_facts){.tpm = true, .hidden = true, .carried = TRISTATE_UNKNOWN};
	plan(fixture);
	assert_true(is_told(fixture, "securityfs is not mounted"));
	fixture->request.method = METHOD_FILE_LOAD;
	read_kernel(fixture, false);
	plan(fixture);
	assert_false(is_told(fixture, "securityfs is not mounted"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_kernel_that_was_unpacked_is_checked),
		TEST(a_kernel_without_any_checksum_is_told),
		TEST(the_file_call_takes_a_kernel_without_a_look_inside_and_says_so),
		TEST(a_plan_that_is_only_shown_does_not_speak_of_what_a_load_checks),
		TEST(a_kernel_for_which_there_is_no_memory_is_told),
		TEST(a_kernel_that_was_prepared_but_does_not_fit_is_unpacked_with_a_warning),
		TEST(want_of_memory_is_nothing_wrong_with_what_was_prepared),
		TEST(an_initrd_that_is_not_unpacked_is_told),
		TEST(measurements_that_cannot_be_seen_are_told_where_they_would_be_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
