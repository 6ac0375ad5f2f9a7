/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wrappers, forced formats, and files that are no kernel; each format has a test of its own. */
#include "make_image.h"
#include "image/identify.h"

#include <zlib.h>

static struct error *identify(
	const void *data, uint64_t size, const char *forced, struct image *ret)
{
	struct blob copy;
	struct error *error;

	assert_ok(blob_copy(bytes_of(data, size), &copy));
	error = image_identify("FILE", &copy, forced, ret);
	assert_null(copy.data);
	return error;
}

static struct blob gzip(struct bytes bytes)
{
	struct blob blob = {0};
	z_stream stream = {0};

	assert_int_equal(
		deflateInit2(&stream, 1, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_ok(blob_resize(&blob, deflateBound(&stream, bytes.size)));
	stream.next_in = (Bytef *)(uintptr_t)bytes.data;
	stream.avail_in = (uInt)bytes.size;
	stream.next_out = blob.data;
	stream.avail_out = (uInt)blob.size;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_ok(blob_resize(&blob, stream.total_out));
	deflateEnd(&stream);
	return blob;
}

/* Compress @blob @times over. */
static void wrap(struct blob *blob, unsigned int times)
{
	while (times--) {
		struct blob packed = gzip(blob_bytes(blob));

		blob_deinit(blob);
		*blob = packed;
	}
}

static void a_compressed_kernel_is_unwrapped(void **state)
{
	_cleanup_blob_ struct blob file = make_vmlinux(), plain = make_vmlinux();
	_cleanup_image_ struct image image = {0};

	(void)state;
	wrap(&file, 2);
	assert_ok(blob_append(&file, "garbage", 7));
	assert_ok(identify(file.data, file.size, NULL, &image));
	assert_string_equal(image.format, "ELF64 vmlinux");
	assert_int_equal(image.wrapper_count, 2);
	assert_string_equal(image.wrappers[0], "gzip");
	assert_string_equal(image.wrappers[1], "gzip");
	assert_int_equal(image.file_size, file.size);
	assert_int_equal(image.bytes.size, plain.size);
	assert_memory_equal(image.bytes.data, plain.data, plain.size);
	/* Each layer asked each format before it was unwrapped. */
	assert_int_equal(image.declined_count, 5);
	assert_string_equal(image.declined[0].format, "bzImage");
	assert_string_equal(image.declined[0].reason, "no \"HdrS\" at 0x202");
	assert_string_equal(image.declined[1].format, "ELF");
}

static void wrappers_are_four_deep_at_most(void **state)
{
	_cleanup_blob_ struct blob file = make_vmlinux();
	_cleanup_image_ struct image image = {0}, deeper = {0};

	(void)state;
	wrap(&file, IMAGE_DEPTH_MAX);
	assert_ok(identify(file.data, file.size, NULL, &image));
	assert_int_equal(image.wrapper_count, IMAGE_DEPTH_MAX);
	wrap(&file, 1);
	assert_fails(identify(file.data, file.size, NULL, &deeper), ERROR_LIMIT,
		"compressed more than 4 times over");
}

static void errors_inside_a_wrapper_name_it(void **state)
{
	_cleanup_blob_ struct blob file = make_bzimage(&(struct make_bzimage){0});
	_cleanup_image_ struct image image = {0};

	(void)state;
	store_le16(file.data + SETUP_BOOT_FLAG, 0);
	wrap(&file, 1);
	assert_fails(identify(file.data, file.size, NULL, &image), ERROR_FORMAT,
		"FILE: unpacked gzip: setup header: boot flag");
	assert_fails(identify(file.data, file.size - 20, NULL, &image), ERROR_DAMAGED,
		"FILE: gzip: at input offset 0x");
}

static void a_forced_format_is_the_only_one_taken(void **state)
{
	_cleanup_blob_ struct blob file = make_vmlinux(), packed = make_vmlinux();
	_cleanup_image_ struct image elf = {0}, unpacked = {0}, image = {0};

	(void)state;
	assert_ok(identify(file.data, file.size, "ELF", &elf));
	wrap(&packed, 1);
	assert_ok(identify(packed.data, packed.size, "elf", &unpacked));
	assert_fails(identify(file.data, file.size, "bzImage", &image), ERROR_FORMAT,
		"FILE: is not a kernel that baton knows; not bzImage: no \"HdrS\" at 0x202");
	assert_fails(identify(file.data, file.size, "a.out", &image), ERROR_USAGE,
		"unknown image format \"a.out\"");
	assert_fails(
		identify("MZ~~zimg", 8, "ELF", &image), ERROR_FORMAT, "it is a compressed EFI");
}

static void what_no_format_knows_has_each_formats_reason(void **state)
{
	_cleanup_image_ struct image image = {0};

	(void)state;
	assert_fails(identify("\1\2\3\4", 4, NULL, &image), ERROR_FORMAT,
		"FILE: is not a kernel that baton knows; not bzImage: no \"HdrS\" at 0x202; not "
		"ELF: no \"\\177ELF\" at 0x0");
	assert_fails(identify("", 0, NULL, &image), ERROR_FORMAT, "FILE: the file is empty");
	assert_int_equal(image.declined_count, 0);
}

/* The beginning of a file, and what the error must call it. */
struct foreigner {
	uint64_t offset;
	const char *magic;
	uint64_t length;
	enum error_code code;
	const char *message;
};

static const struct foreigner foreigners[] = {
	{56, "ARM\x64", 4, ERROR_UNSUPPORTED,
		"FILE: is an arm64 kernel Image; baton does not start those yet"},
	{56, "RSC\x05", 4, ERROR_UNSUPPORTED, "is a RISC-V kernel Image"},
	{4, "zimg", 4, ERROR_UNSUPPORTED, "is a compressed EFI kernel (zboot)"},
	{0x24, "\x18\x28\x6f\x01", 4, ERROR_UNSUPPORTED, "is a 32-bit Arm zImage"},
	{0, "\x27\x05\x19\x56", 4, ERROR_UNSUPPORTED, "is a U-Boot uImage"},
	{0, "\xd0\x0d\xfe\xed", 4, ERROR_UNSUPPORTED, "device tree"},
	{0, "ANDROID!", 8, ERROR_UNSUPPORTED, "is an Android boot image"},
	{0, "070701", 6, ERROR_FORMAT, "is a cpio archive, an initrd and not a kernel"},
	{0, "070702", 6, ERROR_FORMAT, "--initrd"},
	{0, "hsqs", 4, ERROR_FORMAT, "is a squashfs"},
	{0x8001, "CD001", 5, ERROR_FORMAT, "is an ISO 9660"},
	{0, "", 0, ERROR_FORMAT, "nothing but zeros"},
	{0x1ff8, "\x02\xb0\xad\x1b\x03\0\0\0\xfb\x4f\x52\xe4", 12, ERROR_UNSUPPORTED,
		"is a multiboot kernel"},
	{0x7ff0, "\xd6\x50\x52\xe8\0\0\0\0\x18\0\0\0\x12\xaf\xad\x17", 16, ERROR_UNSUPPORTED,
		"is a multiboot2 kernel"},
};

static void known_files_that_cannot_be_started_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(foreigners) / sizeof(foreigners[0]); i++) {
		_cleanup_blob_ struct blob file = {0};
		_cleanup_image_ struct image image = {0};

		assert_ok(blob_resize(&file, 0x9000));
		memcpy(file.data + foreigners[i].offset, foreigners[i].magic, foreigners[i].length);
		assert_fails(identify(file.data, file.size, NULL, &image), foreigners[i].code,
			foreigners[i].message);
	}
}

static void text_is_told_apart(void **state)
{
	static const char grub[] =
		"# GRUB\nset timeout=5\nmenuentry 'Debian' {\n\tlinux /vmlinuz\n}\n";
	_cleanup_image_ struct image image = {0};

	(void)state;
	assert_fails(identify(grub, strlen(grub), NULL, &image), ERROR_FORMAT,
		"FILE: is a GRUB configuration; expected a kernel");
	assert_fails(identify("#!/bin/sh\n", 10, NULL, &image), ERROR_FORMAT, "is a script");
	assert_fails(identify("x", 1, NULL, &image), ERROR_FORMAT, "is a text file");
	assert_fails(identify("gr\xc3\xbc\xc3\x9f", 6, NULL, &image), ERROR_FORMAT, "a text file");
	assert_fails(identify("a\0b", 3, NULL, &image), ERROR_FORMAT, "is not a kernel");
}

/* A PE file whose only section has this name. */
static struct blob make_pe(const char *section)
{
	struct blob blob = {0};

	assert_ok(blob_resize(&blob, 0x400));
	memcpy(blob.data, "MZ", 2);
	store_le32(blob.data + 0x3c, 0x80);
	memcpy(blob.data + 0x80, "PE\0\0", 4);
	store_le16(blob.data + 0x80 + 6, 1);
	store_le16(blob.data + 0x80 + 20, 0xf0);
	strncpy((char *)blob.data + 0x80 + 24 + 0xf0, section, 8);
	return blob;
}

static void efi_programs_and_unified_kernels_are_told_apart(void **state)
{
	_cleanup_blob_ struct blob uki = make_pe(".linux"), program = make_pe(".text");
	_cleanup_image_ struct image image = {0};

	(void)state;
	assert_fails(identify(uki.data, uki.size, NULL, &image), ERROR_UNSUPPORTED,
		"is a unified kernel image (UKI)");
	assert_fails(identify(program.data, program.size, NULL, &image), ERROR_UNSUPPORTED,
		"is an EFI program");
	/* A section table that reaches past the end is no reason to crash. */
	store_le16(uki.data + 0x80 + 6, 0xffff);
	store_le16(uki.data + 0x80 + 20, 0xffff);
	assert_fails(identify(uki.data, uki.size, NULL, &image), ERROR_UNSUPPORTED, "EFI program");
	store_le32(uki.data + 0x3c, 0xfffffffc);
	assert_fails(identify(uki.data, uki.size, NULL, &image), ERROR_FORMAT, "not a kernel");
}

static void a_bzimage_with_an_efi_stub_is_a_bzimage(void **state)
{
	_cleanup_blob_ struct blob file = make_bzimage(&(struct make_bzimage){0});
	_cleanup_image_ struct image image = {0};

	(void)state;
	memcpy(file.data, "MZ", 2);
	store_le32(file.data + 0x3c, 0x80);
	memcpy(file.data + 0x80, "PE\0\0", 4);
	assert_ok(identify(file.data, file.size, NULL, &image));
	assert_string_equal(image.format, "bzImage");
}

static void a_multiboot_elf_is_not_taken_for_linux(void **state)
{
	static const uint8_t header[12] = {2, 0xb0, 0xad, 0x1b, 0, 0, 0, 0, 0xfe, 0x4f, 0x52, 0xe4};
	_cleanup_blob_ struct blob file = make_vmlinux();
	_cleanup_image_ struct image image = {0};

	(void)state;
	memcpy(file.data + 0x800, header, sizeof(header));
	assert_fails(identify(file.data, file.size, NULL, &image), ERROR_UNSUPPORTED, "multiboot");
	assert_ok(identify(file.data, file.size, "ELF", &image));
}

static void deinit_accepts_an_empty_image(void **state)
{
	struct image image = {0};

	(void)state;
	image_deinit(&image);
	image_deinit(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_compressed_kernel_is_unwrapped),
		cmocka_unit_test(wrappers_are_four_deep_at_most),
		cmocka_unit_test(errors_inside_a_wrapper_name_it),
		cmocka_unit_test(a_forced_format_is_the_only_one_taken),
		cmocka_unit_test(what_no_format_knows_has_each_formats_reason),
		cmocka_unit_test(known_files_that_cannot_be_started_are_named),
		cmocka_unit_test(text_is_told_apart),
		cmocka_unit_test(efi_programs_and_unified_kernels_are_told_apart),
		cmocka_unit_test(a_bzimage_with_an_efi_stub_is_a_bzimage),
		cmocka_unit_test(a_multiboot_elf_is_not_taken_for_linux),
		cmocka_unit_test(deinit_accepts_an_empty_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
