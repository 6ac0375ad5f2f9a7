/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel proper inside a bzImage: unpacked, described, and moved to another link address, as
 * the image's own decompressor would (arch/x86/boot/compressed/misc.c), but before the outage.
 *
 * Every error means that direct entry is not possible and says why; the bzImage's own entry may
 * still work, but not after ERROR_DAMAGED: what the image's own decompressor would find wrong too.
 */
#ifndef BATON_IMAGE_PAYLOAD_H
#define BATON_IMAGE_PAYLOAD_H

#include "image/image.h"

struct error;

/** A sorted list of 32-bit link addresses, as it lies behind the ELF file. */
struct relocations {
	uint64_t offset; /* in vmlinux.bytes */
	uint64_t count;
};

struct payload {
	struct image vmlinux; /* an ELF, 64- or 32-bit */
	const char *codec;    /* that it was packed with; static */
	bool has_relocations; /* false: built without KASLR, must run where it was linked */
	struct relocations absolute_64; /* 8-byte fields to add the difference to; 32-bit: none */
	struct relocations inverse_32;	/* 4-byte fields to subtract it from; kernels up to 6.14 */
	struct relocations absolute_32; /* 4-byte fields to add it to */
	uint64_t memory_size;		/* from its first to past its last byte of memory */
	bool prepared;			/* it had been unpacked earlier */
	bool headers_only;	    /* its bytes were not unpacked, its relocations not checked */
	uint64_t moved_by;	    /* what payload_relocate() has done so far */
	unsigned int section_count; /* ELF sections: very many mean function-granular KASLR */
};

/**
 * Unpack @image's payload and check everything in it: the size it states, the ELF file, every
 * relocation's place. What passes can be relocated without further checks.
 *
 * @param image   a bzImage
 * @param memory  bytes that may be used for it; 0: as many as it takes
 * @param ret     to be freed with payload_deinit(); on error it is empty
 */
struct error *payload_unpack(const struct image *image, uint64_t memory, struct payload *ret);

/**
 * As payload_unpack(), but only as far as the program headers: enough to plan with, in a thousandth
 * of the time. What would be unpacked reads as zeros, parts have their whole size, and whether the
 * relocations can be trusted is not known.
 */
struct error *payload_read_headers(const struct image *image, uint64_t memory, struct payload *ret);

/** The second half of payload_unpack(): check what was unpacked. Takes over @unpacked's contents.
 */
struct error *payload_describe(struct blob *unpacked, struct payload *ret);

/**
 * Make the kernel run @delta bytes past its link address in its virtual address space, changing its
 * bytes; not in addition to an earlier call, but instead. Physical moves need nothing; but a 32-bit
 * kernel runs at a fixed distance from where it lies, so that both are one.
 */
void payload_relocate(struct payload *payload, uint64_t delta);

void payload_deinit(struct payload *payload);
#define _cleanup_payload_ __attribute__((cleanup(payload_deinit)))

#endif
