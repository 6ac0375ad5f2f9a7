/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A load from names of files to system calls, against a folder and calls that only count. */
#include "fake_root.h"
#include "make_archive.h"
#include "make_machine.h"
#include "make_payload.h"

#include "handoff/handoff.h"
#include "job/load.h"
#include "job/run.h"
#include "store/loaded.h"

static unsigned int loads;

static int count_load(uint64_t entry, unsigned long count, const struct kexec_segment_abi *segments,
	unsigned long flags)
{
	(void)entry;
	(void)segments;
	(void)flags;
	loads += count >= 4;
	return 0;
}

static int nothing_loaded(void)
{
	return 0;
}

static const struct handoff_calls calls = {
	.kexec_load = count_load,
	.crash_loaded = nothing_loaded,
};

struct fixture {
	struct fake_root root;
	struct machine machine;
	struct job_system system;
	struct job_options options;
	char kernel[512];
	unsigned int warnings;
};

static int setup(void **state)
{
	const struct make_payload wanted = {make_relocations, sizeof(make_relocations) / 4, 0, 0};
	_cleanup_blob_ struct blob kernel = make_direct_bzimage(&wanted);
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	FILE *file;

	loads = 0;
	fixture->root = fake_root_make();
	fixture->machine = make_machine();
	strcpy(fixture->kernel, fake_root_path(&fixture->root, "vmlinuz"));
	file = fopen(fixture->kernel, "w");
	assert_int_equal(fwrite(kernel.data, 1, kernel.size, file), kernel.size);
	fclose(file);
	fake_root_folders(&fixture->root, "run/baton/loaded");
	fclose(fopen(fake_root_path(&fixture->root, "run/baton/mailbox"), "w"));
	fixture->system = (struct job_system){.root = fixture->root.path, .calls = &calls};
	fixture->options = (struct job_options){
		.kernel = fixture->kernel,
		.machine = &fixture->machine,
		.warn_of_start = true,
		.request.command_line = "root=/dev/vda1",
	};
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

static void count_warning(struct error *warning, void *data)
{
	unsigned int *count = data;

	*count += warning != NULL;
	error_free(warning);
}

/* Of what it was asked with nothing is needed for the load: not the names, nor the machine. */
static void a_plan_is_loaded_after_what_it_was_made_of_is_gone(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_job_ struct job job = {0};
	_cleanup_loaded_ struct loaded loaded;
	struct machine now = fixture->machine;
	char kernel[512];

	assert_ok(job_plan(&fixture->system, &fixture->options, NULL, &job));
	strcpy(kernel, fixture->kernel);
	memset(fixture->kernel, 'x', sizeof(fixture->kernel));
	memset(&fixture->options, 0xff, sizeof(fixture->options));
	job.machine = (struct machine){0};
	assert_ok(job_load(&fixture->system, &job, &now, count_warning, &fixture->warnings));
	assert_int_equal(loads, 1);
	assert_int_equal(now.kexec.loaded, TRISTATE_YES);
	assert_int_equal(fixture->warnings, 0);
	loaded_read(fixture->root.path, &loaded);
	assert_string_equal(loaded.kernel, kernel);
	assert_string_equal(loaded.command_line, "root=/dev/vda1");
	/* Below its own root. */
	assert_int_equal(access(fake_root_path(&fixture->root, "run/baton/mailbox"), F_OK), -1);
	assert_ok(job_unload(&fixture->system, TARGET_NORMAL, METHOD_AUTO, &now));
	assert_int_equal(access(fake_root_path(&fixture->root, "run/baton/loaded"), F_OK), -1);
}

static unsigned int stages;

static void note_stage(void *data, enum job_stage stage)
{
	(void)data;
	assert_true(stage < JOB_STAGES);
	assert_int_equal(stages >> stage, 0);
	stages |= 1U << stage;
}

static void who_watches_sees_the_stages_in_order(void **state)
{
	struct fixture *fixture = *state;
	const struct job_watch watch = {.at = note_stage};
	_cleanup_job_ struct job job = {0};

	stages = 0;
	assert_ok(job_plan(&fixture->system, &fixture->options, &watch, &job));
	assert_int_equal(stages, (1U << JOB_LOAD) - 1);
	assert_int_equal(loads, 0);
}

/* Its words come again with the initrd, which is looked at last. */
static void the_command_line_knows_the_initrds_boot_configuration(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_blob_ struct blob contents = archive("init", "#!");
	char initrd[512];

	strcpy(initrd, fake_root_path(&fixture->root, "initrd"));
	fixture->options.initrds[fixture->options.initrd_count++] = initrd;
	fixture->options.request.command_line = NULL;
	fixture->options.reuse_by_default = true;
	free(fixture->machine.command_line);
	fixture->machine.command_line = strdup("a.b=1 bootconfig ro");
	fixture->machine.added.bootconfig = strdup("a.b=\"1\"");
	for (int has = 0; has < 2; has++) {
		_cleanup_job_ struct job job = {0};
		FILE *file = fopen(initrd, "w");

		fwrite(contents.data, 1, contents.size, file);
		fputs(has ? "#BOOTCONFIG\n" : "", file);
		fclose(file);
		assert_ok(job_plan(&fixture->system, &fixture->options, NULL, &job));
		assert_string_equal(
			job.plan.command_line, has ? "bootconfig ro" : "a.b=1 bootconfig ro");
		/* Told once, though it was composed twice. */
		for (unsigned int i = 0; i < job.plan.notes.count; i++)
			for (unsigned int k = 0; k < i; k++)
				assert_string_not_equal(
					job.plan.notes.list[i].text, job.plan.notes.list[k].text);
	}
}

/* What a load would look at was not looked at. */
static void a_plan_that_is_only_shown_is_not_loaded(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.request.describe_only = true;
	for (enum entry_choice entry = ENTRY_AUTO; entry <= ENTRY_STUB; entry++) {
		_cleanup_job_ struct job job = {0};

		fixture->options.request.entry_choice = entry;
		assert_ok(job_plan(&fixture->system, &fixture->options, NULL, &job));
		assert_fails(job_load(&fixture->system, &job, &fixture->machine, count_warning,
				     &fixture->warnings),
			ERROR_USAGE, "to be shown");
	}
	assert_int_equal(loads, 0);
}

/* The machine that was read already stays its owner's. */
static void a_borrowed_machine_is_left_as_it_is(void **state)
{
	struct fixture *fixture = *state;
	size_t warnings = fixture->machine.warning_count;
	struct job job = {0};

	assert_ok(job_plan(&fixture->system, &fixture->options, NULL, &job));
	assert_true(job.machine_borrowed);
	job_deinit(&job);
	assert_int_equal(fixture->machine.warning_count, warnings);
	assert_true(fixture->machine.usable.count > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_plan_is_loaded_after_what_it_was_made_of_is_gone),
		TEST(who_watches_sees_the_stages_in_order),
		TEST(the_command_line_knows_the_initrds_boot_configuration),
		TEST(a_plan_that_is_only_shown_is_not_loaded),
		TEST(a_borrowed_machine_is_left_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
