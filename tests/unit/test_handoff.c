/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loading against kernels that accept, refuse and explain nothing: stand-ins for the system calls.
 */
#include "make_image.h"
#include "make_machine.h"

#include "decision/question.h"
#include "handoff/handoff.h"
#include "image/identify.h"
#include "image/initrd.h"
#include "plan/make.h"
#include "plan/plan.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the stand-in kernel was asked, and what it answers. */
static struct {
	int answer;
	unsigned int segment_loads, file_loads, reboots;
	unsigned long count, flags;
	uint64_t entry;
	char command_line[64];
	bool had_initrd;
	uint64_t kernel_size;
	int crash_before, crash_after; /* whether a crash kernel is loaded */
	unsigned int asked;	       /* times that was asked */
	int unload_answer;	       /* of the module, if another */
	unsigned int module_loads, module_unloads, restarts, mapped_count;
	uint64_t mapped_start;
} kernel;

static int fake_kexec_load(uint64_t entry, unsigned long count,
	const struct kexec_segment_abi *segments, unsigned long flags)
{
	kernel.segment_loads++;
	kernel.entry = entry;
	kernel.count = count;
	kernel.flags = flags;
	for (unsigned long i = 0; i < count; i++) {
		assert_int_equal(segments[i].address % 4096, 0);
		assert_true(segments[i].buffer_size <= segments[i].memory_size);
	}
	return kernel.answer;
}

static int fake_kexec_file_load(int kernel_fd, int initrd_fd, unsigned long command_line_size,
	const char *command_line, unsigned long flags)
{
	struct stat status;

	kernel.file_loads++;
	kernel.flags = flags;
	kernel.had_initrd = initrd_fd >= 0;
	if (command_line) {
		assert_int_equal(command_line[command_line_size - 1], '\0');
		snprintf(kernel.command_line, sizeof(kernel.command_line), "%s", command_line);
	}
	if (kernel_fd >= 0) {
		assert_int_equal(fstat(kernel_fd, &status), 0);
		kernel.kernel_size = (uint64_t)status.st_size;
	}
	return kernel.answer;
}

static int fake_reboot(void)
{
	kernel.reboots++;
	return kernel.answer;
}

static int fake_module_load(uint64_t entry, unsigned int count,
	const struct kexec_segment_abi *segments, const struct range *mapped,
	unsigned int mapped_count)
{
	kernel.module_loads++;
	kernel.entry = entry;
	kernel.count = count;
	kernel.mapped_count = mapped_count;
	kernel.mapped_start = mapped_count ? mapped[0].start : 0;
	return kernel.answer;
}

static int fake_module_unload(void)
{
	kernel.module_unloads++;
	return kernel.unload_answer ?: kernel.answer;
}

static int fake_restart(void)
{
	kernel.restarts++;
	return kernel.answer;
}

static int fake_crash_loaded(void)
{
	return kernel.asked++ ? kernel.crash_after : kernel.crash_before;
}

static void fake_sync(void)
{
}

static const struct handoff_calls fake_calls = {
	.kexec_load = fake_kexec_load,
	.kexec_file_load = fake_kexec_file_load,
	.reboot_kexec = fake_reboot,
	.module_load = fake_module_load,
	.module_unload = fake_module_unload,
	.reboot_restart = fake_restart,
	.sync = fake_sync,
	.crash_loaded = fake_crash_loaded,
};

struct fixture {
	struct machine machine;
	struct image image;
	struct request request;
	struct plan plan;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct blob file = make_bzimage(&(struct make_bzimage){0});

	memset(&kernel, 0, sizeof(kernel));
	fixture->machine = make_machine();
	assert_ok(image_identify("kernel", &file, NULL, &fixture->image));
	fixture->request.command_line = "quiet";
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	plan_deinit(&fixture->plan);
	image_deinit(&fixture->image);
	machine_deinit(&fixture->machine);
	free(fixture);
	return 0;
}

static void make_plan(struct fixture *fixture)
{
	plan_deinit(&fixture->plan);
	assert_ok(plan_make(
		&(struct question){&fixture->request, &fixture->image, NULL, &fixture->machine},
		NULL, &fixture->plan));
}

static void segments_go_by_kexec_load(void **state)
{
	struct fixture *fixture = *state;

	make_plan(fixture);
	assert_ok(handoff_load(&fake_calls, &fixture->plan, &fixture->machine));
	assert_int_equal(kernel.segment_loads, 1);
	assert_int_equal(kernel.count, 3);
	assert_int_equal(kernel.entry, fixture->plan.entry);
	assert_int_equal(kernel.flags, KEXEC_ARCH_X86_64);
}

static void a_32_bit_kernel_is_told_its_own_architecture(void **state)
{
	struct fixture *fixture = *state;

	free(fixture->machine.architecture);
	fixture->machine.architecture = strdup("i586");
	fixture->machine.cpu_long_mode = true;
	make_plan(fixture);
	assert_ok(handoff_load(&fake_calls, &fixture->plan, &fixture->machine));
	assert_int_equal(kernel.flags, KEXEC_ARCH_386);
	assert_ok(handoff_unload(&fake_calls, TARGET_NORMAL, METHOD_AUTO, &fixture->machine));
	assert_int_equal(kernel.flags, KEXEC_ARCH_386);
}

/* Only a build for 32-bit machines can fail here: there the address would be cut off. */
static void a_32_bit_program_refuses_what_its_words_do_not_hold(void **state)
{
	struct fixture *fixture = *state;

	make_plan(fixture);
	fixture->plan.segments.list[0].address = UINT64_C(5) << 30;
	if (sizeof(void *) > 4)
		assert_ok(handoff_load(&fake_calls, &fixture->plan, &fixture->machine));
	else
		assert_fails(handoff_load(&fake_calls, &fixture->plan, &fixture->machine),
			ERROR_UNSUPPORTED, "lies above 4 GiB");
	assert_int_equal(kernel.segment_loads, sizeof(void *) > 4);
}

static void files_go_by_kexec_file_load(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.method = METHOD_FILE_LOAD;
	make_plan(fixture);
	assert_ok(handoff_load(&fake_calls, &fixture->plan, &fixture->machine));
	assert_int_equal(kernel.file_loads, 1);
	assert_int_equal(kernel.flags, KEXEC_FILE_NO_INITRAMFS);
	assert_false(kernel.had_initrd);
	assert_string_equal(kernel.command_line, "quiet");
	assert_int_equal(kernel.kernel_size, fixture->image.bytes.size);
}

static void crash_kernels_carry_their_flag(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.target = TARGET_CRASH;
	make_plan(fixture);
	assert_ok(handoff_load(&fake_calls, &fixture->plan, &fixture->machine));
	assert_int_equal(kernel.flags, KEXEC_FILE_ON_CRASH | KEXEC_FILE_NO_INITRAMFS);
}

static void permission_is_explained_by_what_is_known(void **state)
{
	struct fixture *fixture = *state;
	struct kexec_facts *kexec = &fixture->machine.kexec;

	make_plan(fixture);
	kernel.answer = -EPERM;
	assert_fails(handoff_load(&fake_calls, &fixture->plan, &fixture->machine),
		ERROR_NOT_PERMITTED, "CAP_SYS_BOOT");
	kexec->limit_reboot = 0;
	assert_fails(handoff_load(&fake_calls, &fixture->plan, &fixture->machine),
		ERROR_NOT_PERMITTED, "kexec_load_limit_reboot is used up");
	kexec->load_disabled = TRISTATE_YES;
	assert_fails(handoff_load(&fake_calls, &fixture->plan, &fixture->machine),
		ERROR_NOT_PERMITTED, "kexec_load_disabled is 1");
}

static void every_errno_becomes_a_sentence(void **state)
{
	static const struct {
		int errnum;
		enum error_code code;
		const char *part;
	} cases[] = {
		{EACCES, ERROR_NOT_PERMITTED, "security policy"},
		{EBUSY, ERROR_OTHER, "another load is under way"},
		{ENOSYS, ERROR_UNSUPPORTED, "built without"},
		{ENOMEM, ERROR_NO_SPACE, "no memory"},
		{ENOEXEC, ERROR_FORMAT, "does not recognise"},
		{EKEYREJECTED, ERROR_NOT_PERMITTED, "signature"},
		{EIO, ERROR_SYSTEM, "Input/output"},
	};
	struct fixture *fixture = *state;

	make_plan(fixture);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		kernel.answer = -cases[i].errnum;
		assert_fails(handoff_load(&fake_calls, &fixture->plan, &fixture->machine),
			cases[i].code, cases[i].part);
	}
}

static void a_crash_kernel_that_the_kernel_discarded_is_said_to_be_gone(void **state)
{
	/* EPERM comes before the kernel frees it, or after, by the signature check. */
	static const int errnums[] = {EADDRNOTAVAIL, EPERM, EKEYREJECTED};
	struct fixture *fixture = *state;

	fixture->request.target = TARGET_CRASH;
	make_plan(fixture);
	for (size_t i = 0; i < sizeof(errnums) / sizeof(errnums[0]); i++) {
		struct error *error;

		kernel.answer = -errnums[i];
		kernel.crash_before = 1;
		kernel.crash_after = 0;
		kernel.asked = 0;
		error = handoff_load(&fake_calls, &fixture->plan, &fixture->machine);
		assert_non_null(strstr(error_message(error), "discarded the crash kernel"));
		error_free(error);
		kernel.crash_after = 1;
		kernel.asked = 0;
		error = handoff_load(&fake_calls, &fixture->plan, &fixture->machine);
		assert_null(strstr(error_message(error), "discarded"));
		error_free(error);
	}
}

static void unloading_tries_the_other_call_where_a_policy_refuses_one(void **state)
{
	struct fixture *fixture = *state;

	kernel.answer = -EPERM;
	assert_fails(handoff_unload(&fake_calls, TARGET_NORMAL, METHOD_AUTO, &fixture->machine),
		ERROR_NOT_PERMITTED, "kexec_file_load");
	assert_int_equal(kernel.segment_loads, 1);
	assert_int_equal(kernel.file_loads, 1);
}

static void unloading_under_lockdown_goes_by_the_file_call(void **state)
{
	struct fixture *fixture = *state;

	fixture->machine.lockdown = LOCKDOWN_INTEGRITY;
	assert_ok(handoff_unload(&fake_calls, TARGET_NORMAL, METHOD_AUTO, &fixture->machine));
	assert_int_equal(kernel.segment_loads, 0);
	assert_int_equal(kernel.flags, KEXEC_FILE_UNLOAD);
	fixture->machine.lockdown = LOCKDOWN_NONE;
	assert_ok(handoff_unload(&fake_calls, TARGET_CRASH, METHOD_AUTO, &fixture->machine));
	assert_int_equal(kernel.segment_loads, 1);
	assert_int_equal(kernel.flags, KEXEC_ARCH_X86_64 | KEXEC_ON_CRASH);
}

static void executing_with_nothing_loaded_asks_the_kernel_nothing(void **state)
{
	struct fixture *fixture = *state;

	assert_fails(handoff_execute(&fake_calls, &fixture->machine), ERROR_NOT_LOADED,
		"nothing is loaded");
	assert_int_equal(kernel.reboots, 0);
	fixture->machine.kexec.loaded = TRISTATE_YES;
	kernel.answer = -EINVAL;
	assert_fails(handoff_execute(&fake_calls, &fixture->machine), ERROR_NOT_LOADED,
		"nothing loaded");
	assert_int_equal(kernel.reboots, 1);
}

static void have_module(struct fixture *fixture)
{
	fixture->machine.module.present = true;
	fixture->machine.module.loaded = TRISTATE_NO;
}

static void segments_go_to_the_module_with_what_it_must_map(void **state)
{
	struct fixture *fixture = *state;

	have_module(fixture);
	fixture->request.method = METHOD_MODULE;
	fixture->machine.efi.system_table = 0x3f9ee018;
	make_plan(fixture);
	assert_ok(handoff_load(&fake_calls, &fixture->plan, &fixture->machine));
	assert_int_equal(kernel.module_loads, 1);
	assert_int_equal(kernel.segment_loads, 0);
	assert_int_equal(kernel.count, fixture->plan.segments.count);
	assert_int_equal(kernel.entry, fixture->plan.entry);
	assert_int_equal(kernel.mapped_count, 1);
	assert_int_equal(kernel.mapped_start, 0x3f9ee000);
}

static void what_the_module_refuses_is_told_in_its_own_words(void **state)
{
	struct fixture *fixture = *state;
	char obstacle[] = "this is a domain of Xen";

	have_module(fixture);
	fixture->request.method = METHOD_MODULE;
	make_plan(fixture);
	kernel.answer = -EOPNOTSUPP;
	assert_fails(handoff_load(&fake_calls, &fixture->plan, &fixture->machine),
		ERROR_UNSUPPORTED, "a processor is offline");
	kernel.answer = -EADDRNOTAVAIL;
	assert_fails(handoff_load(&fake_calls, &fixture->plan, &fixture->machine), ERROR_NO_SPACE,
		"System RAM");
	kernel.answer = -EPERM;
	assert_fails(handoff_load(&fake_calls, &fixture->plan, &fixture->machine),
		ERROR_NOT_PERMITTED, "/dev/baton: not permitted");
	fixture->machine.kexec.limit_reboot = 2;
	assert_fails(handoff_load(&fake_calls, &fixture->plan, &fixture->machine),
		ERROR_NOT_PERMITTED, "kexec_load_limit_reboot allows (2)");
	fixture->machine.module.obstacle = obstacle;
	kernel.answer = -EOPNOTSUPP;
	assert_fails(handoff_load(&fake_calls, &fixture->plan, &fixture->machine),
		ERROR_UNSUPPORTED, "domain of Xen");
	fixture->machine.module.obstacle = NULL;
}

static void what_is_loaded_last_counts(void **state)
{
	struct fixture *fixture = *state;

	have_module(fixture);
	fixture->machine.module.loaded = TRISTATE_YES;
	make_plan(fixture);
	assert_ok(handoff_load(&fake_calls, &fixture->plan, &fixture->machine));
	assert_int_equal(kernel.segment_loads, 1);
	assert_int_equal(kernel.module_unloads, 1);
	kernel.unload_answer = -EBUSY;
	assert_fails(handoff_load(&fake_calls, &fixture->plan, &fixture->machine), ERROR_OTHER,
		"baton's module still holds");
}

/* systemd starts by itself what the kernel's own kexec holds. */
static void what_is_loaded_last_counts_into_the_module_too(void **state)
{
	struct fixture *fixture = *state;

	have_module(fixture);
	fixture->request.method = METHOD_MODULE;
	fixture->machine.kexec.loaded = TRISTATE_YES;
	make_plan(fixture);
	assert_ok(handoff_load(&fake_calls, &fixture->plan, &fixture->machine));
	assert_int_equal(kernel.module_loads, 1);
	assert_int_equal(kernel.module_unloads, 0);
	assert_int_equal(kernel.segment_loads, 1);
	assert_int_equal(kernel.count, 0);
	fixture->machine.kexec.loaded = TRISTATE_NO;
	assert_ok(handoff_load(&fake_calls, &fixture->plan, &fixture->machine));
	assert_int_equal(kernel.segment_loads, 1);
	/* Unloading takes both. */
	fixture->machine.module.loaded = TRISTATE_YES;
	fixture->machine.kexec.loaded = TRISTATE_YES;
	assert_ok(handoff_unload(&fake_calls, TARGET_NORMAL, METHOD_AUTO, &fixture->machine));
	assert_int_equal(kernel.module_unloads, 1);
	assert_int_equal(kernel.segment_loads, 2);
}

static void the_module_is_unloaded_and_started_where_it_has_something(void **state)
{
	struct fixture *fixture = *state;

	have_module(fixture);
	fixture->machine.module.loaded = TRISTATE_YES;
	assert_fails(handoff_execute(&fake_calls, &fixture->machine), ERROR_SYSTEM, "came back");
	assert_int_equal(kernel.restarts, 1);
	assert_int_equal(kernel.reboots, 0);
	assert_ok(handoff_unload(&fake_calls, TARGET_NORMAL, METHOD_AUTO, &fixture->machine));
	assert_int_equal(kernel.module_unloads, 1);
	assert_int_equal(kernel.segment_loads, 0);
	/* The one for a crash is the kernel's own. */
	assert_ok(handoff_unload(&fake_calls, TARGET_CRASH, METHOD_AUTO, &fixture->machine));
	assert_int_equal(kernel.module_unloads, 1);
	assert_int_equal(kernel.segment_loads, 1);
}

static void an_elf_plan_has_the_pvh_note_and_a_segment_for_each(void **state)
{
	struct fixture *fixture = *state;
	char path[] = "/tmp/baton-elf-XXXXXX";
	_cleanup_blob_ struct blob blob = {0};
	const Elf64_Ehdr *header;
	const Elf64_Phdr *programs;
	int fd = mkstemp(path);

	close(fd);
	fixture->request.method = METHOD_ELF;
	make_plan(fixture);
	assert_ok(handoff_write_elf(&fixture->plan, path));
	assert_ok(blob_read_file(path, 1 << 30, &blob));
	header = (const Elf64_Ehdr *)blob.data;
	programs = (const Elf64_Phdr *)(blob.data + header->e_phoff);
	assert_int_equal(header->e_phnum, fixture->plan.segments.count + 1);
	assert_int_equal(programs[0].p_type, PT_NOTE);
	assert_int_equal(load_le32(blob.data + programs[0].p_offset + 8), 18);
	for (unsigned int i = 0; i < fixture->plan.segments.count; i++) {
		const struct segment *segment = &fixture->plan.segments.list[i];

		assert_int_equal(programs[i + 1].p_paddr, segment->address);
		assert_memory_equal(blob.data + programs[i + 1].p_offset, segment->source.data,
			segment->source.size);
	}
	remove(path);
}

static void an_elf_that_cannot_be_written_leaves_nothing(void **state)
{
	struct fixture *fixture = *state;

	fixture->request.method = METHOD_ELF;
	make_plan(fixture);
	assert_fails(handoff_write_elf(&fixture->plan, "/nonexistent/file"), ERROR_SYSTEM,
		"/nonexistent/file");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(segments_go_by_kexec_load),
		TEST(a_32_bit_kernel_is_told_its_own_architecture),
		TEST(a_32_bit_program_refuses_what_its_words_do_not_hold),
		TEST(files_go_by_kexec_file_load),
		TEST(crash_kernels_carry_their_flag),
		TEST(permission_is_explained_by_what_is_known),
		TEST(every_errno_becomes_a_sentence),
		TEST(a_crash_kernel_that_the_kernel_discarded_is_said_to_be_gone),
		TEST(unloading_tries_the_other_call_where_a_policy_refuses_one),
		TEST(unloading_under_lockdown_goes_by_the_file_call),
		TEST(executing_with_nothing_loaded_asks_the_kernel_nothing),
		TEST(segments_go_to_the_module_with_what_it_must_map),
		TEST(what_the_module_refuses_is_told_in_its_own_words),
		TEST(what_is_loaded_last_counts),
		TEST(what_is_loaded_last_counts_into_the_module_too),
		TEST(the_module_is_unloaded_and_started_where_it_has_something),
		TEST(an_elf_plan_has_the_pvh_note_and_a_segment_for_each),
		TEST(an_elf_that_cannot_be_written_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
