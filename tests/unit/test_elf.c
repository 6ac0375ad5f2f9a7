/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake_root.h"
#include "make_image.h"
#include "image/identify.h"
#include "image/read.h"

#include <fcntl.h>
#include <sys/resource.h>

#define UPPER UINT64_C(0xffffffff80000000)

static void segments_become_parts_in_physical_order(void **state)
{
	static const struct make_segment segments[] = {
		{0x1400000, UPPER + 0x1400000, 0x20, 0x5000},
		{0x1000000, UPPER + 0x1000000, 0x30, 0x30},
		{0x1200000, 0, 0x10, 0x10},
	};
	_cleanup_blob_ struct blob file = make_elf(segments, 3, 0x1000010);
	_cleanup_image_ struct image image = {0};

	(void)state;
	assert_ok(make_identified(&file, &image));
	assert_string_equal(image.format, "ELF64 vmlinux");
	assert_int_equal(image.machine, IMAGE_MACHINE_X86_64);
	assert_int_equal(image.part_count, 3);
	assert_int_equal(image.parts[0].link_address, 0x1000000);
	assert_int_equal(image.parts[0].file_offset, 0x1020);
	assert_int_equal(image.parts[0].file_size, 0x30);
	assert_int_equal(image.parts[1].link_address, 0x1200000);
	assert_int_equal(image.parts[2].link_address, 0x1400000);
	assert_int_equal(image.parts[2].file_offset, 0x1000);
	assert_int_equal(image.parts[2].memory_size, 0x5000);
	assert_int_equal(image.entry, 0x1000010);
	assert_true(image.physically_relocatable);
	assert_int_equal(image.alignment, 0x200000);
}

static void a_virtual_entry_is_translated(void **state)
{
	static const struct make_segment segments[] = {
		{0x1000000, UPPER + 0x1000000, 0x100, 0x100},
		{0x2000000, UPPER + 0x4000000, 0x100, 0x100},
	};
	_cleanup_blob_ struct blob file = make_elf(segments, 2, UPPER + 0x4000044);
	_cleanup_image_ struct image image = {0};

	(void)state;
	assert_ok(make_identified(&file, &image));
	assert_int_equal(image.entry, 0x2000044);
}

static void a_misaligned_kernel_stays_where_it_was_linked(void **state)
{
	static const struct make_segment segment = {0x1001000, UPPER + 0x1001000, 0x100, 0x100};
	_cleanup_blob_ struct blob file = make_elf(&segment, 1, 0x1001000);
	_cleanup_image_ struct image image = {0};

	(void)state;
	assert_ok(make_identified(&file, &image));
	assert_false(image.physically_relocatable);
}

static void what_follows_the_elf_file_is_no_matter(void **state)
{
	/* As the relocations follow it in a bzImage's payload. */
	_cleanup_blob_ struct blob file = make_vmlinux();
	_cleanup_image_ struct image image = {0};

	(void)state;
	assert_ok(blob_append(&file, "relocations", 11));
	assert_ok(make_identified(&file, &image));
	assert_int_equal(image.part_count, 4);
}

static void empty_and_other_segments_are_not_loaded(void **state)
{
	static const struct make_segment segments[] = {
		{0x1000000, UPPER + 0x1000000, 0x100, 0x100},
		{0x1000000, UPPER + 0x1000000, 0, 0},
		{0x1000010, UPPER + 0x1000010, 0x10, 0x10},
	};
	_cleanup_blob_ struct blob file = make_elf(segments, 3, 0x1000000);
	_cleanup_image_ struct image image = {0};

	(void)state;
	store_le32(file.data + sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr), PT_NOTE);
	assert_ok(make_identified(&file, &image));
	assert_int_equal(image.part_count, 1);
}

#define HEADER(field) offsetof(Elf64_Ehdr, field), sizeof(((Elf64_Ehdr *)0)->field)
#define PROGRAM(index, field)                                                                      \
	sizeof(Elf64_Ehdr) + (index) * sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, field),           \
		sizeof(((Elf64_Phdr *)0)->field)

static const struct make_damage damages[] = {
	{EI_CLASS, 1, ELFCLASS32, ERROR_UNSUPPORTED, "is a 32-bit ELF file for x86-64"},
	{EI_CLASS, 1, 7, ERROR_FORMAT, "ELF header: class 7, expected 1 (32-bit) or 2"},
	{EI_DATA, 1, ELFDATA2MSB, ERROR_UNSUPPORTED, "big-endian"},
	{EI_DATA, 1, 0, ERROR_FORMAT, "byte order 0 and version 1"},
	{EI_VERSION, 1, 2, ERROR_FORMAT, "byte order 1 and version 2"},
	{EI_OSABI, 1, ELFOSABI_FREEBSD, ERROR_UNSUPPORTED, "is a file for FreeBSD"},
	{HEADER(e_machine), EM_AARCH64, ERROR_UNSUPPORTED,
		"FILE: is a 64-bit ELF file for AArch64, this baton starts x86 kernels"},
	{HEADER(e_machine), 12345, ERROR_UNSUPPORTED,
		"is a 64-bit ELF file for machine type 12345"},
	{HEADER(e_type), ET_REL, ERROR_FORMAT, "an object file or module"},
	{HEADER(e_type), 999, ERROR_FORMAT, "type 999 (unknown)"},
	{HEADER(e_phnum), 0, ERROR_FORMAT, "no program headers"},
	{HEADER(e_phnum), PN_XNUM, ERROR_UNSUPPORTED, "more than 65534 program headers"},
	{HEADER(e_phnum), 1000, ERROR_FORMAT, "ELF program headers: "},
	{HEADER(e_phentsize), 32, ERROR_FORMAT, "program headers of 32 bytes, expected 56"},
	{HEADER(e_phoff), 0x100000, ERROR_FORMAT, "at offset 0x100000 reach past the end"},
	{HEADER(e_phoff), UINT64_MAX, ERROR_FORMAT, "ELF program headers: "},
	{HEADER(e_entry), 0x1100000, ERROR_FORMAT, "entry point 0x1100000 lies in no segment"},
	{HEADER(e_entry), 0x1210000, ERROR_FORMAT, "entry point 0x1210000 lies in no segment"},
	{PROGRAM(1, p_type), PT_INTERP, ERROR_FORMAT, "is a dynamically linked program"},
	{PROGRAM(3, p_filesz), 0x1801, ERROR_FORMAT,
		"program header 3: 0x1801 bytes at offset 0x5800 reach past the file's 0x7000"},
	{PROGRAM(0, p_offset), UINT64_MAX, ERROR_FORMAT, "program header 0: "},
	{PROGRAM(0, p_memsz), 0x2fff, ERROR_FORMAT,
		"0x3000 bytes in the file for 0x2fff in memory"},
	{PROGRAM(0, p_memsz), 0x200001, ERROR_FORMAT,
		"segments overlap at physical address 0x1200000: one reaches from 0x1000000 to "
		"0x1200001"},
	{PROGRAM(3, p_memsz), UINT64_C(1) << 31, ERROR_FORMAT, "more than the 2 GiB"},
	{PROGRAM(3, p_memsz), UINT64_MAX, ERROR_FORMAT, "lie past the address space"},
	{PROGRAM(3, p_paddr), UINT64_MAX - 0x1000, ERROR_FORMAT, "lie past the address space"},
	{PROGRAM(2, p_paddr), 0x1202fff, ERROR_FORMAT, "segments overlap"},
};

static void each_bad_field_has_its_own_error(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		_cleanup_blob_ struct blob file = make_vmlinux();
		_cleanup_image_ struct image image = {0};

		make_damaged(&file, &damages[i]);
		assert_fails(make_identified(&file, &image), damages[i].code, damages[i].message);
	}
}

static void a_32_bit_kernel_stays_where_it_was_linked(void **state)
{
	_cleanup_blob_ struct blob file = make_vmlinux32();
	_cleanup_image_ struct image image = {0};

	(void)state;
	assert_ok(make_identified(&file, &image));
	assert_string_equal(image.format, "ELF32 vmlinux");
	assert_int_equal(image.machine, IMAGE_MACHINE_386);
	assert_int_equal(image.part_count, 2);
	assert_int_equal(image.parts[1].link_address, 0x1400000);
	assert_int_equal(image.parts[1].file_offset, 0x4000);
	assert_int_equal(image.parts[1].file_size, 0x1000);
	assert_int_equal(image.parts[1].memory_size, 0x40000);
	assert_int_equal(image.entry, 0x1000040);
	assert_int_equal(image.virtual_difference, 0xc0000000);
	assert_false(image.physically_relocatable);
}

#define HEADER32(field) offsetof(Elf32_Ehdr, field), sizeof(((Elf32_Ehdr *)0)->field)
#define PROGRAM32(index, field)                                                                    \
	sizeof(Elf32_Ehdr) + (index) * sizeof(Elf32_Phdr) + offsetof(Elf32_Phdr, field),           \
		sizeof(((Elf32_Phdr *)0)->field)

static void each_bad_field_of_a_32_bit_kernel_has_its_own_error(void **state)
{
	static const struct make_damage bad[] = {
		{EI_CLASS, 1, ELFCLASS64, ERROR_UNSUPPORTED, "64-bit ELF file for 32-bit x86"},
		{HEADER32(e_machine), EM_ARM, ERROR_UNSUPPORTED, "32-bit ELF file for 32-bit Arm"},
		{HEADER32(e_phentsize), 56, ERROR_FORMAT, "of 56 bytes, expected 32"},
		{HEADER32(e_entry), 0x1100000, ERROR_FORMAT, "lies in no segment's bytes"},
		{PROGRAM32(0, p_vaddr), 0x8048000, ERROR_FORMAT, "in the upper part"},
		{PROGRAM32(1, p_memsz), 0xffffffff, ERROR_FORMAT, "lie past the address space"},
		{PROGRAM32(1, p_offset), 0xffffffff, ERROR_FORMAT, "the file is truncated"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_cleanup_blob_ struct blob file = make_vmlinux32();
		_cleanup_image_ struct image image = {0};

		/* The one segment that says where a kernel lives is damaged, not both. */
		store_le32(file.data + sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr) +
				   offsetof(Elf32_Phdr, p_vaddr),
			0);
		make_damaged(&file, &bad[i]);
		assert_fails(make_identified(&file, &image), bad[i].code, bad[i].message);
	}
}

static void a_file_with_nothing_to_load_is_refused(void **state)
{
	static const struct make_segment none = {0};
	_cleanup_blob_ struct blob file = make_elf(&none, 1, 0);
	_cleanup_image_ struct image image = {0};

	(void)state;
	assert_fails(make_identified(&file, &image), ERROR_FORMAT, "none is PT_LOAD");
}

static void a_program_is_not_a_kernel(void **state)
{
	static const struct make_segment program = {0x400000, 0x400000, 0x100, 0x100};
	_cleanup_blob_ struct blob file = make_elf(&program, 1, 0x400000);
	_cleanup_image_ struct image image = {0};

	(void)state;
	assert_fails(make_identified(&file, &image), ERROR_FORMAT, "is not a Linux kernel");
}

static void there_is_a_most_of_segments(void **state)
{
	struct make_segment segments[IMAGE_PARTS_MAX + 1];

	(void)state;
	for (unsigned int i = 0; i <= IMAGE_PARTS_MAX; i++) {
		uint64_t at = 0x1000000 + i * 0x1000;

		segments[i] = (struct make_segment){at, UPPER + at, 0x10, 0x1000};
	}
	for (unsigned int count = IMAGE_PARTS_MAX; count <= IMAGE_PARTS_MAX + 1; count++) {
		_cleanup_blob_ struct blob file = make_elf(segments, count, 0x1000000);
		_cleanup_image_ struct image image = {0};

		if (count <= IMAGE_PARTS_MAX)
			assert_ok(make_identified(&file, &image));
		else
			assert_fails(make_identified(&file, &image), ERROR_LIMIT,
				"more than 64 segments");
	}
}

static void truncation_at_any_byte_is_an_error(void **state)
{
	static const struct make_segment segment = {0x1000000, UPPER + 0x1000000, 0x40, 0x100};
	_cleanup_blob_ struct blob file = make_elf(&segment, 1, 0x1000000);

	(void)state;
	for (uint64_t size = 0; size < file.size; size++) {
		_cleanup_image_ struct image image = {0};
		struct error *error;
		struct blob copy;

		assert_ok(blob_copy(bytes_of(file.data, size), &copy));
		error = image_identify("vmlinux", &copy, NULL, &image);
		assert_int_equal(error_code(error), ERROR_FORMAT);
		error_free(error);
	}
}

/* Files */

#define GIB (UINT64_C(1) << 30)

/* Two segments; the second is as far behind the first as @hole says, and @tail bytes follow. */
static const char *write_vmlinux(const struct fake_root *root, uint64_t hole, uint64_t tail)
{
	static const struct make_segment segments[] = {
		{0x1000000, UPPER + 0x1000000, 0x3000, 0x3000},
		{0x1200000, UPPER + 0x1200000, 0x2000, 0x2000},
	};
	_cleanup_blob_ struct blob file = make_elf(segments, 2, 0x1000010);
	const char *path = fake_root_path(root, "vmlinux");
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	uint64_t second = 0x1000 + 0x3000;

	assert_true(fd >= 0);
	/* p_offset of the second program header. */
	store_le64(file.data + 64 + 56 + 8, second + hole);
	assert_int_equal(pwrite(fd, file.data, second, 0), second);
	assert_int_equal(pwrite(fd, file.data + second, 0x2000, (off_t)(second + hole)), 0x2000);
	assert_int_equal(ftruncate(fd, (off_t)(second + hole + 0x2000 + tail)), 0);
	close(fd);
	return path;
}

/* The program's own peak so far, in KiB. */
static long peak(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss;
}

static void check_large(uint64_t hole, uint64_t tail)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	_cleanup_image_ struct image image = {0};
	const char *path = write_vmlinux(&root, hole, tail);
	long before = peak();
	uint64_t size;

	assert_ok(image_file_size(path, &size));
	assert_in_range(size, 0x5000, IMAGE_HEAD_SIZE + 0x2000);
	assert_ok(image_read(path, NULL, &image));
	assert_int_equal(image.part_count, 2);
	assert_int_equal(image.file_size, 0x6000 + hole + tail);
	for (unsigned int i = 0; i < 0x5000; i++) {
		const struct image_part *part = &image.parts[i >= 0x3000];

		assert_int_equal(image.bytes.data[part->file_offset + i % 0x3000], make_pattern(i));
	}
	assert_true(peak() - before < 16 << 10);
}

static void of_a_file_with_gigabytes_of_debug_data_only_what_is_loaded_is_read(void **state)
{
	(void)state;
	check_large(0, GIB + GIB / 4);
	/* Whatever the order in the file. */
	check_large(GIB + GIB / 4, 0);
}

static void the_limit_is_for_what_is_loaded(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	const char *path = write_vmlinux(&root, 0, 2 * GIB);
	uint8_t size[8];
	struct image image;
	int fd = open(path, O_WRONLY);

	(void)state;
	/* p_filesz and p_memsz of the second program header. */
	store_le64(size, GIB);
	assert_int_equal(pwrite(fd, size, 8, 64 + 56 + 32), 8);
	assert_int_equal(pwrite(fd, size, 8, 64 + 56 + 40), 8);
	close(fd);
	assert_fails(image_read(path, NULL, &image), ERROR_LIMIT, "1024 MiB");
}

static void a_file_that_ends_inside_a_segment_is_truncated(void **state)
{
	_cleanup_fake_root_ struct fake_root root = fake_root_make();
	const char *path = write_vmlinux(&root, 0, 0);
	struct image image;

	(void)state;
	assert_int_equal(truncate(path, 0x4800), 0);
	assert_fails(image_read(path, NULL, &image), ERROR_FORMAT,
		"reach past the file's 0x4800 bytes; the file is truncated");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_become_parts_in_physical_order),
		cmocka_unit_test(a_virtual_entry_is_translated),
		cmocka_unit_test(a_misaligned_kernel_stays_where_it_was_linked),
		cmocka_unit_test(what_follows_the_elf_file_is_no_matter),
		cmocka_unit_test(empty_and_other_segments_are_not_loaded),
		cmocka_unit_test(each_bad_field_has_its_own_error),
		cmocka_unit_test(a_32_bit_kernel_stays_where_it_was_linked),
		cmocka_unit_test(each_bad_field_of_a_32_bit_kernel_has_its_own_error),
		cmocka_unit_test(a_file_with_nothing_to_load_is_refused),
		cmocka_unit_test(a_program_is_not_a_kernel),
		cmocka_unit_test(there_is_a_most_of_segments),
		cmocka_unit_test(truncation_at_any_byte_is_an_error),
		cmocka_unit_test(
			of_a_file_with_gigabytes_of_debug_data_only_what_is_loaded_is_read),
		cmocka_unit_test(the_limit_is_for_what_is_loaded),
		cmocka_unit_test(a_file_that_ends_inside_a_segment_is_truncated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
