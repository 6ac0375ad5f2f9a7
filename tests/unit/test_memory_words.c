/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What words of a command line take of the new kernel's memory, and what is left for an initrd. */
#include "make_machine.h"

#include "decision/question.h"
#include "image/image.h"
#include "image/initrd.h"
#include "plan/memory_words.h"
#include "plan/new_memory.h"
#include "plan/plan.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)
#define TIB (GIB * 1024)

static struct memory_words read_words(const char *line, const struct memory_words_for *what)
{
	struct memory_words words;

	assert_ok(memory_words_read(line, what, &words));
	return words;
}

/* A machine of 64 GiB, 2 of them below 4 GiB, with 8 CPUs. */
static struct range_set make_memory(void)
{
	struct range_set memory = {0};

	assert_ok(range_set_add(&memory, (struct range){0, 2 * GIB}));
	assert_ok(range_set_add(&memory, (struct range){4 * GIB, 66 * GIB}));
	return memory;
}

static const struct {
	const char *line;
	uint64_t taken;
	const char *text; /* NULL: as the line */
} takes[] = {
	/* Huge pages: the order matters. */
	{"hugepages=512", GIB, NULL},
	{"hugepages=512 hugepages=1", GIB, "hugepages=512"},
	{"hugepages=0", 0, ""},
	{"hugepages=many", 0, ""},
	{"hugepages=512K", GIB, NULL},
	{"hugepagesz=1G hugepages=4", 4 * GIB, NULL},
	{"hugepagesz=2M hugepages=512 hugepagesz=1G hugepages=4", 5 * GIB, NULL},
	{"hugepages=512 hugepagesz=1G hugepages=4", 5 * GIB, NULL},
	{"default_hugepagesz=1G hugepages=4", 4 * GIB, NULL},
	{"hugepages=4 default_hugepagesz=1G", 4 * GIB, "hugepages=4"},
	{"default_hugepagesz=1G hugepages=4 hugepagesz=2M hugepages=512", 5 * GIB, NULL},
	{"default_hugepagesz=1G hugepagesz=1G hugepages=4", 4 * GIB, "hugepagesz=1G hugepages=4"},
	{"hugepagesz=3M hugepages=9", 0, ""},
	{"hugepagesz=3M hugepages=9 hugepages=512", GIB, "hugepagesz=3M hugepages=512"},
	{"hugepagesz=1G hugepages=1 hugepagesz=1G hugepages=7", GIB, "hugepagesz=1G hugepages=1"},
	{"hugepages=0:256,1:256", GIB, NULL},
	{"hugepagesz=1G hugepages=0:2,1:3", 5 * GIB, NULL},
	{"hugepages=99999999999999999999999", 64 * GIB, NULL},
	{"hugepagesz=1G", 0, ""},
	{"\"hugepages=512\"", GIB, NULL},
	{"-- hugepages=512", 0, ""},
	/* A crash kernel's memory, by the ranges that this machine is in. */
	{"crashkernel=512M", 512 * MIB, NULL},
	{"crashkernel=512M@64M", 512 * MIB, NULL},
	{"crashkernel=256M crashkernel=512M", 512 * MIB, NULL},
	{"crashkernel=2G-4G:320M,4G-32G:512M,32G-128G:1G,128G-:2G", GIB, NULL},
	{"crashkernel=1G-64G:512M,64G-:2G@128M", 2 * GIB, NULL},
	{"crashkernel=128G-:2G", 0, ""},
	{"crashkernel=4G-2G:1G", 0, ""},
	{"crashkernel=1G-", 0, ""},
	{"crashkernel=1G,high", GIB + 256 * MIB, NULL},
	{"crashkernel=1G,high crashkernel=128M,low", GIB + 128 * MIB, NULL},
	{"crashkernel=1G,high crashkernel=0,low", GIB, "crashkernel=1G,high"},
	{"crashkernel=128M,low", 0, NULL},
	{"crashkernel=512M crashkernel=1G,high", 512 * MIB, NULL},
	{"crashkernel=512M crashkernel=1G,cma", GIB + 512 * MIB, NULL},
	{"crashkernel=64G", 0, ""},
	{"crashkernel=auto", 0, ""},
	/* Lent out for movable pages only, which an initrd's files are not. */
	{"cma=1G", GIB, NULL},
	{"cma=1G@0-4G", GIB, NULL},
	{"cma=1G cma=0", 0, "cma=1G"},
	{"numa_cma=0:1G,1:1G", 2 * GIB, NULL},
	{"cma_pernuma=64M", 64 * MIB, NULL},
	{"hugetlb_cma=6G", 6 * GIB, NULL},
	{"hugetlb_cma=0:2G,1:3G", 5 * GIB, NULL},
	{"movablecore=60G", 60 * GIB, NULL},
	{"movablecore=50%", 64 * GIB / 100 * 50, NULL},
	{"kernelcore=4G", 60 * GIB, NULL},
	{"kernelcore=mirror", 0, ""},
	{"kernelcore=100G", 0, ""},
	{"kho=on kho_scratch=16M,512M,256M", 784 * MIB, "kho_scratch=16M,512M,256M"},
	{"kho_scratch=200%", 0, ""},
	/* Others. */
	{"reserve_mem=1G:4096:trace reserve_mem=12M:0:oops", GIB + 12 * MIB, NULL},
	{"swiotlb=524288", GIB, NULL},
	{"swiotlb=524288,4,force", GIB, NULL},
	{"swiotlb=noforce", 0, ""},
	{"log_buf_len=1M", 4608 * KIB, NULL},
	{"log_buf_len=1000000", 4608 * KIB, NULL},
	{"log_buf_len=1T", 9 * GIB, NULL},
	{"trace_buf_size=64M", 512 * MIB, NULL},
	{"cma=1G hugepages=512 crashkernel=512M", 2 * GIB + 512 * MIB, NULL},
	/* Nothing. */
	{"", 0, ""},
	{"root=/dev/vda1 ramdisk_size=65536 transparent_hugepage=always zswap.enabled=1", 0, ""},
	{"hugepagesx=512 xcma=1G cma", 0, ""},
};

static void words_take_as_much_as_they_say(void **state)
{
	_cleanup_range_set_ struct range_set memory = make_memory();
	const struct memory_words_for what = {.memory = &memory, .cpus = 8};

	(void)state;
	for (size_t i = 0; i < sizeof(takes) / sizeof(takes[0]); i++) {
		_cleanup_memory_words_ struct memory_words words = read_words(takes[i].line, &what);
		const char *text = takes[i].text ? takes[i].text : takes[i].line;

		if (words.taken != takes[i].taken || strcmp(words.text ? words.text : "", text))
			fail_msg("%s: %llu bytes with \"%s\"; expected %llu with \"%s\"",
				takes[i].line, (unsigned long long)words.taken,
				words.text ? words.text : "", (unsigned long long)takes[i].taken,
				text);
		assert_int_equal(words.memory, 64 * GIB);
		assert_int_equal(words.kept_back, 0);
	}
}

static const struct {
	const char *line;
	uint64_t memory;
} limits[] = {
	{"mem=1G", GIB},
	{"mem=6G", 4 * GIB},
	{"mem=100G", 64 * GIB},
	{"mem=nopentium", 64 * GIB},
	{"mem=0", 64 * GIB},
	{"mem=1G mem=1536M", GIB},
	{"memmap=1G", GIB},
	{"memmap=512M$0x10000000", 64 * GIB - 512 * MIB},
	{"\"memmap=512M$0x10000000\"", 64 * GIB - 512 * MIB},
	{"memmap=512M$256M,1G!5G,16M#16M", 64 * GIB - 512 * MIB - GIB - 16 * MIB},
	{"memmap=1G%5G-1+12", 63 * GIB},
	{"memmap=512M$3G", 64 * GIB},
	{"memmap=exactmap memmap=640K@0 memmap=511M@1M", 640 * KIB + 511 * MIB},
	{"memmap=exactmap,640K@0,511M@1M", 640 * KIB + 511 * MIB},
	{"memmap=1G memmap=1G@8G", 2 * GIB},
	{"memmap=1G@8G memmap=1G", GIB},
	{"memmap=lots", 64 * GIB},
};

static void mem_and_memmap_limit_it_in_their_order(void **state)
{
	_cleanup_range_set_ struct range_set memory = make_memory();
	const struct memory_words_for what = {.memory = &memory, .cpus = 8};

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		_cleanup_memory_words_ struct memory_words words =
			read_words(limits[i].line, &what);

		if (words.memory != limits[i].memory)
			fail_msg("%s: %llu bytes; expected %llu", limits[i].line,
				(unsigned long long)words.memory,
				(unsigned long long)limits[i].memory);
		assert_int_equal(words.taken, 0);
		assert_int_equal(words.kept_back, 64 * GIB - words.memory);
		assert_true(!words.text == (words.memory == 64 * GIB));
	}
}

/* The share and the range are of what mem= leaves, wherever it stands. */
static void other_words_see_what_mem_leaves(void **state)
{
	_cleanup_range_set_ struct range_set memory = make_memory();
	const struct memory_words_for what = {.memory = &memory};
	_cleanup_memory_words_ struct memory_words words =
		read_words("crashkernel=1G-2G:256M,2G-:1G movablecore=50% mem=1G", &what);

	(void)state;
	assert_int_equal(words.taken, 256 * MIB + GIB / 100 * 50);
}

/* Of pages of 1 GiB only as many as there are places for; of small ones, all. */
static void only_small_pages_are_surely_taken(void **state)
{
	_cleanup_range_set_ struct range_set memory = make_memory();
	const struct memory_words_for what = {.memory = &memory};
	_cleanup_memory_words_ struct memory_words words =
		read_words("cma=2G hugepages=512 hugepagesz=1G hugepages=8", &what);

	(void)state;
	assert_int_equal(words.taken, 11 * GIB);
	assert_int_equal(words.surely, GIB);
}

static void a_32bit_kernel_has_huge_pages_of_4_mib(void **state)
{
	_cleanup_range_set_ struct range_set memory = make_memory();
	const struct memory_words_for what = {.memory = &memory, .kernel_32bit = true};
	_cleanup_memory_words_ struct memory_words words =
		read_words("hugepages=256 hugepagesz=1G hugepages=1", &what);

	(void)state;
	assert_int_equal(words.taken, GIB);
}

/* A quote that is not closed reaches to the line's end, and is no error. */
static void an_open_quote_is_no_error(void **state)
{
	_cleanup_range_set_ struct range_set memory = make_memory();
	const struct memory_words_for what = {.memory = &memory};
	_cleanup_memory_words_ struct memory_words words =
		read_words("cma=1G memmap=1G,\"open hugepages=512", &what);

	(void)state;
	assert_int_equal(words.taken, GIB);
	assert_int_equal(words.memory, GIB);
	assert_string_equal(words.text, "memmap=1G,\"open hugepages=512 cma=1G");
}

/* Nothing overflows, and no word takes more than there is. */
static void in_terabytes(void **state)
{
	_cleanup_range_set_ struct range_set memory = {0};
	const struct memory_words_for what = {.memory = &memory, .cpus = 4096};
	static const char *const all[] = {"hugepagesz=1G hugepages=18446744073709551615",
		"movablecore=18446744073709551615", "trace_buf_size=16383P",
		"cma=15E cma_pernuma=15E", "swiotlb=18446744073709551615",
		"reserve_mem=15E:0:a reserve_mem=15E:0:b", "numa_cma=0:15E,1:15E",
		"movablecore=99999999999%"};

	(void)state;
	assert_ok(range_set_add(&memory, (struct range){0, 3 * GIB}));
	assert_ok(range_set_add(&memory, (struct range){4 * GIB, 64 * TIB}));
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		_cleanup_memory_words_ struct memory_words words = read_words(all[i], &what);

		assert_int_equal(words.memory, 64 * TIB - GIB);
		assert_int_equal(words.taken, words.memory);
	}
	{
		_cleanup_memory_words_ struct memory_words words = read_words(
			"hugepagesz=1G hugepages=60000 crashkernel=8T-:32G mem=62T", &what);

		assert_int_equal(words.memory, 62 * TIB - GIB);
		assert_int_equal(words.taken, 60000 * GIB + 32 * GIB);
		assert_int_equal(words.kept_back, 2 * TIB);
	}
}

/* What is left for an initrd */

struct fixture {
	struct machine machine;
	struct image image;
	struct initrd initrd;
	struct request request;
	struct plan plan;
	const char *content; /* of the initrd */
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->machine = make_machine();
	fixture->content = "zstd";
	fixture->image.bytes.size = 10 * MIB;
	fixture->image.kind = IMAGE_BZIMAGE;
	fixture->image.bzimage.init_size = 60 * MIB;
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	plan_deinit(&fixture->plan);
	blob_deinit(&fixture->initrd.bytes);
	machine_deinit(&fixture->machine);
	free(fixture);
	return 0;
}

static uint64_t room(const struct fixture *fixture, const char *line)
{
	_cleanup_new_memory_ struct new_memory memory = {0};

	assert_ok(new_memory_find(
		&(struct question){&fixture->request, &fixture->image, NULL, &fixture->machine},
		line, &memory));
	return new_memory_for_initrd(&memory) / MIB;
}

static void the_new_kernels_memory_is_what_counts(void **state)
{
	struct fixture *fixture = *state;
	uint64_t usual = room(fixture, "");

	/* 1 GiB, less the kernel's 60 MiB, 16 for page structures, 51 kept free and 24; by four. */
	assert_in_range(usual, 217, 219);
	assert_in_range(room(fixture, "hugepages=256"), usual - 128, usual - 127);
	assert_int_equal(room(fixture, "mem=64M"), 0);
	assert_int_equal(room(fixture, "hugepages=5000"), 0);
	/* What the running kernel's line has makes no difference. */
	free(fixture->machine.command_line);
	fixture->machine.command_line = strdup("hugepages=256 mem=512M");
	assert_int_equal(room(fixture, ""), usual);
	fixture->request.target = TARGET_CRASH;
	fixture->machine.kexec.crash_size = 256 * MIB;
	assert_in_range(room(fixture, ""), 37, 39);
}

static struct error *check(
	struct fixture *fixture, const char *line, uint64_t size, uint64_t contents)
{
	plan_deinit(&fixture->plan);
	blob_deinit(&fixture->initrd.bytes);
	assert_ok(blob_resize(&fixture->initrd.bytes, size));
	fixture->initrd.count = 1;
	fixture->initrd.parts[0] = (struct initrd_part){.size = size, .content = fixture->content};
	fixture->initrd.contents = contents;
	return new_memory_check(&(struct question){&fixture->request, &fixture->image,
					&fixture->initrd, &fixture->machine},
		line, &fixture->plan.notes);
}

static void assert_warned(struct fixture *fixture, const char *part)
{
	assert_int_equal(fixture->plan.notes.count, 1);
	assert_int_equal(fixture->plan.notes.list[0].topic, NOTE_WARNING);
	assert_non_null(strstr(fixture->plan.notes.list[0].text, part));
}

static void what_surely_does_not_fit_is_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_ok(check(fixture, "", 40 * MIB, 160 * MIB));
	assert_int_equal(fixture->plan.notes.count, 0);
	assert_fails(check(fixture, "mem=64M", 40 * MIB, 0), ERROR_NO_SPACE, "mem=64M");
	assert_fails(check(fixture, "mem=160M", 40 * MIB, 160 * MIB), ERROR_NO_SPACE, "mem=160M");
	assert_fails(check(fixture, "hugepages=511", 40 * MIB, 160 * MIB), ERROR_NO_SPACE,
		"--unpack-initrd=never");
	/* Where the words can have no memory, they take none: then it may do. */
	assert_ok(check(fixture, "crashkernel=1000M", 40 * MIB, 160 * MIB));
	assert_warned(fixture, "crashkernel=1000M");
	fixture->request.initrd_choice = INITRD_KEEP;
	assert_ok(check(fixture, "mem=64M", 40 * MIB, 0));
	assert_warned(fixture, "perhaps 120 MiB");
	fixture->request.initrd_choice = INITRD_UNPACK;
	assert_ok(check(fixture, "mem=64M", 200 * MIB, 200 * MIB));
	assert_warned(fixture, "its files 200 MiB");
}

/* Zeros between and behind archives become no files: what is not unpacked may be little else. */
static void what_may_be_zeros_is_not_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_fails(check(fixture, "mem=100M", 60 * MIB, 0), ERROR_NO_SPACE, "has not");
	fixture->content = "cpio";
	assert_ok(check(fixture, "mem=100M", 60 * MIB, 0));
	assert_warned(fixture, "will hardly have");
	assert_fails(check(fixture, "mem=100M", 120 * MIB, 0), ERROR_NO_SPACE, "has not");
}

static void what_may_not_fit_is_warned_of(void **state)
{
	struct fixture *fixture = *state;

	/* 1023 - 60 - 16 - 51 - 24 - 700 MiB: 172. */
	assert_ok(check(fixture, "hugepages=350", 20 * MIB, 100 * MIB));
	assert_int_equal(fixture->plan.notes.count, 0);
	assert_ok(check(fixture, "hugepages=350", 40 * MIB, 150 * MIB));
	assert_warned(fixture, "will hardly have");
	/* Nothing is known of its contents: they are more than it. */
	assert_ok(check(fixture, "hugepages=350", 60 * MIB, 0));
	assert_warned(fixture, "perhaps 180 MiB");
}

static void without_a_memory_map_nothing_is_said(void **state)
{
	struct fixture *fixture = *state;

	memory_map_deinit(&fixture->machine.memory);
	fixture->machine.memory_total = 0;
	assert_ok(check(fixture, "mem=64M", 400 * MIB, 0));
	assert_int_equal(fixture->plan.notes.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_take_as_much_as_they_say),
		cmocka_unit_test(mem_and_memmap_limit_it_in_their_order),
		cmocka_unit_test(other_words_see_what_mem_leaves),
		cmocka_unit_test(only_small_pages_are_surely_taken),
		cmocka_unit_test(a_32bit_kernel_has_huge_pages_of_4_mib),
		cmocka_unit_test(an_open_quote_is_no_error),
		cmocka_unit_test(in_terabytes),
		cmocka_unit_test_setup_teardown(
			the_new_kernels_memory_is_what_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			what_surely_does_not_fit_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			what_may_be_zeros_is_not_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_may_not_fit_is_warned_of, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			without_a_memory_map_nothing_is_said, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
