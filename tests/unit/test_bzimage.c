/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "make_image.h"
#include "image/identify.h"

static void a_bzimage_is_one_part_with_its_header_read(void **state)
{
	_cleanup_blob_ struct blob file = make_bzimage(&(struct make_bzimage){0});
	_cleanup_image_ struct image image = {0};
	const struct bzimage *header = &image.bzimage;

	(void)state;
	assert_ok(make_identified(&file, &image));
	assert_string_equal(image.format, "bzImage");
	assert_int_equal(image.machine, IMAGE_MACHINE_X86_64);
	assert_int_equal(image.protocol, IMAGE_PROTOCOL_LINUX_X86);
	assert_int_equal(image.wrapper_count, 0);
	assert_int_equal(image.file_size, file.size);
	assert_int_equal(image.part_count, 1);
	assert_int_equal(image.parts[0].file_offset, MAKE_SETUP_SIZE);
	assert_int_equal(image.parts[0].file_size, 0x3000);
	assert_int_equal(image.parts[0].memory_size, 0x10000);
	assert_int_equal(image.parts[0].link_address, 0x1000000);
	assert_int_equal(image.entry, 0x200);
	assert_true(image.physically_relocatable);
	assert_int_equal(image.alignment, 0x200000);
	assert_int_equal(header->protocol, 0x020f);
	assert_int_equal(header->setup_size, MAKE_SETUP_SIZE);
	assert_int_equal(header->setup_header_end, 0x26c);
	assert_int_equal(header->xloadflags, XLF_KERNEL_64 | XLF_CAN_BE_LOADED_ABOVE_4G);
	assert_int_equal(header->initrd_addr_max, 0x7fffffff);
	assert_int_equal(header->cmdline_size, 2047);
	assert_string_equal(header->kernel_version, MAKE_VERSION);
}

static void the_payload_is_a_view_of_the_image(void **state)
{
	_cleanup_blob_ struct blob file =
		make_bzimage(&(struct make_bzimage){.payload = bytes_of("payload!", 8)});
	_cleanup_image_ struct image image = {0};
	struct bytes payload;

	(void)state;
	assert_ok(make_identified(&file, &image));
	assert_ok(bzimage_payload(&image, &payload));
	assert_int_equal(payload.size, 8);
	assert_memory_equal(payload.data, "payload!", 8);
	assert_ptr_equal(payload.data, image.bytes.data + MAKE_SETUP_SIZE + 0x400);
}

static void an_image_without_payload_says_so(void **state)
{
	_cleanup_blob_ struct blob file = make_bzimage(&(struct make_bzimage){0});
	_cleanup_blob_ struct blob elf = make_vmlinux();
	_cleanup_image_ struct image image = {0}, vmlinux = {0};
	struct bytes payload;

	(void)state;
	store_le32(file.data + SETUP_PAYLOAD_LENGTH, 0);
	assert_ok(make_identified(&file, &image));
	assert_fails(bzimage_payload(&image, &payload), ERROR_UNSUPPORTED, "states no payload");
	assert_ok(make_identified(&elf, &vmlinux));
	assert_fails(bzimage_payload(&vmlinux, &payload), ERROR_UNSUPPORTED, "ELF64 vmlinux");
}

static void zero_setup_sectors_mean_four(void **state)
{
	_cleanup_blob_ struct blob file = make_bzimage(&(struct make_bzimage){0});
	_cleanup_image_ struct image image = {0};

	(void)state;
	file.data[SETUP_SECTS] = 0;
	store_le32(file.data + SETUP_SYSSIZE, 0x100);
	assert_ok(make_identified(&file, &image));
	assert_int_equal(image.bzimage.setup_size, 5 * 512);
	assert_int_equal(image.parts[0].file_offset, 5 * 512);
	assert_int_equal(image.parts[0].file_size, file.size - 5 * 512);
}

static void a_fixed_kernel_is_not_relocatable(void **state)
{
	_cleanup_blob_ struct blob file = make_bzimage(
		&(struct make_bzimage){.fixed = true, .alignment = 3, .pref_address = 0x1234000});
	_cleanup_image_ struct image image = {0};

	(void)state;
	assert_ok(make_identified(&file, &image));
	assert_false(image.physically_relocatable);
	assert_int_equal(image.parts[0].link_address, 0x1234000);
}

static void bytes_past_the_code_are_kept_and_fit(void **state)
{
	_cleanup_blob_ struct blob file = make_bzimage(&(struct make_bzimage){0});
	_cleanup_image_ struct image image = {0};

	(void)state;
	/* A signature, and then more than init_size has room for. */
	assert_ok(blob_resize(&file, file.size + 0x20000));
	assert_ok(make_identified(&file, &image));
	assert_int_equal(image.parts[0].file_size, 0x23000);
	assert_int_equal(image.parts[0].memory_size, 0x23000);
}

static void a_missing_init_size_is_made_up_for(void **state)
{
	static const uint8_t payload[8] = {1, 2, 3, 4, 0x00, 0x00, 0x10, 0x00};
	_cleanup_blob_ struct blob file =
		make_bzimage(&(struct make_bzimage){.payload = bytes_of(payload, sizeof(payload))});
	_cleanup_image_ struct image image = {0};

	(void)state;
	store_le32(file.data + SETUP_INIT_SIZE, 0);
	assert_ok(make_identified(&file, &image));
	assert_int_equal(image.parts[0].memory_size, 2 * 0x3000 + 0x100000);
}

static void the_version_is_made_printable_and_ends_with_the_setup(void **state)
{
	_cleanup_blob_ struct blob file = make_bzimage(&(struct make_bzimage){0});
	_cleanup_image_ struct image image = {0}, at_end = {0};

	(void)state;
	memcpy(file.data + MAKE_VERSION_AT, "6\033[31m\n\x80z", 10);
	assert_ok(make_identified(&file, &image));
	assert_string_equal(image.bzimage.kernel_version, "6?[31m??z");
	store_le16(file.data + SETUP_KERNEL_VERSION, MAKE_SETUP_SIZE - 0x200 - 3);
	memcpy(file.data + MAKE_SETUP_SIZE - 3, "abc", 3);
	assert_ok(make_identified(&file, &at_end));
	assert_string_equal(at_end.bzimage.kernel_version, "abc");
}

static const struct make_damage damages[] = {
	{SETUP_BOOT_FLAG, 2, 0xaa54, ERROR_FORMAT, "boot flag at 0x1fe is 0xaa54, expected 0xaa55"},
	{SETUP_VERSION, 2, 0x0205, ERROR_UNSUPPORTED, "boot protocol 2.05 is too old"},
	{SETUP_LOADFLAGS, 1, 0, ERROR_UNSUPPORTED, "zImage"},
	{SETUP_JUMP_LENGTH, 1, 0x20, ERROR_FORMAT, "ends at 0x222, expected 0x26c to 0x290"},
	{SETUP_JUMP_LENGTH, 1, 0xff, ERROR_FORMAT, "ends at 0x301, expected 0x26c to 0x290"},
	{SETUP_SECTS, 1, 255, ERROR_FORMAT, "setup code ends at 0x20000 and leaves no room"},
	{SETUP_SYSSIZE, 4, 0x302, ERROR_FORMAT,
		"kernel code ends at 0x3620, past the file's 0x3600"},
	{SETUP_SYSSIZE, 4, 0xffffffff, ERROR_FORMAT, "the file is truncated"},
	{SETUP_INIT_SIZE, 4, 0x2fff, ERROR_FORMAT, "init_size 0x2fff is less than"},
	{SETUP_PAYLOAD_LENGTH, 4, 0x2c01, ERROR_FORMAT,
		"FILE: setup header: payload ends at 0x3601, past the file's 0x3600 bytes; the "
		"file is truncated"},
	{SETUP_PAYLOAD_OFFSET, 4, 0xffffffff, ERROR_FORMAT, "payload ends at 0x1000006ff"},
	{SETUP_KERNEL_ALIGNMENT, 4, 0, ERROR_FORMAT, "kernel_alignment is 0x0, expected a power"},
	{SETUP_KERNEL_ALIGNMENT, 4, 0x300000, ERROR_FORMAT, "kernel_alignment is 0x300000"},
	{SETUP_KERNEL_ALIGNMENT, 4, 0x800, ERROR_FORMAT, "kernel_alignment is 0x800"},
	{SETUP_MIN_ALIGNMENT, 1, 64, ERROR_FORMAT, "min_alignment is 2^64"},
	{SETUP_PREF_ADDRESS, 8, 0x1001000, ERROR_FORMAT,
		"pref_address 0x1001000 is not a multiple"},
	{SETUP_KERNEL_VERSION, 2, 0x400, ERROR_FORMAT, "version string at 0x600 lies past"},
};

static void each_bad_field_has_its_own_error(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		_cleanup_blob_ struct blob file = make_bzimage(&(struct make_bzimage){0});
		_cleanup_image_ struct image image = {0};

		make_damaged(&file, &damages[i]);
		assert_fails(make_identified(&file, &image), damages[i].code, damages[i].message);
		assert_null(image.storage.data);
	}
}

static void a_32_bit_kernel_is_entered_at_its_first_byte(void **state)
{
	_cleanup_blob_ struct blob file = make_bzimage(&(struct make_bzimage){.only_32bit = true});
	_cleanup_image_ struct image image = {0};

	(void)state;
	assert_ok(make_identified(&file, &image));
	assert_int_equal(image.machine, IMAGE_MACHINE_386);
	assert_int_equal(image.entry, 0);
	assert_int_equal(image.parts[0].memory_size, 0x10000);
	assert_int_equal(image.parts[0].link_address, 0x1000000);
}

/* What an old protocol does not have is rubbish in the file, and must not be read. */
static void each_old_protocol_is_read_as_far_as_it_goes(void **state)
{
	static const struct {
		uint16_t protocol;
		uint64_t header_end, link_address, memory_size;
		uint32_t payload_length;
	} cases[] = {
		{0x0206, 0x248, 0, 5 * 0x3000, 0},
		{0x0207, 0x248, 0, 5 * 0x3000, 0},
		{0x0208, 0x250, 0, 2 * 0x3000 + 0x20000, 8},
		{0x0209, 0x258, 0, 2 * 0x3000 + 0x20000, 8},
		{0x020a, 0x264, 0x1000000, 0x10000, 8},
		{0x020b, 0x268, 0x1000000, 0x10000, 8},
	};
	static const uint8_t payload[8] = {1, 2, 3, 4, 0x00, 0x00, 0x02, 0x00};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_blob_ struct blob file =
			make_bzimage(&(struct make_bzimage){.protocol = cases[i].protocol,
				.payload = bytes_of(payload, sizeof(payload))});
		_cleanup_image_ struct image image = {0};

		assert_ok(make_identified(&file, &image));
		assert_int_equal(image.machine, IMAGE_MACHINE_386);
		assert_int_equal(image.entry, 0);
		assert_int_equal(image.bzimage.setup_header_end, cases[i].header_end);
		assert_int_equal(image.bzimage.cmdline_size, 2047);
		assert_int_equal(image.bzimage.payload_length, cases[i].payload_length);
		assert_int_equal(image.parts[0].link_address, cases[i].link_address);
		assert_int_equal(image.parts[0].memory_size, cases[i].memory_size);
		assert_true(image.physically_relocatable);
	}
}

static void an_old_fixed_kernel_has_room_to_move_itself(void **state)
{
	_cleanup_blob_ struct blob file =
		make_bzimage(&(struct make_bzimage){.protocol = 0x0206, .fixed = true});
	_cleanup_image_ struct image image = {0};

	(void)state;
	assert_ok(make_identified(&file, &image));
	assert_false(image.physically_relocatable);
	assert_int_equal(image.parts[0].link_address, 0x100000);
	assert_int_equal(image.parts[0].memory_size, 5 * 0x3000 + 0x1000000);
}

static void truncation_at_any_byte_is_an_error(void **state)
{
	_cleanup_blob_ struct blob file = make_bzimage(&(struct make_bzimage){.code_size = 0x600});

	(void)state;
	for (uint64_t size = 0; size + 15 < file.size; size++) {
		_cleanup_image_ struct image image = {0};
		struct error *error;
		struct blob copy;

		assert_ok(blob_copy(bytes_of(file.data, size), &copy));
		error = image_identify("vmlinuz", &copy, NULL, &image);
		assert_non_null(error);
		assert_int_equal(error_code(error), ERROR_FORMAT);
		error_free(error);
	}
}

static void any_header_byte_may_be_anything_without_harm(void **state)
{
	_cleanup_blob_ struct blob file = make_bzimage(&(struct make_bzimage){0});

	(void)state;
	for (unsigned int at = SETUP_HEADER_START; at < SETUP_HEADER_SPACE_END; at++) {
		uint8_t before = file.data[at];

		for (unsigned int value = 0; value < 256; value += 5) {
			_cleanup_image_ struct image image = {0};
			struct error *error;

			file.data[at] = (uint8_t)value;
			error = make_identified(&file, &image);
			if (!error)
				assert_true(bytes_contain(image.bytes, image.parts[0].file_offset,
					image.parts[0].file_size));
			error_free(error);
		}
		file.data[at] = before;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bzimage_is_one_part_with_its_header_read),
		cmocka_unit_test(the_payload_is_a_view_of_the_image),
		cmocka_unit_test(an_image_without_payload_says_so),
		cmocka_unit_test(zero_setup_sectors_mean_four),
		cmocka_unit_test(a_fixed_kernel_is_not_relocatable),
		cmocka_unit_test(bytes_past_the_code_are_kept_and_fit),
		cmocka_unit_test(a_missing_init_size_is_made_up_for),
		cmocka_unit_test(the_version_is_made_printable_and_ends_with_the_setup),
		cmocka_unit_test(each_bad_field_has_its_own_error),
		cmocka_unit_test(a_32_bit_kernel_is_entered_at_its_first_byte),
		cmocka_unit_test(each_old_protocol_is_read_as_far_as_it_goes),
		cmocka_unit_test(an_old_fixed_kernel_has_room_to_move_itself),
		cmocka_unit_test(truncation_at_any_byte_is_an_error),
		cmocka_unit_test(any_header_byte_may_be_anything_without_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
