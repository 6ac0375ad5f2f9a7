/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel inside a bzImage: what is moved, and everything that must not be entered directly. */
#include "make_payload.h"

#include "image/identify.h"
#include "image/payload.h"

#define RELOCATIONS(...)                                                                           \
	(struct make_payload)                                                                      \
	{                                                                                          \
		.relocations = (const uint32_t[]){__VA_ARGS__},                                    \
		.relocation_count = sizeof((const uint32_t[]){__VA_ARGS__}) / 4                    \
	}

static struct image identify(struct blob file)
{
	struct image image;

	assert_ok(image_identify("kernel", &file, NULL, &image));
	return image;
}

/* The payload must be refused with that reason, and the image must stay usable. */
static void assert_declined(struct blob file, const char *part)
{
	_cleanup_image_ struct image image = identify(file);
	_cleanup_unpacked_kernel_ struct unpacked_kernel kernel = {0};

	assert_ok(unpacked_kernel_make(&image, 0, &kernel));
	assert_null(kernel.payload);
	assert_non_null(kernel.declined);
	assert_null(kernel.damage);
	if (!strstr(kernel.declined, part))
		fail_msg("declined with \"%s\", expected \"%s\"", kernel.declined, part);
}

/* As declined, and known to be damage, which the kernel's own decompressor would stop at. */
static void assert_damaged(struct blob file, const char *part)
{
	_cleanup_image_ struct image image = identify(file);
	_cleanup_unpacked_kernel_ struct unpacked_kernel kernel = {0};

	assert_ok(unpacked_kernel_make(&image, 0, &kernel));
	assert_null(kernel.payload);
	assert_non_null(kernel.damage);
	if (!strstr(kernel.damage, part))
		fail_msg("damaged with \"%s\", expected \"%s\"", kernel.damage, part);
}

static void assert_relocations_declined(struct make_payload wanted, const char *part)
{
	assert_declined(make_direct_bzimage(&wanted), part);
}

static uint64_t field(const struct payload *payload, unsigned int part, uint64_t offset)
{
	return load_le64(
		payload->vmlinux.bytes.data + payload->vmlinux.parts[part].file_offset + offset);
}

static void every_list_is_moved_by_its_rule(void **state)
{
	const struct make_payload wanted = {make_relocations, sizeof(make_relocations) / 4, 0, 0};
	_cleanup_image_ struct image image = identify(make_direct_bzimage(&wanted));
	_cleanup_unpacked_kernel_ struct unpacked_kernel kernel = {0};
	const uint64_t delta = 0x1e00000;
	uint64_t wide, narrow, inverse, bystander;
	struct payload *payload;

	(void)state;
	assert_ok(unpacked_kernel_make(&image, 0, &kernel));
	payload = kernel.payload;
	assert_non_null(payload);
	assert_true(payload->has_relocations);
	wide = field(payload, 0, 0x10);
	narrow = field(payload, 0, 0x20);
	inverse = field(payload, 2, 8);
	bystander = field(payload, 0, 0x28);
	for (int twice = 0; twice < 2; twice++) {
		payload_relocate(payload, delta);
		assert_int_equal(field(payload, 0, 0x10), wide + delta);
		assert_int_equal((uint32_t)field(payload, 0, 0x20), (uint32_t)(narrow + delta));
		assert_int_equal(field(payload, 0, 0x20) >> 32, (uint32_t)((narrow >> 32) + delta));
		assert_int_equal((uint32_t)field(payload, 2, 8), (uint32_t)(inverse - delta));
		assert_int_equal(field(payload, 2, 8) >> 32, inverse >> 32);
		assert_int_equal(field(payload, 0, 0x28), bystander);
	}
	payload_relocate(payload, 0);
	assert_int_equal(field(payload, 0, 0x10), wide);
	assert_int_equal(field(payload, 2, 8), inverse);
}

static void two_lists_are_the_newer_layout(void **state)
{
	const struct make_payload wanted = RELOCATIONS(0, 0x81000010, 0, 0x81000020);
	_cleanup_image_ struct image image = identify(make_direct_bzimage(&wanted));
	_cleanup_unpacked_kernel_ struct unpacked_kernel kernel = {0};

	(void)state;
	assert_ok(unpacked_kernel_make(&image, 0, &kernel));
	assert_non_null(kernel.payload);
	assert_int_equal(kernel.payload->absolute_64.count, 1);
	assert_int_equal(kernel.payload->inverse_32.count, 0);
	assert_int_equal(kernel.payload->absolute_32.count, 1);
}

static void no_relocations_mean_a_kernel_built_without_kaslr(void **state)
{
	const struct make_payload wanted = {0};
	_cleanup_image_ struct image image = identify(make_direct_bzimage(&wanted));
	_cleanup_unpacked_kernel_ struct unpacked_kernel kernel = {0};

	(void)state;
	assert_ok(unpacked_kernel_make(&image, 0, &kernel));
	assert_non_null(kernel.payload);
	assert_false(kernel.payload->has_relocations);
}

static void relocations_not_as_known_are_declined(void **state)
{
	(void)state;
	assert_relocations_declined(RELOCATIONS(0x81000010, 0, 0), "start with 0x81000010");
	assert_relocations_declined(RELOCATIONS(0, 0x81000010), "1 list");
	assert_relocations_declined(RELOCATIONS(0, 0, 0, 0), "more than 3 lists");
	assert_relocations_declined(
		RELOCATIONS(0, 0x81000020, 0x81000010, 0, 0x81000030), "not sorted");
	assert_relocations_declined(
		RELOCATIONS(0, 0x81000010, 0x81000010, 0, 0x81000030), "not sorted");
	assert_relocations_declined(RELOCATIONS(0, 0x81002ffc, 0, 0x81000030), "in no segment");
}

static void assert_relocations_damaged(struct make_payload wanted, const char *part)
{
	assert_damaged(make_direct_bzimage(&wanted), part);
}

static void relocations_outside_of_the_kernel_are_damage(void **state)
{
	(void)state;
	assert_relocations_damaged(RELOCATIONS(0, 0x80000000, 0, 0x81000030), "in no segment");
	assert_relocations_damaged(RELOCATIONS(0, 0x8fffffff, 0, 0x81000030), "in no segment");
	assert_relocations_damaged(RELOCATIONS(0, 0x00000010, 0, 0x81000030), "in no segment");
	assert_relocations_damaged(RELOCATIONS(0, 0, 0xffffffff), "in no segment");
}

/* Else the first one would change where the next one points, after that was checked. */
static void relocations_inside_a_part_are_declined(void **state)
{
	const struct make_payload wanted = RELOCATIONS(0, 0x812038c8, 0x812038cc, 0, 0x81000020);
	_cleanup_blob_ struct blob unpacked = make_unpacked(&wanted);
	_cleanup_payload_ struct payload payload = {0};
	Elf64_Phdr *last = (Elf64_Phdr *)(unpacked.data + sizeof(Elf64_Ehdr)) + 3;

	(void)state;
	assert_int_equal(unpacked.size - 20 - last->p_offset, 0x18c0);
	last->p_filesz = unpacked.size - last->p_offset;
	assert_fails(
		payload_describe(&unpacked, &payload), ERROR_UNSUPPORTED, "inside the segment");
}

static void a_last_field_at_a_parts_very_end_is_inside(void **state)
{
	const struct make_payload wanted = RELOCATIONS(0, 0x81002ff8, 0, 0x81200ffc);
	_cleanup_image_ struct image image = identify(make_direct_bzimage(&wanted));
	_cleanup_unpacked_kernel_ struct unpacked_kernel kernel = {0};

	(void)state;
	assert_ok(unpacked_kernel_make(&image, 0, &kernel));
	assert_non_null(kernel.payload);
	payload_relocate(kernel.payload, 0x200000);
}

static void sizes_that_lie_are_damage(void **state)
{
	struct make_payload wanted = RELOCATIONS(0, 0x81000010, 0, 0x81000020);

	(void)state;
	wanted.stated_more = 1;
	assert_relocations_damaged(wanted, "but states");
	wanted.stated_more = -1;
	assert_relocations_damaged(wanted, "payload");
	wanted.stated_more = 0x70000000;
	assert_relocations_damaged(wanted, "payload: states");
	wanted.stated_more = 0;
	wanted.trailing = 3;
	assert_relocations_declined(wanted, "not a multiple of 4");
}

static void too_little_memory_leaves_the_kernel_packed(void **state)
{
	const struct make_payload wanted = RELOCATIONS(0, 0x81000010, 0, 0x81000020);
	_cleanup_image_ struct image image = identify(make_direct_bzimage(&wanted));
	_cleanup_unpacked_kernel_ struct unpacked_kernel kernel = {0};

	(void)state;
	assert_ok(unpacked_kernel_make(&image, 16 << 20, &kernel));
	assert_null(kernel.payload);
	assert_non_null(strstr(kernel.declined, "only 16 MiB are available"));
}

static void what_is_not_a_packed_kernel_is_declined(void **state)
{
	static const char text[] = "this is not a kernel at all, only some text that was packed";
	uint8_t packed[256];
	size_t size = ZSTD_compress(packed, sizeof(packed) - 4, text, sizeof(text), 1);

	(void)state;
	assert_false(ZSTD_isError(size));
	store_le32(packed + size, sizeof(text));
	assert_damaged(make_bzimage_around(bytes_of(packed, size + 4)), "ELF");
	assert_declined(make_bzimage(&(struct make_bzimage){0}), "unknown to baton");
	packed[size / 2] ^= 0xff;
	assert_damaged(make_bzimage_around(bytes_of(packed, size + 4)), "payload");
}

static void zeros_at_the_end_of_a_part_are_not_handed_over(void **state)
{
	const struct make_payload wanted = RELOCATIONS(0, 0x81000010, 0, 0x81000020);
	_cleanup_blob_ struct blob unpacked = make_unpacked(&wanted);
	_cleanup_blob_ struct blob packed = {0};
	_cleanup_unpacked_kernel_ struct unpacked_kernel kernel = {0};
	struct image image;
	size_t size;

	(void)state;
	/* The last part's second half; its bytes are 0x5800 to 0x7000 in the file. */
	memset(unpacked.data + 0x5000 + 0x800 + 0xc00, 0, 0xc00);
	assert_ok(blob_resize(&packed, ZSTD_compressBound(unpacked.size) + 4));
	size = ZSTD_compress(packed.data, packed.size, unpacked.data, unpacked.size, 1);
	store_le32(packed.data + size, (uint32_t)unpacked.size);
	image = identify(make_bzimage_around(bytes_of(packed.data, size + 4)));
	assert_ok(unpacked_kernel_make(&image, 0, &kernel));
	assert_non_null(kernel.payload);
	assert_in_range(kernel.payload->vmlinux.parts[3].file_size, 0xc00 - 8, 0xc00);
	assert_int_equal(kernel.payload->vmlinux.parts[3].memory_size, 0x40000);
	image_deinit(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_list_is_moved_by_its_rule),
		cmocka_unit_test(two_lists_are_the_newer_layout),
		cmocka_unit_test(no_relocations_mean_a_kernel_built_without_kaslr),
		cmocka_unit_test(relocations_not_as_known_are_declined),
		cmocka_unit_test(relocations_inside_a_part_are_declined),
		cmocka_unit_test(a_last_field_at_a_parts_very_end_is_inside),
		cmocka_unit_test(relocations_outside_of_the_kernel_are_damage),
		cmocka_unit_test(sizes_that_lie_are_damage),
		cmocka_unit_test(too_little_memory_leaves_the_kernel_packed),
		cmocka_unit_test(what_is_not_a_packed_kernel_is_declined),
		cmocka_unit_test(zeros_at_the_end_of_a_part_are_not_handed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
