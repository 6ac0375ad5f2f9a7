/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A bzImage with a kernel inside that can be entered directly: ELF, relocations, zstd, size. */
#ifndef BATON_TESTS_UNIT_MAKE_PAYLOAD_H
#define BATON_TESTS_UNIT_MAKE_PAYLOAD_H

#include "make_image.h"

#include <zstd.h>

/** Words behind the ELF file, and what is wrong with the payload. */
struct make_payload {
	const uint32_t *relocations;
	size_t relocation_count;
	int32_t stated_more;   /* added to the size that the payload states */
	unsigned int trailing; /* stray bytes behind the relocations */
};

/** The unpacked kernel: make_vmlinux() with section headers where they end, and relocations. */
static inline struct blob make_unpacked(const struct make_payload *wanted)
{
	struct blob blob = make_vmlinux();
	Elf64_Ehdr *header = (Elf64_Ehdr *)blob.data;

	header->e_shoff = blob.size;
	header->e_shnum = 3;
	header->e_shentsize = sizeof(Elf64_Shdr);
	assert_ok(blob_resize(&blob, blob.size + 3 * sizeof(Elf64_Shdr)));
	assert_ok(blob_append(&blob, wanted->relocations, wanted->relocation_count * 4));
	assert_ok(blob_resize(&blob, blob.size + wanted->trailing));
	return blob;
}

static inline struct blob make_bzimage_around(struct bytes packed)
{
	return make_bzimage(&(struct make_bzimage){
		.code_size = 0x1000 + (uint32_t)packed.size,
		/* A little more than the unpacked kernel's 4 MiB, as in real ones. */
		.init_size = 0x410000,
		.payload = packed,
	});
}

/** The unpacked kernel: make_vmlinux32() with section headers where they end, and relocations. */
static inline struct blob make_unpacked32(const uint32_t *relocations, size_t count)
{
	struct blob blob = make_vmlinux32();
	Elf32_Ehdr *header = (Elf32_Ehdr *)blob.data;

	header->e_shoff = (Elf32_Off)blob.size;
	header->e_shnum = 3;
	header->e_shentsize = sizeof(Elf32_Shdr);
	assert_ok(blob_resize(&blob, blob.size + 3 * sizeof(Elf32_Shdr)));
	assert_ok(blob_append(&blob, relocations, count * 4));
	return blob;
}

/** The packed form of a kernel, with its size behind it; free it with blob_deinit(). */
static inline struct blob make_packed(struct bytes unpacked, int32_t stated_more)
{
	struct blob packed = {0};
	size_t size;

	assert_ok(blob_resize(&packed, ZSTD_compressBound(unpacked.size) + 4));
	size = ZSTD_compress(packed.data, packed.size, unpacked.data, unpacked.size, 1);
	assert_false(ZSTD_isError(size));
	store_le32(packed.data + size, (uint32_t)unpacked.size + (uint32_t)stated_more);
	assert_ok(blob_resize(&packed, size + 4));
	return packed;
}

/** A bzImage of a 32-bit kernel around it, as Debian's is; free it with blob_deinit(). */
static inline struct blob make_direct_bzimage32(const uint32_t *relocations, size_t count)
{
	_cleanup_blob_ struct blob unpacked = make_unpacked32(relocations, count);
	_cleanup_blob_ struct blob packed = make_packed(blob_bytes(&unpacked), 0);

	return make_bzimage(&(struct make_bzimage){
		.code_size = 0x1000 + (uint32_t)packed.size,
		.init_size = 0x1100000,
		.alignment = 0x1000000,
		.payload = blob_bytes(&packed),
		.only_32bit = true,
	});
}

/** The bzImage around it; free it with blob_deinit(). */
static inline struct blob make_direct_bzimage(const struct make_payload *wanted)
{
	_cleanup_blob_ struct blob unpacked = make_unpacked(wanted);
	_cleanup_blob_ struct blob packed = make_packed(blob_bytes(&unpacked), wanted->stated_more);

	return make_bzimage_around(blob_bytes(&packed));
}

/** As 6.1 has them: 64-bit, inverse, 32-bit, each after a zero. */
static const uint32_t make_relocations[] = {
	0, 0x81000010, 0x81202000, 0, 0x81201008, 0, 0x81000020, 0x81000024, 0x812017f0 - 0x1f0};

#endif
