/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernel and initrd unpacked together: the same as one after the other, and nothing is lost. */
#include "fake_root.h"
#include "make_archive.h"
#include "make_machine.h"
#include "make_payload.h"

#include "arch/arch.h"
#include "decision/decision.h"
#include "decision/question.h"
#include "image/identify.h"
#include "image/initrd.h"
#include "image/payload.h"
#include "plan/decide.h"
#include "plan/plan.h"
#include "plan/unpack.h"

#include <sched.h>

enum { BIG = 24 << 20 }; /* several rounds of what is given back on the way */

/* Numbers that pack to about half, so that input and output both have many pages. */
static struct blob big_archive(void)
{
	struct blob contents = {0}, blob = {0};
	uint64_t word = 1;

	assert_ok(blob_resize(&contents, BIG));
	for (size_t i = 0; i < BIG; i += 2) {
		word = word * UINT64_C(6364136223846793005) + 1442695040888963407;
		contents.data[i] = (uint8_t)(word >> 56);
	}
	add_file(&blob, "big", blob_bytes(&contents));
	add_member(&blob, "TRAILER!!!", "");
	blob_deinit(&contents);
	return blob;
}

/* By zstd, which states the size of its contents or does not: two ways through the decoder. */
static struct blob packed(const struct blob *plain, bool states_size)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	struct blob blob = {0};
	size_t size;

	assert_false(
		ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, states_size)));
	assert_ok(blob_resize(&blob, ZSTD_compressBound(plain->size)));
	size = ZSTD_compress2(context, blob.data, blob.size, plain->data, plain->size);
	assert_false(ZSTD_isError(size));
	ZSTD_freeCCtx(context);
	assert_ok(blob_resize(&blob, size));
	return blob;
}

static void write_initrd(const struct fake_root *root, const struct blob *blob, const char *tail)
{
	FILE *file = fopen(fake_root_path(root, "initrd"), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(blob->data, 1, blob->size, file), blob->size);
	fputs(tail, file);
	fclose(file);
}

static struct image read_kernel(void)
{
	const struct make_payload wanted = {make_relocations, sizeof(make_relocations) / 4, 0, 0};
	struct blob file = make_direct_bzimage(&wanted);
	struct image image;

	assert_ok(image_identify("kernel", &file, NULL, &image));
	return image;
}

static struct initrd read_initrd(const struct fake_root *root)
{
	const char *path = fake_root_path(root, "initrd");
	struct initrd initrd;

	assert_ok(initrd_read(&path, 1, &initrd));
	return initrd;
}

static void assert_digest(const struct initrd *initrd, enum digest_algorithm algorithm)
{
	assert_int_equal(initrd->algorithm, algorithm);
	assert_true(digest_equal(
		initrd->digest, digest_of(algorithm, initrd->bytes.data, initrd->bytes.size)));
}

/* On all CPUs and on one: with and without a second thread. */
static void on_all_and_on_one_cpu(void (*check)(const struct fake_root *root))
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	cpu_set_t all, one;

	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	check(&root);
	CPU_ZERO(&one);
	for (int cpu = 0; cpu < CPU_SETSIZE && !CPU_COUNT(&one); cpu++)
		if (CPU_ISSET(cpu, &all))
			CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	check(&root);
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
}

static struct error *unpack(const struct request *request, const struct machine *machine,
	const struct image *image, struct unpacked_kernel *kernel, struct initrd *initrd)
{
	const struct question question = {request, image, initrd, machine};
	_cleanup_decision_ struct decision decision = {0};

	TRY(decide(&question, &decision));
	return plan_unpack(&question, &decision, kernel, initrd);
}

static uint64_t limit(
	const struct request *request, const struct image *image, const struct machine *machine)
{
	const struct question question = {request, image, NULL, machine};
	_cleanup_decision_ struct decision decision = {0};

	assert_ok(decide(&question, &decision));
	return plan_initrd_limit(&question, &decision);
}

static void check_unpacked(const struct fake_root *root)
{
	_cleanup_blob_ struct blob plain = big_archive();
	_cleanup_machine_ struct machine machine = make_machine();

	for (int i = 0; i < 4; i++) {
		_cleanup_blob_ struct blob small = packed(&plain, i & 1);
		_cleanup_image_ struct image image = read_kernel();
		_cleanup_unpacked_kernel_ struct unpacked_kernel kernel = {0};
		_cleanup_initrd_ struct initrd initrd = {0};
		struct request request = {0};

		machine.cpu_crc32c = i & 2;
		write_initrd(root, &small, "");
		initrd = read_initrd(root);
		assert_ok(unpack(&request, &machine, &image, &kernel, &initrd));
		assert_non_null(kernel.payload);
		assert_null(initrd.kept_reason);
		assert_int_equal(initrd.packed_size, small.size);
		assert_int_equal(initrd.bytes.size, plain.size);
		assert_memory_equal(initrd.bytes.data, plain.data, plain.size);
		assert_digest(&initrd, arch_of(&machine)->digest(&machine));
	}
}

static void kernel_and_initrd_are_unpacked_and_digested(void **state)
{
	(void)state;
	on_all_and_on_one_cpu(check_unpacked);
}

/* Most of the file has been given back when its end turns out not to be an archive. */
static void check_kept(const struct fake_root *root)
{
	_cleanup_blob_ struct blob plain = big_archive(), small = packed(&plain, false);
	_cleanup_machine_ struct machine machine = make_machine();
	_cleanup_image_ struct image image = read_kernel();
	_cleanup_unpacked_kernel_ struct unpacked_kernel kernel = {0};
	_cleanup_initrd_ struct initrd initrd = {0};
	struct request request = {0};

	machine.cpu_crc32c = true;
	write_initrd(root, &small, "and what is this?");
	initrd = read_initrd(root);
	assert_ok(unpack(&request, &machine, &image, &kernel, &initrd));
	assert_non_null(strstr(initrd.kept_reason, "unknown data"));
	assert_int_equal(initrd.packed_size, 0);
	assert_int_equal(initrd.bytes.size, small.size + strlen("and what is this?"));
	assert_memory_equal(initrd.bytes.data, small.data, small.size);
	assert_digest(&initrd, DIGEST_CRC32C_LANES);
}

static void what_must_stay_packed_is_read_again(void **state)
{
	(void)state;
	on_all_and_on_one_cpu(check_kept);
}

static void a_file_that_is_gone_when_it_is_needed_again_is_an_error(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_blob_ struct blob plain = big_archive(), small = packed(&plain, false);
	_cleanup_initrd_ struct initrd initrd = {0};

	(void)state;
	write_initrd(&root, &small, "and what is this?");
	initrd = read_initrd(&root);
	remove(fake_root_path(&root, "initrd"));
	assert_fails(initrd_unpack(&initrd, UINT64_C(1) << 30), ERROR_SYSTEM, "initrd");
}

static void the_limit_is_a_quarter_of_what_is_free_and_half_of_what_is_there(void **state)
{
	_cleanup_machine_ struct machine machine = make_machine();
	_cleanup_image_ struct image image = read_kernel();
	struct request request = {0};
	uint64_t half = machine.memory_total / 2, rest = image.bzimage.init_size + (4 << 20);

	(void)state;
	assert_int_equal(limit(&request, &image, &machine), machine.memory_available / 4);
	/* Kernel and initrd are there twice during the load. */
	machine.memory_available = 3 * image.bzimage.init_size;
	assert_int_equal(limit(&request, &image, &machine), image.bzimage.init_size / 2);
	machine.memory_available = 2 * image.bzimage.init_size;
	assert_int_equal(limit(&request, &image, &machine), 0);
	machine.memory_available = UINT64_C(1) << 40;
	assert_int_equal(limit(&request, &image, &machine), half - rest);
	machine.memory_total = 2 * rest - 2;
	assert_int_equal(limit(&request, &image, &machine), 0);
	request.initrd_choice = INITRD_UNPACK;
	assert_int_equal(limit(&request, &image, &machine), INITRD_SIZE_LIMIT);
	request.initrd_choice = INITRD_KEEP;
	assert_int_equal(limit(&request, &image, &machine), 0);
	request.initrd_choice = INITRD_AUTO;
	request.method = METHOD_FILE_LOAD;
	assert_int_equal(limit(&request, &image, &machine), 0);
}

static void a_kernel_that_does_not_fit_beside_its_initrd_stays_packed(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_blob_ struct blob plain = big_archive();
	_cleanup_machine_ struct machine machine = make_machine();

	(void)state;
	write_initrd(&root, &plain, "");
	/* The decoder's 48 MiB, the kernel's few, and the initrd's 24 twice; then 20 MiB less. */
	for (uint64_t mib = 104; mib >= 84; mib -= 20) {
		_cleanup_image_ struct image image = read_kernel();
		_cleanup_unpacked_kernel_ struct unpacked_kernel kernel = {0};
		_cleanup_initrd_ struct initrd initrd = read_initrd(&root);
		struct request request = {0};

		machine.memory_available = mib << 20;
		assert_ok(unpack(&request, &machine, &image, &kernel, &initrd));
		if (mib == 104)
			assert_non_null(kernel.payload);
		else
			assert_non_null(strstr(kernel.declined, "available"));
	}
}

/* 24 MiB unpacked, in a machine of 1 GiB of which the new kernel has less than 100. */
static void what_the_new_kernel_has_no_memory_for_stays_packed(void **state)
{
	static const struct {
		const char *line;
		enum initrd_choice choice;
		bool packed;
	} cases[] = {
		{"hugepages=470", INITRD_AUTO, true},
		{"mem=80M", INITRD_AUTO, true},
		{"hugepages=300", INITRD_AUTO, false},
		{"hugepages=470", INITRD_UNPACK, false},
		{"-- hugepages=470", INITRD_AUTO, false},
	};
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_blob_ struct blob plain = big_archive(), small = packed(&plain, true);
	_cleanup_machine_ struct machine machine = make_machine();

	(void)state;
	write_initrd(&root, &small, "");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_image_ struct image image = read_kernel();
		_cleanup_unpacked_kernel_ struct unpacked_kernel kernel = {0};
		_cleanup_initrd_ struct initrd initrd = read_initrd(&root);
		struct request request = {
			.command_line = cases[i].line, .initrd_choice = cases[i].choice};

		assert_ok(unpack(&request, &machine, &image, &kernel, &initrd));
		assert_int_equal(initrd.packed_size == 0, cases[i].packed);
		assert_int_equal(initrd.contents, plain.size);
		if (!cases[i].packed)
			continue;
		assert_non_null(strstr(initrd.kept_reason, cases[i].line));
		assert_int_equal(initrd.bytes.size, small.size);
		assert_memory_equal(initrd.bytes.data, small.data, small.size);
	}
}

/* Seconds of work, in vain. */
static void a_kernel_whose_decompressor_must_run_is_not_unpacked(void **state)
{
	static const struct request requests[] = {
		{.command_line = "mem_encrypt=on"},
		{.has_entry = true, .entry = 0x1000000},
		{.entry_choice = ENTRY_STUB},
		{.method = METHOD_FILE_LOAD},
		{0},
	};
	const size_t count = sizeof(requests) / sizeof(requests[0]);
	_cleanup_machine_ struct machine machine = make_machine();

	(void)state;
	for (size_t i = 0; i < count; i++) {
		_cleanup_image_ struct image image = read_kernel();
		_cleanup_unpacked_kernel_ struct unpacked_kernel kernel = {0};
		_cleanup_initrd_ struct initrd none = {0};

		assert_ok(unpack(&requests[i], &machine, &image, &kernel, &none));
		assert_int_equal(kernel.payload != NULL, i == count - 1);
		assert_null(kernel.declined);
	}
}

/* But one that was unpacked earlier costs little, and tells whether the file is whole. */
static void a_prepared_kernel_is_looked_into_all_the_same(void **state)
{
	const struct request encrypted = {.command_line = "mem_encrypt=on"}, plain = {0};
	_cleanup_machine_ struct machine machine = make_machine();
	_cleanup_image_ struct image image = read_kernel();
	_cleanup_unpacked_kernel_ struct unpacked_kernel first = {0}, kernel = {0};
	_cleanup_initrd_ struct initrd none = {0};

	(void)state;
	assert_ok(unpack(&plain, &machine, &image, &first, &none));
	assert_ok(blob_copy(first.payload->vmlinux.bytes, &kernel.prepared));
	assert_ok(unpack(&encrypted, &machine, &image, &kernel, &none));
	assert_null(kernel.prepared_declined);
	assert_true(kernel.payload && kernel.payload->prepared);
}

static void what_is_only_shown_gets_no_digest_and_headers_alone(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_blob_ struct blob plain = big_archive(), small = packed(&plain, true);
	_cleanup_machine_ struct machine machine = make_machine();
	_cleanup_image_ struct image image = read_kernel();
	_cleanup_unpacked_kernel_ struct unpacked_kernel kernel = {0};
	_cleanup_initrd_ struct initrd initrd = {0};
	struct request request = {.describe_only = true};

	(void)state;
	write_initrd(&root, &small, "");
	initrd = read_initrd(&root);
	assert_ok(unpack(&request, &machine, &image, &kernel, &initrd));
	assert_true(kernel.payload->headers_only);
	assert_int_equal(initrd.bytes.size, plain.size);
	assert_int_equal(initrd.algorithm, DIGEST_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_and_initrd_are_unpacked_and_digested),
		cmocka_unit_test(what_must_stay_packed_is_read_again),
		cmocka_unit_test(a_file_that_is_gone_when_it_is_needed_again_is_an_error),
		cmocka_unit_test(the_limit_is_a_quarter_of_what_is_free_and_half_of_what_is_there),
		cmocka_unit_test(a_kernel_that_does_not_fit_beside_its_initrd_stays_packed),
		cmocka_unit_test(what_the_new_kernel_has_no_memory_for_stays_packed),
		cmocka_unit_test(a_kernel_whose_decompressor_must_run_is_not_unpacked),
		cmocka_unit_test(a_prepared_kernel_is_looked_into_all_the_same),
		cmocka_unit_test(what_is_only_shown_gets_no_digest_and_headers_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
