/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What kexec_file_load is given: the very files, or copies in memory, against a stand-in kernel. */
#include "fake_root.h"
#include "make_archive.h"
#include "make_image.h"
#include "make_machine.h"

#include "decision/decision.h"
#include "decision/question.h"
#include "handoff/handoff.h"
#include "image/initrd.h"
#include "image/read.h"
#include "image/unpacked.h"
#include "plan/decide.h"
#include "plan/make.h"
#include "plan/plan.h"
#include "plan/unpack.h"

#include <errno.h>
#include <linux/kexec.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the stand-in kernel was given last, and what it answers. */
static struct {
	int answer;
	unsigned int loads;
	unsigned long flags;
	struct stat kernel, initrd;
	uint8_t contents[1 << 20]; /* of the initrd */
	ssize_t size;
} given;

static int fake_file_load(int kernel_fd, int initrd_fd, unsigned long command_line_size,
	const char *command_line, unsigned long flags)
{
	(void)command_line_size;
	(void)command_line;
	given.loads++;
	given.flags = flags;
	assert_int_equal(fstat(kernel_fd, &given.kernel), 0);
	if (!(flags & KEXEC_FILE_NO_INITRAMFS)) {
		assert_int_equal(fstat(initrd_fd, &given.initrd), 0);
		given.size = pread(initrd_fd, given.contents, sizeof(given.contents), 0);
	}
	return given.answer;
}

static int not_loaded(void)
{
	return 0;
}

static const struct handoff_calls fake_calls = {
	.kexec_file_load = fake_file_load,
	.crash_loaded = not_loaded,
	.module_loaded = not_loaded,
};

struct fixture {
	struct fake_root root;
	char kernel[128], first[128], second[128]; /* paths */
	struct machine machine;
	struct image image;
	struct initrd initrd;
	struct request request;
	struct plan plan;
};

static const char *put(
	struct fixture *fixture, const char *name, const struct blob *blob, char path[static 128])
{
	fake_root_write(&fixture->root, name, blob->data, blob->size);
	snprintf(path, 128, "%s/%s", fixture->root.path, name);
	return path;
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	_cleanup_blob_ struct blob kernel = make_bzimage(&(struct make_bzimage){0});
	_cleanup_blob_ struct blob first = archive("etc/fstab", "first");
	_cleanup_blob_ struct blob second =
		archive("kernel/x86/microcode/GenuineIntel.bin", "microcode");

	make_crc(&kernel);
	memset(&given, 0, sizeof(given));
	fixture->root = fake_root_make();
	/* What hides microcode that comes behind it. */
	assert_ok(blob_append(&first, "\x1f\x8b\x08not really gzip", 18));
	put(fixture, "vmlinuz", &kernel, fixture->kernel);
	put(fixture, "first", &first, fixture->first);
	put(fixture, "second", &second, fixture->second);
	fixture->machine = make_machine();
	fixture->request.command_line = "quiet";
	fixture->request.method = METHOD_FILE_LOAD;
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	plan_deinit(&fixture->plan);
	initrd_deinit(&fixture->initrd);
	image_deinit(&fixture->image);
	machine_deinit(&fixture->machine);
	fake_root_remove(&fixture->root);
	free(fixture);
	return 0;
}

/* As `baton load` does it. */
static struct error *plan_with(
	struct fixture *fixture, const char *const *paths, unsigned int count)
{
	_cleanup_unpacked_kernel_ struct unpacked_kernel unpacked = {0};
	_cleanup_decision_ struct decision decision = {0};
	const struct question question = {&fixture->request, &fixture->image,
		count ? &fixture->initrd : NULL, &fixture->machine};

	TRY(image_read(fixture->kernel, NULL, &fixture->image));
	TRY(initrd_open(paths, count, &fixture->initrd));
	TRY(decide(&question, &decision));
	if (!decision_leaves_files(&question, &decision))
		TRY(initrd_load(&fixture->initrd));
	TRY(plan_unpack(&question, &decision, &unpacked, &fixture->initrd));
	return plan_finish(&question, &decision, &unpacked, &fixture->plan);
}

/* Of what is open or read already. */
static struct error *plan_as_it_is(struct fixture *fixture)
{
	const struct question question = {
		&fixture->request, &fixture->image, &fixture->initrd, &fixture->machine};

	return plan_make(&question, NULL, &fixture->plan);
}

static struct error *load(struct fixture *fixture)
{
	return handoff_load(&fake_calls, &fixture->plan, &fixture->machine);
}

static void assert_is_file(const struct stat *status, const char *path)
{
	struct stat wanted;

	assert_int_equal(stat(path, &wanted), 0);
	assert_true(status->st_dev == wanted.st_dev && status->st_ino == wanted.st_ino);
}

static void the_kernel_is_given_the_very_files(void **state)
{
	struct fixture *fixture = *state;
	const char *paths[] = {fixture->first};

	assert_ok(plan_with(fixture, paths, 1));
	assert_int_equal(fixture->initrd.bytes.capacity, 0);
	assert_ok(load(fixture));
	assert_is_file(&given.kernel, fixture->kernel);
	assert_is_file(&given.initrd, fixture->first);
	assert_int_equal(given.flags, 0);
}

static void what_was_looked_at_is_loaded_even_if_its_name_is_another_files_now(void **state)
{
	struct fixture *fixture = *state;
	const char *paths[] = {fixture->first};

	assert_ok(plan_with(fixture, paths, 1));
	assert_int_equal(rename(fixture->second, fixture->kernel), 0);
	assert_ok(load(fixture));
	assert_int_equal(given.kernel.st_size, fixture->image.bytes.size);
	assert_int_equal(given.kernel.st_nlink, 0);
}

static void a_file_that_changed_since_is_not_loaded(void **state)
{
	struct fixture *fixture = *state;
	const char *paths[] = {fixture->first};

	assert_ok(plan_with(fixture, paths, 1));
	assert_int_equal(truncate(fixture->kernel, 100), 0);
	assert_fails(load(fixture), ERROR_OTHER, "vmlinuz: changed after it had been looked at");
	assert_int_equal(given.loads, 0);
}

/* The same bytes as where baton places them itself, with the microcode first. */
static void several_initrds_become_one_file_in_memory(void **state)
{
	struct fixture *fixture = *state;
	const char *paths[] = {fixture->first, fixture->second};
	_cleanup_initrd_ struct initrd whole = {0};

	assert_ok(initrd_read(paths, 2, &whole));
	assert_true(whole.reordered);
	assert_ok(plan_with(fixture, paths, 2));
	assert_true(fixture->initrd.reordered);
	assert_int_equal(fixture->initrd.bytes.capacity, 0);
	assert_ok(load(fixture));
	assert_is_file(&given.kernel, fixture->kernel);
	assert_int_equal(given.size, whole.bytes.size);
	assert_memory_equal(given.contents, whole.bytes.data, whole.bytes.size);
}

/* As one that lies on a disk, which is larger: 1 MiB of zeros behind it. */
static void move_to_device(const char *path, struct held_file *ret)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(truncate(path, status.st_size + (1 << 20)), 0);
	assert_ok(held_file_open(path, ret));
	ret->regular = false;
	ret->device = true;
}

static struct error *plan_with_devices(struct fixture *fixture)
{
	struct held_file kernel, initrd;

	move_to_device(fixture->kernel, &kernel);
	move_to_device(fixture->second, &initrd);
	TRY(image_read_held(&kernel, NULL, &fixture->image));
	TRY(initrd_open_held(&initrd, 1, &fixture->initrd));
	return plan_as_it_is(fixture);
}

/* The kernel's own reader takes regular files only (fs/kernel_read_file.c). */
static void what_lies_on_a_block_device_is_given_as_a_copy_without_what_follows_it(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_blob_ struct blob kernel = {0}, initrd = {0};

	assert_ok(blob_read_file(fixture->kernel, 1 << 20, &kernel));
	assert_ok(blob_read_file(fixture->second, 1 << 20, &initrd));
	assert_ok(plan_with_devices(fixture));
	assert_int_equal(fixture->initrd.bytes.capacity, 0);
	assert_ok(load(fixture));
	assert_true(S_ISREG(given.kernel.st_mode) && S_ISREG(given.initrd.st_mode));
	assert_int_equal(given.kernel.st_nlink, 0);
	assert_int_equal(given.initrd.st_nlink, 0);
	assert_int_equal(given.kernel.st_size, kernel.size);
	assert_int_equal(given.size, initrd.size);
	assert_memory_equal(given.contents, initrd.data, initrd.size);
}

static void a_policy_that_appraises_files_gets_no_copies_of_devices(void **state)
{
	struct fixture *fixture = *state;

	fixture->machine.kexec.load_refused = true;
	assert_fails(plan_with_devices(fixture), ERROR_NOT_PERMITTED,
		"has no label: it lies on a block device; make a file");
}

static void what_is_to_be_unpacked_first_is_read(void **state)
{
	struct fixture *fixture = *state;
	const char *paths[] = {fixture->second};
	_cleanup_blob_ struct blob second = {0};

	fixture->request.initrd_choice = INITRD_UNPACK;
	assert_ok(plan_with(fixture, paths, 1));
	assert_false(fixture->initrd.in_files);
	assert_ok(load(fixture));
	assert_ok(blob_read_file(fixture->second, 1 << 20, &second));
	assert_int_equal(given.size, second.size);
	assert_int_equal(given.initrd.st_nlink, 0);
}

static void a_limit_on_files_is_an_error_and_no_end(void **state)
{
	struct fixture *fixture = *state;
	const char *paths[] = {fixture->first, fixture->second};
	struct rlimit before, limit;
	struct error *error;

	assert_ok(plan_with(fixture, paths, 2));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = (struct rlimit){100, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	error = load(fixture);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_fails(error, ERROR_SYSTEM, "ulimit -f");
}

static void appraise(struct machine *machine)
{
	machine->kexec.load_refused = true;
}

static void a_policy_that_appraises_files_gets_no_copies(void **state)
{
	struct fixture *fixture = *state;
	const char *paths[] = {fixture->first, fixture->second};

	appraise(&fixture->machine);
	assert_fails(plan_with(fixture, paths, 2), ERROR_NOT_PERMITTED, "has no label");
	initrd_deinit(&fixture->initrd);
	image_deinit(&fixture->image);
	/* Where the signature is in the image, a copy has it too. */
	fixture->machine.efi.secure_boot = TRISTATE_YES;
	assert_ok(plan_with(fixture, paths, 2));
	assert_ok(load(fixture));
}

static void refused_files_are_told_by_their_labels(void **state)
{
	struct fixture *fixture = *state;
	const char *paths[] = {fixture->first};
	struct error *error;

	appraise(&fixture->machine);
	assert_ok(plan_with(fixture, paths, 1));
	given.answer = -EACCES;
	error = load(fixture);
	assert_int_equal(error_code(error), ERROR_NOT_PERMITTED);
	assert_int_equal(error_errno(error), EACCES);
	assert_non_null(strstr(error_message(error), "vmlinuz"));
	assert_non_null(strstr(error_message(error), "label"));
	assert_null(strstr(error_message(error), "signature"));
	error_free(error);
	given.answer = -ETXTBSY;
	assert_fails(load(fixture), ERROR_OTHER, "open for writing");
}

static void the_kernels_own_copies_must_fit(void **state)
{
	struct fixture *fixture = *state;
	const char *paths[] = {fixture->first};
	uint64_t kernel, initrd;

	assert_ok(image_read(fixture->kernel, NULL, &fixture->image));
	assert_ok(initrd_open(paths, 1, &fixture->initrd));
	kernel = fixture->image.bytes.size;
	initrd = initrd_size(&fixture->initrd);
	fixture->image.bzimage.init_size = (uint32_t)kernel + 4096;
	/* The kernel's file is here and there, and then in its segment; the initrd there and then.
	 */
	fixture->machine.memory_available = 3 * kernel + 4096 + 2 * initrd;
	assert_ok(plan_as_it_is(fixture));
	plan_deinit(&fixture->plan);
	fixture->machine.memory_available--;
	assert_fails(
		plan_as_it_is(fixture), ERROR_NO_SPACE, "reads the files and then copies them");
	/* A crash kernel's segments have their memory already. */
	fixture->request.target = TARGET_CRASH;
	assert_ok(plan_as_it_is(fixture));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			the_kernel_is_given_the_very_files, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_was_looked_at_is_loaded_even_if_its_name_is_another_files_now, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_file_that_changed_since_is_not_loaded, setup, teardown),
		cmocka_unit_test_setup_teardown(
			several_initrds_become_one_file_in_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_lies_on_a_block_device_is_given_as_a_copy_without_what_follows_it,
			setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_policy_that_appraises_files_gets_no_copies_of_devices, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_is_to_be_unpacked_first_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_limit_on_files_is_an_error_and_no_end, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_policy_that_appraises_files_gets_no_copies, setup, teardown),
		cmocka_unit_test_setup_teardown(
			refused_files_are_told_by_their_labels, setup, teardown),
		cmocka_unit_test_setup_teardown(the_kernels_own_copies_must_fit, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
