/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public interface, used as a program outside would: baton.h alone, a recorded machine. */
#include "make_archive.h"
#include "make_payload.h"

#include "baton.h"

#include <sys/wait.h>
#include <unistd.h>

#define MACHINE	      TEST_SOURCE_DIR "/../golden/machines/bios-1g.tar.zst"
#define LARGE_MACHINE TEST_SOURCE_DIR "/../golden/machines/la57.tar.zst"

struct fixture {
	char kernel[32], initrd[32];
	struct baton_machine *machine;
	struct baton_request *request;
	struct baton_plan *plan;
};

static void assert_baton_ok(struct baton_error *error)
{
	if (error)
		fail_msg("unexpected error: %s", baton_error_message(error));
}

static void assert_baton_fails(struct baton_error *error, const char *part)
{
	assert_non_null(error);
	if (!strstr(baton_error_message(error), part))
		fail_msg("wrong error: %s", baton_error_message(error));
	baton_error_free(error);
}

static void write_file(char *path, const void *data, size_t size)
{
	int fd;

	strcpy(path, "/tmp/baton-api-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), size);
	close(fd);
}

static int setup(void **state)
{
	const struct make_payload wanted = {make_relocations, sizeof(make_relocations) / 4, 0, 0};
	_cleanup_blob_ struct blob image = make_direct_bzimage(&wanted);
	_cleanup_blob_ struct blob initrd = archive("init", "#!");
	static const uint8_t seed[64] = {1, 2, 3};
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	/* The recorded machine runs with 5-level page tables. */
	image.data[SETUP_XLOADFLAGS] |= XLF_5LEVEL | XLF_5LEVEL_ENABLED;
	write_file(fixture->kernel, image.data, image.size);
	write_file(fixture->initrd, initrd.data, initrd.size);
	assert_baton_ok(baton_machine_read(MACHINE, &fixture->machine));
	assert_baton_ok(baton_request_create(fixture->kernel, &fixture->request));
	baton_request_set_seed(fixture->request, seed);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	baton_plan_free(fixture->plan);
	baton_request_free(fixture->request);
	baton_machine_free(fixture->machine);
	unlink(fixture->kernel);
	unlink(fixture->initrd);
	free(fixture);
	return 0;
}

static void a_plan_outlives_its_request_and_machine(void **state)
{
	struct fixture *fixture = *state;
	assert_baton_ok(baton_request_add_initrd(fixture->request, fixture->initrd));
	assert_baton_ok(baton_request_set_command_line(fixture->request, "root=/dev/vda1"));
	assert_baton_ok(baton_request_append(fixture->request, "quiet"));
	assert_baton_ok(baton_request_append(fixture->request, "splash"));
	assert_baton_ok(baton_plan_make(fixture->request, fixture->machine, &fixture->plan));
	baton_request_free(fixture->request);
	baton_machine_free(fixture->machine);
	fixture->request = NULL;
	fixture->machine = NULL;
	assert_int_equal(baton_plan_method(fixture->plan), BATON_METHOD_KEXEC_LOAD);
	assert_string_equal(baton_plan_command_line(fixture->plan), "root=/dev/vda1 quiet splash");
	assert_true(baton_plan_segment_count(fixture->plan) >= 4);
	assert_string_equal(baton_plan_segment_name(fixture->plan, 0), "kernel");
	assert_int_equal(baton_plan_segment_address(fixture->plan, 0) % 4096, 0);
	assert_non_null(baton_plan_segment_reason(fixture->plan, 0));
	assert_true(baton_plan_segment_memory_size(fixture->plan, 0) >=
		    baton_plan_segment_source_size(fixture->plan, 0));
	assert_true(baton_plan_handed_over(fixture->plan) >=
		    baton_plan_segment_source_size(fixture->plan, 0));
}

static bool is_refused(struct baton_error *error)
{
	bool refused = error && strstr(baton_error_message(error), "a recorded machine can be");

	baton_error_free(error);
	return refused;
}

/* As nobody: should it not be refused here, the kernel refuses it. */
static int act_as_nobody(const struct fixture *fixture)
{
	if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
		return 1;
	return !is_refused(baton_load(fixture->plan, fixture->machine)) ||
	       !is_refused(baton_unload(BATON_TARGET_NORMAL, fixture->machine)) ||
	       !is_refused(baton_execute(fixture->machine));
}

/* In a process of its own, which may give its rights away. */
static void assert_done_by_a_child(
	int (*run)(const struct fixture *fixture), const struct fixture *fixture)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(run(fixture));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void nothing_is_done_for_a_recorded_machine(void **state)
{
	struct fixture *fixture = *state;

	assert_baton_ok(baton_plan_make(fixture->request, fixture->machine, &fixture->plan));
	assert_done_by_a_child(act_as_nobody, fixture);
}

/* The plan is what was recorded, whatever machine it is to be loaded on. */
static int load_here_as_nobody(const struct fixture *fixture)
{
	struct baton_machine *here = NULL;
	bool refused;

	if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
		return 1;
	if (baton_machine_read(NULL, &here))
		return 2;
	refused = is_refused(baton_load(fixture->plan, here));
	baton_machine_free(here);
	return refused ? 0 : 3;
}

static void a_recorded_machines_plan_is_not_loaded_on_another(void **state)
{
	struct fixture *fixture = *state;

	assert_baton_ok(baton_plan_make(fixture->request, fixture->machine, &fixture->plan));
	assert_done_by_a_child(load_here_as_nobody, fixture);
}

/* Of a machine with memory above 4 GiB, also where this program cannot name that. */
static void a_recorded_machine_is_planned_for_with_all_of_its_memory(void **state)
{
	struct fixture *fixture = *state;
	uint64_t highest = 0;
	uint8_t seed[64];

	memset(seed, 0xff, sizeof(seed));
	baton_request_set_seed(fixture->request, seed);
	baton_machine_free(fixture->machine);
	assert_baton_ok(baton_machine_read(LARGE_MACHINE, &fixture->machine));
	assert_baton_ok(baton_plan_make(fixture->request, fixture->machine, &fixture->plan));
	for (size_t i = 0; i < baton_plan_segment_count(fixture->plan); i++) {
		uint64_t address = baton_plan_segment_address(fixture->plan, i);

		highest = address > highest ? address : highest;
	}
	assert_true(highest >= UINT64_C(1) << 32);
}

static void the_reasons_say_what_was_decided(void **state)
{
	struct fixture *fixture = *state;
	const char *topic, *text;
	bool entry = false;

	assert_baton_ok(baton_plan_make(fixture->request, fixture->machine, &fixture->plan));
	for (size_t i = 0; i < baton_plan_reason_count(fixture->plan); i++) {
		baton_plan_reason(fixture->plan, i, &topic, &text);
		entry = entry || (!strcmp(topic, "entry") && strstr(text, "direct"));
	}
	assert_true(entry);
}

static bool is_warned_of(const struct baton_plan *plan, const char *part)
{
	for (size_t i = 0; i < baton_plan_warning_count(plan); i++)
		if (strstr(baton_plan_warning(plan, i), part))
			return true;
	return false;
}

static void what_a_load_would_warn_of_is_in_the_plan(void **state)
{
	struct fixture *fixture = *state;
	size_t count;

	assert_baton_ok(baton_plan_make(fixture->request, fixture->machine, &fixture->plan));
	count = baton_plan_warning_count(fixture->plan);
	baton_plan_free(fixture->plan);
	unlink(fixture->initrd);
	write_file(fixture->initrd, "\1\2\3\4\5\6\7", 7);
	assert_baton_ok(baton_request_add_initrd(fixture->request, fixture->initrd));
	assert_baton_ok(baton_plan_make(fixture->request, fixture->machine, &fixture->plan));
	assert_int_equal(baton_plan_warning_count(fixture->plan), count + 1);
	assert_true(is_warned_of(fixture->plan, "neither an archive nor compressed"));
}

static void the_file_call_leaves_placement_to_the_kernel(void **state)
{
	struct fixture *fixture = *state;

	baton_request_set_method(fixture->request, BATON_METHOD_FILE_LOAD);
	assert_baton_ok(baton_plan_make(fixture->request, fixture->machine, &fixture->plan));
	assert_int_equal(baton_plan_method(fixture->plan), BATON_METHOD_FILE_LOAD);
	assert_int_equal(baton_plan_segment_count(fixture->plan), 0);
}

static void the_machine_is_told_as_json(void **state)
{
	struct fixture *fixture = *state;
	char *json;

	assert_baton_ok(baton_machine_json(fixture->machine, &json));
	assert_non_null(strstr(json, "\"architecture\""));
	free(json);
}

static void mistakes_are_errors_that_name_the_file(void **state)
{
	struct fixture *fixture = *state;
	struct baton_machine *machine;
	struct baton_request *request;

	assert_baton_fails(baton_machine_read("/nonexistent", &machine), "/nonexistent");
	assert_null(machine);
	assert_baton_ok(baton_request_create("/nonexistent", &request));
	assert_baton_fails(
		baton_plan_make(request, fixture->machine, &fixture->plan), "/nonexistent");
	assert_null(fixture->plan);
	baton_request_free(request);
	baton_plan_free(NULL);
	baton_machine_free(NULL);
	baton_request_free(NULL);
	baton_error_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_plan_outlives_its_request_and_machine),
		TEST(the_reasons_say_what_was_decided),
		TEST(nothing_is_done_for_a_recorded_machine),
		TEST(a_recorded_machines_plan_is_not_loaded_on_another),
		TEST(a_recorded_machine_is_planned_for_with_all_of_its_memory),
		TEST(what_a_load_would_warn_of_is_in_the_plan),
		TEST(the_file_call_leaves_placement_to_the_kernel),
		TEST(the_machine_is_told_as_json),
		TEST(mistakes_are_errors_that_name_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
