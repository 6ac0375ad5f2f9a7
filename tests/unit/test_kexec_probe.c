/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probing, against made-up kernels. None of these tests makes a system call of kexec's. */
#include "test.h"

#include "machine/kexec_probe.h"
#include "machine/source.h"
#include "machine/tar.h"

#include <errno.h>

/* A kernel as far as the two calls show it. */
struct fake_kernel {
	bool has_load, has_file_load, may_boot;
	unsigned long load_flags, file_flags;
	int refusal;	/* what every call answers, if not 0 */
	bool debugging; /* whether the last call asked for debug messages */
	int calls;
};

static int fake_load(void *context, unsigned long entry, unsigned long segment_count,
	const void *segments, unsigned long flags)
{
	struct fake_kernel *kernel = context;

	kernel->calls++;
	assert_int_equal(entry, 0);
	/* No segments would unload what is loaded; ON_CRASH (1) would touch the crash kernel. */
	assert_int_equal(segment_count, 1);
	assert_ptr_equal(segments, (const void *)UINTPTR_MAX);
	assert_int_equal(flags & 1, 0);
	if (kernel->refusal || !kernel->has_load)
		return kernel->has_load ? kernel->refusal : -ENOSYS;
	return flags & ~kernel->load_flags ? -EINVAL : -EFAULT;
}

static int fake_file_load(void *context, int kernel_fd, int initrd_fd,
	unsigned long command_line_size, const char *command_line, unsigned long flags)
{
	struct fake_kernel *kernel = context;

	kernel->calls++;
	assert_int_equal(kernel_fd, -1);
	assert_int_equal(initrd_fd, -1);
	assert_int_equal(command_line_size, 0);
	assert_null(command_line);
	/* UNLOAD (1) and ON_CRASH (2) act before the call fails. */
	assert_int_equal(flags & 3, 0);
	if (kernel->refusal || !kernel->has_file_load)
		return kernel->has_file_load ? kernel->refusal : -ENOSYS;
	if (flags & ~kernel->file_flags)
		return -EINVAL;
	kernel->debugging = flags & 8;
	return -EBADF;
}

static bool fake_may_boot(void *context)
{
	const struct fake_kernel *kernel = context;

	return kernel->may_boot;
}

static struct kexec_facts unknown_facts(void)
{
	return (struct kexec_facts){
		.load_disabled = TRISTATE_NO,
		.limit_reboot = -1,
		.limit_panic = -1,
		.has_kexec_load = TRISTATE_UNKNOWN,
		.has_file_load = TRISTATE_UNKNOWN,
	};
}

static const char *probe(struct fake_kernel *kernel, struct kexec_facts *facts)
{
	const struct kexec_probe_calls calls = {fake_load, fake_file_load, fake_may_boot, kernel};
	const char *reason;

	kexec_probe(&calls, facts, &reason);
	assert_false(kernel->debugging);
	return reason;
}

static void abilities_of_known_kernels_are_found(void **state)
{
	static const struct {
		const char *release;
		unsigned long load_flags, file_flags;
	} kernels[] = {{"6.1", 0, 0x4}, {"6.12", 0xc, 0xc}, {"7.3", 0xe, 0x3c}};

	(void)state;
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		struct fake_kernel kernel = {.has_load = true,
			.has_file_load = true,
			.may_boot = true,
			.load_flags = kernels[i].load_flags,
			.file_flags = kernels[i].file_flags | 3};
		struct kexec_facts facts = unknown_facts();

		assert_null(probe(&kernel, &facts));
		assert_true(facts.probed);
		assert_int_equal(facts.has_kexec_load, TRISTATE_YES);
		assert_int_equal(facts.has_file_load, TRISTATE_YES);
		assert_int_equal(facts.load_flags, kernels[i].load_flags);
		assert_int_equal(facts.file_flags, kernels[i].file_flags);
	}
}

static void absent_calls_are_found_absent(void **state)
{
	struct fake_kernel neither = {.may_boot = true};
	struct fake_kernel file_only = {.may_boot = true, .has_file_load = true, .file_flags = 4};
	struct kexec_facts facts = unknown_facts();

	(void)state;
	assert_null(probe(&neither, &facts));
	assert_int_equal(facts.has_kexec_load, TRISTATE_NO);
	assert_int_equal(facts.has_file_load, TRISTATE_NO);
	assert_int_equal(neither.calls, 2);
	assert_null(probe(&file_only, &facts));
	assert_int_equal(facts.has_kexec_load, TRISTATE_NO);
	assert_int_equal(facts.has_file_load, TRISTATE_YES);
	assert_int_equal(facts.file_flags, 4);
}

static void a_refusal_says_nothing(void **state)
{
	struct fake_kernel kernel = {
		.has_load = true, .has_file_load = true, .may_boot = true, .refusal = -EPERM};
	struct kexec_facts facts = unknown_facts();

	(void)state;
	assert_null(probe(&kernel, &facts));
	assert_int_equal(facts.has_kexec_load, TRISTATE_UNKNOWN);
	assert_int_equal(facts.has_file_load, TRISTATE_UNKNOWN);
	assert_int_equal(facts.load_flags | facts.file_flags, 0);
}

static void a_kernel_that_must_not_be_asked_is_not(void **state)
{
	struct fake_kernel kernel = {.has_load = true, .has_file_load = true, .may_boot = true};
	struct fake_kernel user = {.has_load = true, .has_file_load = true};
	struct kexec_facts disabled = unknown_facts(), limited = unknown_facts(),
			   panic_limited = unknown_facts(), facts = unknown_facts();

	(void)state;
	disabled.load_disabled = TRISTATE_YES;
	limited.limit_reboot = 3;
	panic_limited.limit_panic = 0;
	assert_non_null(strstr(probe(&kernel, &disabled), "kexec_load_disabled"));
	assert_non_null(strstr(probe(&kernel, &limited), "limit"));
	assert_non_null(strstr(probe(&kernel, &panic_limited), "limit"));
	assert_non_null(strstr(probe(&user, &facts), "CAP_SYS_BOOT"));
	assert_int_equal(kernel.calls + user.calls, 0);
	assert_false(disabled.probed || limited.probed || panic_limited.probed || facts.probed);
}

static struct source *empty_record(void)
{
	_cleanup_blob_ struct blob archive = {0};
	struct source *source;

	assert_ok(tar_append(&archive, "baton-machine", false, bytes_of("version 1\n", 10)));
	assert_ok(tar_finish(&archive));
	assert_ok(source_open_bytes("record", blob_bytes(&archive), &source));
	return source;
}

static void abilities_are_recorded_and_replayed(void **state)
{
	_cleanup_source_ struct source *source = empty_record();
	struct kexec_facts noted = unknown_facts(), read = unknown_facts();

	(void)state;
	assert_ok(kexec_abilities_read(source, &read));
	assert_false(read.probed);
	assert_int_equal(read.has_file_load, TRISTATE_UNKNOWN);
	noted.probed = true;
	noted.has_kexec_load = TRISTATE_NO;
	noted.has_file_load = TRISTATE_YES;
	noted.load_flags = 0xc;
	noted.file_flags = 0x3c;
	assert_ok(kexec_abilities_note(source, &noted));
	assert_ok(kexec_abilities_read(source, &read));
	assert_true(read.probed);
	assert_int_equal(read.has_kexec_load, TRISTATE_NO);
	assert_int_equal(read.has_file_load, TRISTATE_YES);
	assert_int_equal(read.load_flags, 0xc);
	assert_int_equal(read.file_flags, 0x3c);
}

static void nonsense_in_a_record_leaves_abilities_unknown(void **state)
{
	static const char note[] = "has_kexec_load 7\nhas_file_load yes\nload_flags -4\nwhat\n";
	_cleanup_source_ struct source *source = empty_record();
	struct kexec_facts facts = unknown_facts();

	(void)state;
	assert_ok(source_note(source, "baton/kexec-abilities", bytes_of(note, strlen(note))));
	assert_ok(kexec_abilities_read(source, &facts));
	assert_int_equal(facts.has_kexec_load, TRISTATE_UNKNOWN);
	assert_int_equal(facts.has_file_load, TRISTATE_UNKNOWN);
	assert_int_equal(facts.load_flags, 0);
}

static void a_record_never_asks_this_machine(void **state)
{
	_cleanup_source_ struct source *source = empty_record();
	_cleanup_machine_ struct machine machine;
	size_t warnings;

	(void)state;
	assert_ok(machine_read(source, &machine));
	warnings = machine.warning_count;
	assert_ok(machine_probe_kexec(source, &machine));
	assert_false(machine.kexec.probed);
	assert_int_equal(machine.warning_count, warnings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(abilities_of_known_kernels_are_found),
		cmocka_unit_test(absent_calls_are_found_absent),
		cmocka_unit_test(a_refusal_says_nothing),
		cmocka_unit_test(a_kernel_that_must_not_be_asked_is_not),
		cmocka_unit_test(abilities_are_recorded_and_replayed),
		cmocka_unit_test(nonsense_in_a_record_leaves_abilities_unknown),
		cmocka_unit_test(a_record_never_asks_this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
