/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test.h"

#include "base/blob.h"
#include "image/initrd.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CPIO_DIRECTORY = 0040755, CPIO_FILE = 0100644 };

/* A folder with files, removed by teardown(). */
struct folder {
	char path[64];
	char files[8][128];
	unsigned int count;
};

static int setup(void **state)
{
	struct folder *folder = calloc(1, sizeof(*folder));

	strcpy(folder->path, "/tmp/baton-initrd-XXXXXX");
	if (!mkdtemp(folder->path))
		return -1;
	*state = folder;
	return 0;
}

static int teardown(void **state)
{
	struct folder *folder = *state;

	for (unsigned int i = 0; i < folder->count; i++)
		remove(folder->files[i]);
	rmdir(folder->path);
	free(folder);
	return 0;
}

static const char *write_file(struct folder *folder, const void *data, uint64_t size)
{
	char *path = folder->files[folder->count];
	FILE *file;

	assert_true(strlen(folder->path) + 12 < sizeof(folder->files[0]));
	sprintf(stpcpy(path, folder->path), "/%u", folder->count);
	folder->count++;
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	fclose(file);
	return path;
}

static const char *write_blob(struct folder *folder, const struct blob *blob)
{
	return write_file(folder, blob->data, blob->size);
}

static void pad(struct blob *blob)
{
	assert_ok(blob_resize(blob, (blob->size + 3) & ~UINT64_C(3)));
}

/* Append a newc member to the archive. */
static void add_member(struct blob *archive, unsigned int mode, const char *name, const char *data)
{
	char header[111];

	snprintf(header, sizeof(header),
		"070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1u, mode, 0u, 0u, 1u,
		0u, (unsigned int)strlen(data), 0u, 0u, 0u, 0u, (unsigned int)strlen(name) + 1, 0u);
	assert_ok(blob_append(archive, header, 110));
	assert_ok(blob_append(archive, name, strlen(name) + 1));
	pad(archive);
	assert_ok(blob_append(archive, data, strlen(data)));
	pad(archive);
}

static struct blob make_archive(const char *file)
{
	struct blob archive = {0};

	add_member(&archive, CPIO_DIRECTORY, "kernel", "");
	add_member(&archive, CPIO_FILE, file, "contents");
	add_member(&archive, 0, "TRAILER!!!", "");
	return archive;
}

static struct blob make_microcode(void)
{
	return make_archive("kernel/x86/microcode/GenuineIntel.bin");
}

static void no_initrd_is_empty(void **state)
{
	_cleanup_initrd_ struct initrd initrd;

	(void)state;
	assert_ok(initrd_read(NULL, 0, &initrd));
	assert_int_equal(initrd.count, 0);
	assert_int_equal(initrd.bytes.size, 0);
}

static void files_follow_each_other_at_multiples_of_four(void **state)
{
	struct folder *folder = *state;
	const char *paths[3] = {
		write_file(folder, "\x1f\x8b\x08xx", 5),
		write_file(folder, "other", 5),
		write_file(folder, "070701", 6),
	};
	_cleanup_initrd_ struct initrd initrd = {0};

	assert_ok(initrd_read(paths, 3, &initrd));
	assert_int_equal(initrd.count, 3);
	assert_int_equal(initrd.bytes.size, 22);
	assert_memory_equal(initrd.bytes.data,
		"\x1f\x8b\x08xx\0\0\0other\0\0\0"
		"070701",
		22);
	assert_int_equal(initrd.parts[1].offset, 8);
	assert_int_equal(initrd.parts[1].size, 5);
	assert_int_equal(initrd.parts[2].offset, 16);
	assert_string_equal(initrd.parts[0].path, paths[0]);
	assert_string_equal(initrd.parts[0].content, "gzip");
	assert_string_equal(initrd.parts[1].content, "unknown data");
	assert_string_equal(initrd.parts[2].content, "cpio");
	assert_false(initrd.reordered);
}

static void microcode_moves_to_the_front(void **state)
{
	struct folder *folder = *state;
	_cleanup_blob_ struct blob microcode = make_microcode();
	const char *paths[3] = {
		write_file(folder, "\x1f\x8b\x08xx", 5),
		write_blob(folder, &microcode),
		write_file(folder, "last", 4),
	};
	_cleanup_initrd_ struct initrd initrd = {0};

	assert_ok(initrd_read(paths, 3, &initrd));
	assert_true(initrd.reordered);
	assert_int_equal(initrd.count, 3);
	assert_string_equal(initrd.parts[0].path, paths[1]);
	assert_string_equal(initrd.parts[1].path, paths[0]);
	assert_string_equal(initrd.parts[2].path, paths[2]);
	assert_true(initrd.parts[0].microcode);
	assert_int_equal(initrd.parts[0].offset, 0);
	assert_int_equal(initrd.parts[1].offset, microcode.size);
	assert_int_equal(initrd.parts[2].offset, microcode.size + 8);
	assert_memory_equal(initrd.bytes.data, microcode.data, microcode.size);
	assert_memory_equal(initrd.bytes.data + microcode.size, "\x1f\x8b\x08xx\0\0\0last", 12);
}

static void order_is_kept_where_the_kernel_finds_microcode_anyway(void **state)
{
	struct folder *folder = *state;
	_cleanup_blob_ struct blob microcode = make_microcode();
	_cleanup_blob_ struct blob other = make_archive("kernel/firmware/acpi/dsdt.aml");
	const char *paths[2] = {write_blob(folder, &other), write_blob(folder, &microcode)};
	_cleanup_initrd_ struct initrd initrd = {0};

	assert_ok(initrd_read(paths, 2, &initrd));
	assert_false(initrd.reordered);
	assert_string_equal(initrd.parts[0].path, paths[0]);
	assert_false(initrd.parts[0].microcode);
	assert_true(initrd.parts[1].microcode);
}

static void microcode_behind_a_trailer_and_zeros_is_found(void **state)
{
	_cleanup_blob_ struct blob bytes = make_archive("etc/fstab"), microcode = make_microcode();

	(void)state;
	assert_ok(blob_resize(&bytes, bytes.size + 512));
	assert_false(initrd_has_microcode(blob_bytes(&bytes)));
	assert_ok(blob_append(&bytes, microcode.data, microcode.size));
	assert_ok(blob_append(&bytes, "\x28\xb5\x2f\xfd", 4));
	assert_true(initrd_has_microcode(blob_bytes(&bytes)));
}

static void only_a_file_in_the_folder_is_microcode(void **state)
{
	static const char *const names[] = {"kernel/x86/microcode", "kernel/x86/microcodes/x",
		"kernel/x86", "./kernel/x86/microcode/x"};
	_cleanup_blob_ struct blob folder = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		_cleanup_blob_ struct blob archive = make_archive(names[i]);

		assert_false(initrd_has_microcode(blob_bytes(&archive)));
	}
	add_member(&folder, CPIO_DIRECTORY, "kernel/x86/microcode/", "");
	assert_false(initrd_has_microcode(blob_bytes(&folder)));
}

static void damaged_archives_are_walked_without_harm(void **state)
{
	_cleanup_blob_ struct blob archive = make_microcode();

	(void)state;
	for (uint64_t size = 0; size < archive.size; size++) {
		uint8_t *copy = malloc(size ? size : 1);

		memcpy(copy, archive.data, size);
		initrd_has_microcode(bytes_of(copy, size));
		free(copy);
	}
	for (uint64_t at = 0; at < archive.size; at++) {
		uint8_t before = archive.data[at];

		archive.data[at] = 'f';
		initrd_has_microcode(blob_bytes(&archive));
		archive.data[at] = '0';
		initrd_has_microcode(blob_bytes(&archive));
		archive.data[at] = 0xff;
		initrd_has_microcode(blob_bytes(&archive));
		archive.data[at] = before;
	}
	assert_true(initrd_has_microcode(blob_bytes(&archive)));
}

static void assert_same_parts(const struct initrd *a, const struct initrd *b)
{
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->reordered, b->reordered);
	assert_int_equal(initrd_size(a), initrd_size(b));
	for (unsigned int i = 0; i < a->count; i++) {
		assert_string_equal(a->parts[i].path, b->parts[i].path);
		assert_int_equal(a->parts[i].offset, b->parts[i].offset);
		assert_int_equal(a->parts[i].size, b->parts[i].size);
		assert_string_equal(a->parts[i].content, b->parts[i].content);
		assert_int_equal(a->parts[i].microcode, b->parts[i].microcode);
	}
}

/* Far more than is held of a file at once lies between what the walk looks at. */
static struct blob make_far_microcode(uint64_t zeros, uint64_t contents)
{
	struct blob archive = make_archive("kernel/firmware/acpi/dsdt.aml");
	_cleanup_blob_ struct blob filler = {0}, rest = make_microcode();

	assert_ok(blob_resize(&filler, contents + 1));
	memset(filler.data, 'x', contents);
	add_member(&archive, CPIO_FILE, "kernel/firmware/large", (const char *)filler.data);
	for (unsigned int i = 0; i < 700; i++)
		add_member(&archive, CPIO_FILE, "kernel/firmware/small", "and some contents");
	assert_ok(blob_resize(&archive, archive.size + zeros));
	assert_ok(blob_append(&archive, rest.data, rest.size));
	return archive;
}

static void what_stays_in_files_is_described_as_what_is_read(void **state)
{
	struct folder *folder = *state;
	_cleanup_blob_ struct blob far = make_far_microcode(300 << 10, 200 << 10);
	_cleanup_blob_ struct blob cut = make_far_microcode(300 << 10, 200 << 10);
	_cleanup_blob_ struct blob microcode = make_microcode();
	const char *paths[4];

	cut.size = 100 << 10;
	paths[0] = write_file(folder, "\x1f\x8b\x08xx", 5);
	paths[1] = write_blob(folder, &far);
	paths[2] = write_blob(folder, &cut);
	paths[3] = write_blob(folder, &microcode);
	for (unsigned int first = 0; first < 4; first++) {
		_cleanup_initrd_ struct initrd read = {0}, open = {0};

		assert_ok(initrd_read(paths + first, 4 - first, &read));
		assert_ok(initrd_open(paths + first, 4 - first, &open));
		assert_true(open.in_files);
		assert_int_equal(open.bytes.size, 0);
		assert_same_parts(&read, &open);
		assert_int_equal(open.reordered, first == 0 || first == 2);
	}
}

/* The kernel takes a boot configuration from the end of the last file alone. */
static void a_boot_configuration_is_known_before_anything_is_read(void **state)
{
	static const struct {
		const char *last;
		uint64_t size;
		bool has;
	} cases[] = {
		{"070701...#BOOTCONFIG\n", 21, true},
		{"070701...#BOOTCONFIG\n\0\0\0", 24, true},
		{"070701...#BOOTCONFIG\n\0\0\0\0", 25, false},
		{"#BOOTCONFIG\n", 12, true},
		{"BOOTCONFIG\n", 11, false},
		{"070701...", 9, false},
	};
	struct folder *folder = *state;
	const char *first = write_file(folder, "#BOOTCONFIG\n", 12);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *paths[] = {first, write_file(folder, cases[i].last, cases[i].size)};
		_cleanup_initrd_ struct initrd initrd = {0};

		assert_ok(initrd_open(paths, 2, &initrd));
		assert_int_equal(initrd_ends_in_bootconfig(&initrd), cases[i].has);
		assert_ok(initrd_load(&initrd));
		assert_int_equal(initrd_ends_in_bootconfig(&initrd), cases[i].has);
	}
}

static void unreadable_files_are_named(void **state)
{
	struct folder *folder = *state;
	const char *good = write_file(folder, "good", 4);
	const char *empty = write_file(folder, "", 0);
	const char *paths[2] = {good, empty};
	const char *many[INITRD_MAX + 1];
	struct initrd initrd;

	assert_fails(initrd_read(paths, 2, &initrd), ERROR_FORMAT, "/1: the file is empty");
	assert_int_equal(initrd.count, 0);
	paths[1] = folder->path;
	assert_fails(initrd_read(paths, 2, &initrd), ERROR_FORMAT, "is a directory");
	paths[1] = "/nonexistent/initrd";
	assert_fails(initrd_read(paths, 2, &initrd), ERROR_SYSTEM, "/nonexistent/initrd: No such");
	paths[1] = "/dev/null";
	assert_fails(initrd_read(paths, 2, &initrd), ERROR_FORMAT, "/dev/null: not a regular file");
	for (unsigned int i = 0; i <= INITRD_MAX; i++)
		many[i] = good;
	assert_fails(initrd_read(many, INITRD_MAX + 1, &initrd), ERROR_LIMIT, "at most 64");
	assert_ok(initrd_read(many, INITRD_MAX, &initrd));
	assert_int_equal(initrd.bytes.size, INITRD_MAX * 4);
	initrd_deinit(&initrd);
}

static void a_fifo_does_not_hang(void **state)
{
	struct folder *folder = *state;
	const char *path = write_file(folder, "x", 1);
	struct initrd initrd;

	assert_int_equal(remove(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_fails(initrd_read(&path, 1, &initrd), ERROR_FORMAT,
		"not a regular file but a pipe, which can be read only once");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_initrd_is_empty),
		cmocka_unit_test_setup_teardown(
			files_follow_each_other_at_multiples_of_four, setup, teardown),
		cmocka_unit_test_setup_teardown(microcode_moves_to_the_front, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_boot_configuration_is_known_before_anything_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(
			order_is_kept_where_the_kernel_finds_microcode_anyway, setup, teardown),
		cmocka_unit_test(microcode_behind_a_trailer_and_zeros_is_found),
		cmocka_unit_test(only_a_file_in_the_folder_is_microcode),
		cmocka_unit_test(damaged_archives_are_walked_without_harm),
		cmocka_unit_test_setup_teardown(
			what_stays_in_files_is_described_as_what_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(unreadable_files_are_named, setup, teardown),
		cmocka_unit_test_setup_teardown(a_fifo_does_not_hang, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
