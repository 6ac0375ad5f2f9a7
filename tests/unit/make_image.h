/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Small kernels for tests: valid by default, to be damaged by poking at the bytes. Their code is
 * a pattern, see make_pattern(); nothing in them can be run.
 */
#ifndef BATON_TESTS_UNIT_MAKE_IMAGE_H
#define BATON_TESTS_UNIT_MAKE_IMAGE_H

#include "test.h"

#include "base/blob.h"
#include "image/bzimage.h"
#include "image/identify.h"
#include "image/image.h"

#include <elf.h>
#include <zlib.h>

/** The byte that stands at @index of a made kernel's code. */
static inline uint8_t make_pattern(uint64_t index)
{
	return (uint8_t)(index * 7 + (index >> 8) + 1);
}

/** Zero in any field stands for its default. */
struct make_bzimage {
	uint32_t code_size;    /* protected-mode code: 0x3000 */
	uint32_t init_size;    /* 0x10000 */
	uint32_t alignment;    /* 0x200000 */
	uint64_t pref_address; /* 0x1000000 */
	uint32_t payload_offset;
	struct bytes payload; /* none: payload_length 0x100 at 0x400, of the pattern */
	bool fixed;	      /* relocatable_kernel = 0 */
	bool only_32bit;      /* xloadflags = 0 */
	uint16_t protocol;    /* 0x020f; with another, fields that it does not have hold rubbish */
};

enum { MAKE_SETUP_SIZE = 3 * SETUP_SECTOR_SIZE, MAKE_VERSION_AT = 0x400 };
#define MAKE_VERSION "6.1.0-test (baton) #1"

/* The fields of the setup header that do not depend on what was asked for. */
static inline void make_setup_header(uint8_t *setup)
{
	setup[SETUP_SECTS] = MAKE_SETUP_SIZE / SETUP_SECTOR_SIZE - 1;
	store_le16(setup + SETUP_BOOT_FLAG, SETUP_BOOT_FLAG_VALUE);
	setup[SETUP_JUMP] = 0xeb;
	setup[SETUP_JUMP_LENGTH] = 0x6a;
	memcpy(setup + SETUP_HEADER, "HdrS", 4);
	store_le16(setup + SETUP_VERSION, 0x020f);
	store_le16(setup + SETUP_KERNEL_VERSION, MAKE_VERSION_AT - 0x200);
	setup[SETUP_LOADFLAGS] = LOADED_HIGH;
	store_le32(setup + SETUP_CODE32_START, 0x100000);
	store_le32(setup + SETUP_INITRD_ADDR_MAX, 0x7fffffff);
	setup[SETUP_MIN_ALIGNMENT] = 21;
	store_le16(setup + SETUP_XLOADFLAGS, XLF_KERNEL_64 | XLF_CAN_BE_LOADED_ABOVE_4G);
	store_le32(setup + SETUP_CMDLINE_SIZE, 2047);
	strcpy((char *)setup + MAKE_VERSION_AT, MAKE_VERSION);
}

/** Make the header one of an older @protocol: shorter, and code where later fields are now. */
static inline void make_older(uint8_t *setup, uint16_t protocol)
{
	static const struct {
		uint16_t since;
		uint16_t at;
	} fields[] = {{BZIMAGE_PROTOCOL_PAYLOAD, SETUP_PAYLOAD_OFFSET},
		{BZIMAGE_PROTOCOL_SETUP_DATA, SETUP_SETUP_DATA},
		{BZIMAGE_PROTOCOL_INIT_SIZE, SETUP_PREF_ADDRESS},
		{BZIMAGE_PROTOCOL_HANDOVER, SETUP_HANDOVER_OFFSET},
		{BZIMAGE_PROTOCOL_KERNEL_INFO, SETUP_KERNEL_INFO_OFFSET}};

	store_le16(setup + SETUP_VERSION, protocol);
	if (protocol < BZIMAGE_PROTOCOL_XLOADFLAGS)
		store_le16(setup + SETUP_XLOADFLAGS, 0);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (protocol >= fields[i].since)
			continue;
		setup[SETUP_JUMP_LENGTH] = (uint8_t)(fields[i].at - SETUP_HEADER);
		memset(setup + fields[i].at, 0x90, SETUP_HEADER_SPACE_END - fields[i].at);
		return;
	}
}

/**
 * The last four bytes of @file's code as the kernel's build made them until 6.14: a CRC-32 of all
 * that is before. What is changed afterwards makes it wrong.
 */
static inline void make_crc(struct blob *file)
{
	uint64_t end = MAKE_SETUP_SIZE + 16 * (uint64_t)load_le32(file->data + SETUP_SYSSIZE);

	assert_true(end <= file->size);
	store_le32(file->data + end - 4, ~(uint32_t)crc32_z(0, file->data, end - 4));
}

/** A bzImage, 64-bit and of boot protocol 2.15 by default; free it with blob_deinit(). */
static inline struct blob make_bzimage(const struct make_bzimage *wanted)
{
	uint32_t code_size = wanted->code_size ? wanted->code_size : 0x3000;
	uint32_t payload_offset = wanted->payload_offset ? wanted->payload_offset : 0x400;
	uint64_t payload_size = wanted->payload.size ? wanted->payload.size : 0x100;
	struct blob blob = {0};
	uint8_t *setup, *code;

	assert_ok(blob_resize(&blob, MAKE_SETUP_SIZE + code_size));
	setup = blob.data;
	code = blob.data + MAKE_SETUP_SIZE;
	make_setup_header(setup);
	store_le32(setup + SETUP_SYSSIZE, (code_size + 15) / 16);
	store_le32(
		setup + SETUP_KERNEL_ALIGNMENT, wanted->alignment ? wanted->alignment : 0x200000);
	setup[SETUP_RELOCATABLE_KERNEL] = !wanted->fixed;
	store_le32(setup + SETUP_PAYLOAD_OFFSET, payload_offset);
	store_le32(setup + SETUP_PAYLOAD_LENGTH, (uint32_t)payload_size);
	store_le64(setup + SETUP_PREF_ADDRESS,
		wanted->pref_address ? wanted->pref_address : 0x1000000);
	store_le32(setup + SETUP_INIT_SIZE, wanted->init_size ? wanted->init_size : 0x10000);
	for (uint32_t i = 0; i < code_size; i++)
		code[i] = make_pattern(i);
	assert_true(payload_offset + payload_size <= code_size);
	if (wanted->payload.size)
		memcpy(code + payload_offset, wanted->payload.data, wanted->payload.size);
	if (wanted->only_32bit)
		store_le16(setup + SETUP_XLOADFLAGS, 0);
	if (wanted->protocol)
		make_older(setup, wanted->protocol);
	return blob;
}

/** A PT_LOAD segment; its bytes are the pattern. */
struct make_segment {
	uint64_t physical;
	uint64_t virtual;
	uint64_t file_size;
	uint64_t memory_size;
};

enum { MAKE_ELF_DATA_AT = 0x1000 };

/** An x86-64 vmlinux; the segments' bytes follow each other from 0x1000 on. */
static inline struct blob make_elf(
	const struct make_segment *segments, unsigned int count, uint64_t entry)
{
	uint64_t offset = MAKE_ELF_DATA_AT;
	struct blob blob = {0};
	Elf64_Ehdr header = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			EV_CURRENT},
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_entry = entry,
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = (Elf64_Half)count,
	};

	assert_ok(blob_append(&blob, &header, sizeof(header)));
	for (unsigned int i = 0; i < count; i++) {
		Elf64_Phdr program = {
			.p_type = PT_LOAD,
			.p_flags = PF_R | PF_W | PF_X,
			.p_offset = offset,
			.p_vaddr = segments[i].virtual,
			.p_paddr = segments[i].physical,
			.p_filesz = segments[i].file_size,
			.p_memsz = segments[i].memory_size,
			.p_align = 0x200000,
		};

		assert_ok(blob_append(&blob, &program, sizeof(program)));
		offset += segments[i].file_size;
	}
	assert_true(blob.size <= MAKE_ELF_DATA_AT);
	assert_ok(blob_resize(&blob, offset));
	for (uint64_t i = MAKE_ELF_DATA_AT; i < offset; i++)
		blob.data[i] = make_pattern(i - MAKE_ELF_DATA_AT);
	return blob;
}

/** The vmlinux of a small kernel as 6.1 has it: text, data, percpu at virtual 0, init with bss. */
static inline struct blob make_vmlinux(void)
{
	static const struct make_segment segments[] = {
		{0x1000000, 0xffffffff81000000, 0x3000, 0x3000},
		{0x1200000, 0xffffffff81200000, 0x1000, 0x1000},
		{0x1201000, 0, 0x800, 0x1000},
		{0x1202000, 0xffffffff81202000, 0x1800, 0x40000},
	};

	return make_elf(segments, 4, 0x1000000);
}

/** A 32-bit vmlinux of two parts, entered past its first byte; their bytes are the pattern. */
static inline struct blob make_vmlinux32(void)
{
	static const Elf32_Phdr programs[] = {
		{.p_type = PT_LOAD,
			.p_offset = 0x1000,
			.p_vaddr = 0xc1000000,
			.p_paddr = 0x1000000,
			.p_filesz = 0x3000,
			.p_memsz = 0x3000,
			.p_flags = PF_R | PF_X,
			.p_align = 0x1000},
		{.p_type = PT_LOAD,
			.p_offset = 0x4000,
			.p_vaddr = 0xc1400000,
			.p_paddr = 0x1400000,
			.p_filesz = 0x1000,
			.p_memsz = 0x40000,
			.p_flags = PF_R | PF_W,
			.p_align = 0x1000},
	};
	const Elf32_Ehdr header = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB,
			EV_CURRENT},
		.e_type = ET_EXEC,
		.e_machine = EM_386,
		.e_version = EV_CURRENT,
		.e_entry = 0x1000040,
		.e_phoff = sizeof(Elf32_Ehdr),
		.e_ehsize = sizeof(Elf32_Ehdr),
		.e_phentsize = sizeof(Elf32_Phdr),
		.e_phnum = 2,
	};
	struct blob blob = {0};

	assert_ok(blob_append(&blob, &header, sizeof(header)));
	assert_ok(blob_append(&blob, programs, sizeof(programs)));
	assert_ok(blob_resize(&blob, 0x5000));
	for (uint64_t i = MAKE_ELF_DATA_AT; i < blob.size; i++)
		blob.data[i] = make_pattern(i - MAKE_ELF_DATA_AT);
	return blob;
}

/** One field with a value that must be refused. */
struct make_damage {
	uint64_t offset;
	unsigned int size; /* bytes, up to 8 */
	uint64_t value;
	enum error_code code;
	const char *message;
};

/** Write the damaged field, little-endian. */
static inline void make_damaged(struct blob *file, const struct make_damage *damage)
{
	assert_true(bytes_contain(blob_bytes(file), damage->offset, damage->size));
	for (unsigned int i = 0; i < damage->size; i++)
		file->data[damage->offset + i] = (uint8_t)(damage->value >> 8 * i);
}

/** image_identify() of a copy of @file, named "FILE"; no format is forced. */
static inline struct error *make_identified(const struct blob *file, struct image *ret)
{
	struct blob copy;

	assert_ok(blob_copy(blob_bytes(file), &copy));
	return image_identify("FILE", &copy, NULL, ret);
}

#endif
