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

#include "image/unpacked.h"

struct error;

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

/**
 * Unpack @image's payload into @kernel->payload, for direct entry; where @kernel->prepared holds it
 * already, take that, after the same checks. What stands in the way is not an error: it goes into
 * @kernel->declined, and the bzImage's own entry is left; but not where the file is damaged, which
 * @kernel->damage then says as well.
 *
 * @param memory  bytes that may be used for it; 0: as many as it takes
 */
struct error *unpacked_kernel_make(
	const struct image *image, uint64_t memory, struct unpacked_kernel *kernel);
/** As unpacked_kernel_make(), but reads headers only: see payload_read_headers(). */
struct error *unpacked_kernel_read_headers(
	const struct image *image, uint64_t memory, struct unpacked_kernel *kernel);

#endif
