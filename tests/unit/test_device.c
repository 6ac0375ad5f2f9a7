/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kernels and initrds at the beginning of block devices. Large sparse files stand for the devices:
 * who reads one of 64 GiB to its end does not come back in time.
 */
#include "fake_root.h"
#include "make_archive.h"
#include "make_payload.h"

#include "base/held_file.h"
#include "image/device.h"
#include "image/initrd.h"
#include "image/read.h"

#include <fcntl.h>
#include <zlib.h>

#define DISK_SIZE (UINT64_C(64) << 30)

enum { SIGNATURE = 1500 };

struct fixture {
	struct fake_root root;
	struct held_file disk;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->root = fake_root_make();
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	held_file_close(&fixture->disk);
	fake_root_remove(&fixture->root);
	free(fixture);
	return 0;
}

/* A disk of @size bytes that begins with @blob; what was there before is gone. */
static struct held_file *disk_of(struct fixture *fixture, const struct blob *blob, uint64_t size)
{
	held_file_close(&fixture->disk);
	fake_root_write(&fixture->root, "disk", blob->data, blob->size);
	assert_int_equal(truncate(fake_root_path(&fixture->root, "disk"), (off_t)size), 0);
	assert_ok(held_file_open(fake_root_path(&fixture->root, "disk"), &fixture->disk));
	assert_false(fixture->disk.device);
	fixture->disk.regular = false;
	fixture->disk.device = true;
	return &fixture->disk;
}

/* Write over the disk at @offset. */
static void put(struct fixture *fixture, uint64_t offset, const void *data, size_t size)
{
	int fd = open(fake_root_path(&fixture->root, "disk"), O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, size, (off_t)offset), (ssize_t)size);
	close(fd);
}

static void append_gzip(struct blob *blob, struct bytes bytes, int level)
{
	z_stream stream = {0};
	uint64_t start = blob->size;

	assert_int_equal(
		deflateInit2(&stream, level, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY),
		Z_OK);
	assert_ok(blob_resize(blob, start + deflateBound(&stream, bytes.size)));
	stream.next_in = (uint8_t *)(uintptr_t)bytes.data;
	stream.avail_in = (uInt)bytes.size;
	stream.next_out = blob->data + start;
	stream.avail_out = (uInt)(blob->size - start);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_ok(blob_resize(blob, start + stream.total_out));
	deflateEnd(&stream);
}

/* The kernel on a disk of 64 GiB is exactly @wanted, with zeros or something else behind it. */
static void assert_kernel(
	struct fixture *fixture, const struct blob *written, const struct blob *wanted)
{
	static const char junk[] = "left over";

	for (int with_junk = 0; with_junk < 2; with_junk++) {
		_cleanup_image_ struct image image = {0};
		struct held_file *disk = disk_of(fixture, written, DISK_SIZE);

		if (with_junk)
			put(fixture, written->size, junk, sizeof(junk));
		assert_ok(image_read_held(disk, NULL, &image));
		assert_int_equal(image.bytes.size, wanted->size);
		assert_memory_equal(image.bytes.data, wanted->data, wanted->size);
		assert_int_equal(image.file_size, written->size);
		assert_false(image_is_its_file(&image));
	}
}

static void a_bzimage_ends_where_its_header_says(void **state)
{
	_cleanup_blob_ struct blob kernel = make_bzimage(&(struct make_bzimage){0});

	make_crc(&kernel);
	assert_kernel(*state, &kernel, &kernel);
}

/* Secure boot's check needs it, and nothing behind it. */
static void a_signature_belongs_to_the_kernel(void **state)
{
	enum { PE = 0x80, CERTIFICATES = PE + 24 + 112 + 4 * 8 };
	_cleanup_blob_ struct blob kernel = make_bzimage(&(struct make_bzimage){0});
	uint32_t end = (uint32_t)kernel.size;

	memcpy(kernel.data, "MZ", 2);
	store_le32(kernel.data + 0x3c, PE);
	memcpy(kernel.data + PE, "PE\0\0", 4);
	store_le16(kernel.data + PE + 6, 0);
	store_le16(kernel.data + PE + 24, 0x20b);
	store_le32(kernel.data + CERTIFICATES, end);
	store_le32(kernel.data + CERTIFICATES + 4, SIGNATURE);
	assert_ok(blob_resize(&kernel, end + SIGNATURE));
	memset(kernel.data + end, 's', SIGNATURE);
	assert_kernel(*state, &kernel, &kernel);
}

static void an_elf_file_ends_with_its_last_segment(void **state)
{
	_cleanup_blob_ struct blob wide = make_vmlinux(), narrow = make_vmlinux32();

	assert_kernel(*state, &wide, &wide);
	assert_kernel(*state, &narrow, &narrow);
}

static void a_compressed_kernel_ends_with_its_stream(void **state)
{
	_cleanup_blob_ struct blob kernel = make_vmlinux(), packed = {0};

	append_gzip(&packed, blob_bytes(&kernel), 6);
	assert_kernel(*state, &packed, &kernel);
}

static void a_disk_that_ends_too_early_holds_a_truncated_kernel(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_blob_ struct blob kernel = make_bzimage(&(struct make_bzimage){0});
	struct image image;

	assert_fails(image_read_held(disk_of(fixture, &kernel, kernel.size - 512), NULL, &image),
		ERROR_FORMAT, "truncated");
}

static void what_is_on_a_disk_without_a_kernel_is_told(void **state)
{
	static const struct {
		uint64_t offset;
		const char *magic;
		size_t size;
		const char *told;
	} rows[] = {
		{0, "", 0, "is nothing but zeros at its beginning"},
		{0x438, "\x53\xef\x01\x00\x01\x00", 6,
			"ext4 file system; expected a kernel; mount it"},
		{0x10040, "_BHRfS_M", 8, "is a Btrfs file system"},
		{512, "EFI PART", 8,
			"is a partition table (GPT); expected a kernel; name the partition"},
		{446, "\x80\xfe\xff\xff\x83\xfe\xff\xff\x00\x08\x00\x00\x00\x00\x10\x00", 16,
			"is a partition table (MBR)"},
		{0, "LUKS\xba\xbe", 6, "is a LUKS volume"},
		{0, "\x01not anything\x02", 14, "not a kernel that baton knows"},
	};
	struct fixture *fixture = *state;
	_cleanup_blob_ struct blob empty = {0};

	assert_ok(blob_resize(&empty, 4096));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct held_file *disk = disk_of(fixture, &empty, DISK_SIZE);
		struct image image;
		struct error *error;

		put(fixture, rows[i].offset, rows[i].magic, rows[i].size);
		put(fixture, 510, "\x55\xaa", 2);
		if (!i)
			put(fixture, 510, "\0\0", 2);
		error = image_read_held(disk, NULL, &image);
		assert_non_null(error);
		assert_non_null(strstr(error_message(error), "/disk: "));
		assert_non_null(strstr(error_message(error), "of a block device the beginning"));
		if (!strstr(error_message(error), rows[i].told))
			fail_msg("%s: not told: %s", error_message(error), rows[i].told);
		error_free(error);
	}
}

/* What is taken of the disk is exactly @wanted. */
static void assert_initrd(struct fixture *fixture, const struct blob *wanted, const char *left_out)
{
	_cleanup_initrd_ struct initrd initrd = {0};

	assert_ok(initrd_open_held(&fixture->disk, 1, &initrd));
	assert_int_equal(initrd_size(&initrd), wanted->size);
	if (left_out)
		assert_non_null(strstr(initrd.left_out, left_out));
	else
		assert_null(initrd.left_out);
	assert_ok(initrd_load(&initrd));
	assert_int_equal(initrd.bytes.size, wanted->size);
	assert_memory_equal(initrd.bytes.data, wanted->data, wanted->size);
}

static void archives_end_where_nothing_but_zeros_follows(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_blob_ struct blob blob = archive("etc/fstab", "first"),
				   inner = archive("init", "x");

	disk_of(fixture, &blob, DISK_SIZE);
	assert_initrd(fixture, &blob, NULL);
	/* Microcode, zeros up to a sector, a compressed archive, and one that is not. */
	assert_ok(blob_resize(&blob, (blob.size + 511) & ~UINT64_C(511)));
	append_gzip(&blob, blob_bytes(&inner), 6);
	disk_of(fixture, &blob, DISK_SIZE);
	assert_initrd(fixture, &blob, NULL);
	assert_ok(blob_resize(&blob, (blob.size + 3) & ~UINT64_C(3)));
	assert_ok(blob_append(&blob, inner.data, inner.size));
	disk_of(fixture, &blob, DISK_SIZE);
	assert_initrd(fixture, &blob, NULL);
	disk_of(fixture, &blob, blob.size);
	assert_initrd(fixture, &blob, NULL);
}

/* What cannot be packed, so that the stream is larger than what is read of it at first. */
static void a_large_stream_is_found_whole(void **state)
{
	enum { LARGE = 40 << 20 };
	struct fixture *fixture = *state;
	_cleanup_blob_ struct blob contents = {0}, inner = {0}, blob = {0};
	uint64_t random = 88172645463325252u;

	assert_ok(blob_resize(&contents, LARGE));
	for (uint64_t i = 0; i < LARGE; i += 8) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		store_le64(contents.data + i, random);
	}
	add_file(&inner, "large", blob_bytes(&contents));
	add_member(&inner, "TRAILER!!!", "");
	append_gzip(&blob, blob_bytes(&inner), 1);
	assert_true(blob.size > LARGE);
	disk_of(fixture, &blob, DISK_SIZE);
	assert_initrd(fixture, &blob, NULL);
}

static void what_else_follows_is_left_out_and_told(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_blob_ struct blob blob = archive("etc/fstab", "first");

	disk_of(fixture, &blob, DISK_SIZE);
	put(fixture, blob.size + 100, "left over", 9);
	assert_initrd(fixture, &blob, "is neither one nor zeros; it is left out");
	/* Far behind it is somebody else's. */
	disk_of(fixture, &blob, DISK_SIZE);
	put(fixture, 8 << 20, "left over", 9);
	assert_initrd(fixture, &blob, NULL);
}

static void a_disk_without_an_initrd_or_with_half_of_one_is_refused(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_blob_ struct blob blob = archive("etc/fstab", "first"), packed = {0};
	struct initrd initrd;
	struct held_file *disk;

	assert_fails(initrd_open_held(disk_of(fixture, &blob, 64), 1, &initrd), ERROR_DAMAGED,
		"/disk: the member at 0x0");
	assert_int_equal(initrd.count, 0);
	append_gzip(&packed, blob_bytes(&blob), 6);
	assert_fails(initrd_open_held(disk_of(fixture, &packed, packed.size - 9), 1, &initrd),
		ERROR_DAMAGED, "truncated");
	memset(blob.data, 0, 512);
	disk = disk_of(fixture, &blob, DISK_SIZE);
	assert_fails(initrd_open_held(disk, 1, &initrd), ERROR_FORMAT,
		"begins with nothing but zeros at its beginning, and not with an initrd");
	disk = disk_of(fixture, &blob, DISK_SIZE);
	put(fixture, 0, "hsqs", 4);
	assert_fails(initrd_open_held(disk, 1, &initrd), ERROR_FORMAT,
		"begins with a squashfs file system, and not with an initrd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_bzimage_ends_where_its_header_says, setup, teardown),
		cmocka_unit_test_setup_teardown(a_signature_belongs_to_the_kernel, setup, teardown),
		cmocka_unit_test_setup_teardown(
			an_elf_file_ends_with_its_last_segment, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_compressed_kernel_ends_with_its_stream, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_disk_that_ends_too_early_holds_a_truncated_kernel, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_is_on_a_disk_without_a_kernel_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(
			archives_end_where_nothing_but_zeros_follows, setup, teardown),
		cmocka_unit_test_setup_teardown(a_large_stream_is_found_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_else_follows_is_left_out_and_told, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_disk_without_an_initrd_or_with_half_of_one_is_refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
