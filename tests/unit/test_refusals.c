/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Refusals that no other test comes to: docs/coverage.md lists those. Each is reached as a caller
 * would reach it, and its sentence is looked at.
 */
#include "fake_root.h"
#include "make_image.h"
#include "make_machine.h"
#include "make_plan.h"

#include "arch/arch.h"
#include "arch/x86/setup_data.h"
#include "base/held_file.h"
#include "base/parse.h"
#include "handoff/explain.h"
#include "handoff/handoff.h"
#include "image/identify.h"
#include "image/initrd.h"
#include "job/choice.h"
#include "job/run.h"
#include "ledger/collect.h"
#include "machine/facts.h"
#include "plan/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct blob file = make_bzimage(&(struct make_bzimage){0});

	fixture->machine = make_machine();
	assert_ok(image_identify("kernel", &file, NULL, &fixture->image));
	fixture->request.command_line = "quiet";
	*state = fixture;
	return 0;
}

static void a_kernel_for_another_architecture_is_refused(void **state)
{
	struct fixture *fixture = *state;

	fixture->image.machine = IMAGE_MACHINE_AARCH64;
	fixture->image.kind = IMAGE_ELF;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "not for x86");
}

static void a_call_that_the_kernel_lacks_is_not_asked_for(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.method = METHOD_FILE_LOAD;
	fixture->machine.kexec.has_file_load = TRISTATE_NO;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "CONFIG_KEXEC_FILE");
	fixture->machine.kexec.file_load_is_64bit = true;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "64-bit programs only");
	fixture->request.method = METHOD_KEXEC_LOAD;
	fixture->machine.kexec.has_kexec_load = TRISTATE_NO;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "(CONFIG_KEXEC)");
	fixture->machine.kexec.has_kexec_load = TRISTATE_YES;
	fixture->request.target = TARGET_CRASH;
	assert_fails(make_plan(fixture), ERROR_UNSUPPORTED, "kexec_file_load");
}

static void a_kernel_larger_than_the_memory_is_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_ok(blob_resize(&fixture->initrd.bytes, 4096));
	fixture->initrd.count = 1;
	fixture->image.bzimage.init_size = 0xfff00000;
	assert_fails(make_plan(fixture), ERROR_NO_SPACE, "before it starts anything");
}

static void a_plan_that_breaks_a_rule_of_the_kernels_is_none(void **state)
{
	struct fixture *fixture = *state;
	const struct arch *arch = arch_of(&fixture->machine);
	struct plan *plan = &fixture->plan;
	struct segment *first = &plan->segments.list[0], *second = &plan->segments.list[1], whole;

	assert_ok(make_plan(fixture));
	assert_ok(plan_verify(arch, plan, &fixture->machine));
	whole = *first;
	first->address = UINT64_MAX - 4095;
	first->memory_size = 8192;
	assert_fails(plan_verify(arch, plan, &fixture->machine), ERROR_OTHER, "wraps around");
	*first = whole;
	first->memory_size = 4096;
	assert_true(first->source.size > 4096);
	assert_fails(plan_verify(arch, plan, &fixture->machine), ERROR_OTHER, "more bytes");
	*first = whole;
	plan->mailbox = first->address;
	assert_fails(plan_verify(arch, plan, &fixture->machine), ERROR_OTHER, "mailbox's page");
	plan->mailbox = 0;
	first->address = second->address;
	assert_fails(plan_verify(arch, plan, &fixture->machine), ERROR_OTHER, "overlap");
	*first = whole;
	fixture->machine.memory_total = 2 * first->memory_size;
	assert_fails(plan_verify(arch, plan, &fixture->machine), ERROR_NO_SPACE, "all segments");
}

static void more_segments_than_the_call_takes_are_refused(void **state)
{
	struct segments segments = {0};
	const struct segment segment = {.name = "piece", .memory_size = 4096};

	(void)state;
	for (unsigned int i = 0; i < SEGMENTS_MAX; i++)
		assert_ok(segments_add(&segments, &segment, "because"));
	assert_fails(
		segments_add(&segments, &segment, "because"), ERROR_UNSUPPORTED, "16 segments");
	segments_deinit(&segments);
}

static void setup_data_has_bounds(void **state)
{
	struct boot_data data = {.node_count = BOOT_DATA_NODES_MAX};

	(void)state;
	assert_fails(setup_data_add(&data, 1, (struct bytes){0}), ERROR_LIMIT, "nodes");
	data.node_count = 0;
	/* Nobody looks at the bytes. */
	assert_fails(setup_data_add(&data, 1, (struct bytes){.size = 5 * GIB}), ERROR_LIMIT,
		"larger than 4 GiB");
}

static void a_file_that_shrinks_while_it_is_read_is_noticed(void **state)
{
	struct fake_root root = fake_root_make();
	_cleanup_held_file_ struct held_file file = {0};
	_cleanup_blob_ struct blob bytes = {0};
	const char *path;

	(void)state;
	fake_root_text(&root, "initrd", "0123456789");
	path = fake_root_path(&root, "initrd");
	assert_ok(held_file_open(path, &file));
	assert_int_equal(truncate(path, 3), 0);
	assert_fails(held_file_read(&file, MIB, &bytes), ERROR_OTHER, "became shorter");
	fake_root_remove(&root);
}

static void an_initrd_beyond_all_bounds_is_refused_before_it_is_read(void **state)
{
	struct fake_root root = fake_root_make();
	_cleanup_initrd_ struct initrd initrd = {0};
	const char *paths[1];

	(void)state;
	fake_root_text(&root, "initrd", "");
	paths[0] = fake_root_path(&root, "initrd");
	/* All of it is a hole. */
	if (truncate(paths[0], (off_t)(INITRD_SIZE_LIMIT + 1)) == 0)
		assert_fails(initrd_open(paths, 1, &initrd), ERROR_LIMIT, "GiB");
	fake_root_remove(&root);
}

static void more_initrds_than_there_is_room_for_are_refused(void **state)
{
	_cleanup_choice_ struct choice choice = {0};

	(void)state;
	for (unsigned int i = 0; i < INITRD_MAX; i++)
		assert_ok(choice_add_initrd(&choice, "--initrd", "file"));
	assert_fails(choice_add_initrd(&choice, "--initrd", "file"), ERROR_USAGE, "initrds");
}

static void values_of_options_have_bounds(void **state)
{
	static const char *const names[] = {"one", "two", "three", NULL};
	uint32_t baud;
	uint16_t port;
	uint64_t number;
	size_t index;

	(void)state;
	assert_fails(parse_serial_port("--console", "0", &port), ERROR_USAGE, "no serial port");
	assert_fails(parse_serial_port("--console", "tty0", &port), ERROR_USAGE, "ttyS0 to ttyS3");
	assert_fails(parse_baud("--console", "0", &baud), ERROR_USAGE, "no speed");
	assert_fails(
		parse_number("--mem-max", "-1", true, 10, &number), ERROR_USAGE, "not a number");
	assert_fails(
		parse_number("--mem-max", "17T", true, GIB, &number), ERROR_USAGE, "too large");
	assert_ok(parse_name("--x", "two", names, "unknown", &index));
	assert_int_equal(index, 1);
	assert_fails(parse_name("--x", "four", names, "unknown", &index), ERROR_USAGE,
		"--x: \"four\" is unknown; expected one, two or three");
}

static void a_job_needs_a_kernel_and_the_memory_for_it(void **state)
{
	struct fixture *fixture = *state;
	struct fake_root root = fake_root_make();
	const struct job_system system = {.root = root.path};
	struct job_options options = {.machine = &fixture->machine};
	_cleanup_job_ struct job job = {0};
	char path[512];

	assert_fails(job_plan(&system, &options, NULL, &job), ERROR_USAGE, "no kernel was named");
	job_deinit(&job);
	job = (struct job){0};
	strcpy(path, fake_root_path(&root, "vmlinuz"));
	fake_root_text(&root, "vmlinuz", "");
	assert_int_equal(truncate(path, 900 * (off_t)MIB), 0);
	options.kernel = path;
	fixture->machine.memory_available = GIB;
	assert_fails(
		job_plan(&system, &options, NULL, &job), ERROR_NO_SPACE, "twice while they are");
	fake_root_remove(&root);
}

static void a_runtime_map_has_a_bound(void **state)
{
	static const char line[] = "0x1\t0x1\t0x1\t0x1\t0x1\n";
	_cleanup_blob_ struct blob table = {0};
	struct efi_facts efi = {0};

	(void)state;
	for (unsigned int i = 0; i < 4097; i++)
		assert_ok(blob_append(&table, line, sizeof(line) - 1));
	assert_fails(
		efi_runtime_map_parse(blob_bytes(&table), &efi), ERROR_LIMIT, "more than 4096");
	free(efi.runtime_map);
}

static int not_permitted(void)
{
	return -EPERM;
}

static void what_the_calls_answer_is_told(void **state)
{
	struct fixture *fixture = *state;
	const struct handoff_calls calls = {.reboot_kexec = not_permitted};
	struct machine *machine = &fixture->machine;
	struct plan elf = {.method = METHOD_ELF}, by_file = {.method = METHOD_FILE_LOAD};

	assert_fails(handoff_load(&calls, &elf, machine), ERROR_USAGE, "by ELF cannot be loaded");
	machine->kexec.loaded = TRISTATE_YES;
	assert_fails(handoff_execute(&calls, machine), ERROR_NOT_PERMITTED, "run as root");
	machine->kexec.limit_reboot = 3;
	assert_fails(explain_load_failure("/dev/baton", EPERM, TARGET_NORMAL, machine),
		ERROR_NOT_PERMITTED, "as many loads as");
	assert_fails(explain_load_failure("/dev/baton", EINVAL, TARGET_NORMAL, machine),
		ERROR_UNSUPPORTED, "refused the segments");
	assert_fails(explain_load_failure("/dev/baton", ENXIO, TARGET_NORMAL, machine),
		ERROR_UNSUPPORTED, "modprobe baton");
	machine->kexec.limit_reboot = -1;
	machine->lockdown = LOCKDOWN_INTEGRITY;
	assert_fails(explain_load_failure("kexec_load", EPERM, TARGET_NORMAL, machine),
		ERROR_NOT_PERMITTED, "locked down");
	by_file.file_kernel.present = true;
	assert_fails(explain_file_load_failure(EACCES, &by_file, machine), ERROR_NOT_PERMITTED,
		"kernel is given as a copy in memory");
}

/* Any file stands for one that IMA has refused. */
static struct error *refused_file(const struct fixture *fixture, const char *path)
{
	struct held_file file = {.fd = open(path, O_RDONLY), .path = (char *)path};
	struct plan plan = {.method = METHOD_FILE_LOAD};
	struct error *error;

	assert_true(file.fd >= 0);
	plan.file_kernel.present = true;
	plan.file_kernel.itself = &file;
	error = explain_file_load_failure(EACCES, &plan, &fixture->machine);
	close(file.fd);
	return error;
}

static void why_a_policy_refuses_a_file_is_told(void **state)
{
	/* Its type (IMA_XATTR_DIGEST_NG: kernel, security/integrity/integrity.h), SHA-256, no
	   digest that any file has. */
	static const uint8_t label[34] = {4, 4, 1};
	struct fixture *fixture = *state;
	struct fake_root root = fake_root_make();
	const char *path;

	/* procfs has no labels of its own. */
	assert_fails(
		refused_file(fixture, "/proc/self/status"), ERROR_NOT_PERMITTED, "keeps no labels");
	fake_root_text(&root, "vmlinuz", "kernel");
	path = fake_root_path(&root, "vmlinuz");
	if (setxattr(path, "security.ima", label, sizeof(label), 0) == 0) {
		assert_fails(refused_file(fixture, path), ERROR_NOT_PERMITTED,
			"does not match its file");
		assert_int_equal(removexattr(path, "security.ima"), 0);
		assert_fails(refused_file(fixture, path), ERROR_NOT_PERMITTED, "has no label");
	} else {
		/* Root alone may, and where labels are kept. */
		print_message("# no label can be given: %s\n", strerror(errno));
	}
	fake_root_remove(&root);
}

static void a_program_that_ends_badly_is_told(void **state)
{
	static const char *const ends[] = {"sh", "-c", "exit 3", NULL};
	static const char *const dies[] = {"sh", "-c", "kill -9 $$", NULL};
	_cleanup_blob_ struct blob output = {0};

	(void)state;
	assert_fails(ledger_system_live.run(ends, &output), ERROR_OTHER, "wait status 0x300");
	assert_fails(ledger_system_live.run(dies, &output), ERROR_OTHER, "wait status 0x9");
}

static void an_elf_is_written_to_files_alone(void **state)
{
	struct plan plan = {.method = METHOD_ELF};

	(void)state;
	assert_fails(handoff_write_elf(&plan, "/dev/null"), ERROR_USAGE, "not a regular file");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_kernel_for_another_architecture_is_refused),
		TEST(a_call_that_the_kernel_lacks_is_not_asked_for),
		TEST(a_kernel_larger_than_the_memory_is_refused),
		TEST(a_plan_that_breaks_a_rule_of_the_kernels_is_none),
		TEST(more_segments_than_the_call_takes_are_refused),
		TEST(setup_data_has_bounds),
		TEST(a_file_that_shrinks_while_it_is_read_is_noticed),
		TEST(an_initrd_beyond_all_bounds_is_refused_before_it_is_read),
		TEST(more_initrds_than_there_is_room_for_are_refused),
		TEST(values_of_options_have_bounds),
		TEST(a_job_needs_a_kernel_and_the_memory_for_it),
		TEST(a_runtime_map_has_a_bound),
		TEST(what_the_calls_answer_is_told),
		TEST(why_a_policy_refuses_a_file_is_told),
		TEST(a_program_that_ends_badly_is_told),
		TEST(an_elf_is_written_to_files_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
