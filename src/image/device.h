/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A kernel or an initrd that was written to a block device, from its beginning on. The device is
 * larger than what was written to it, and may be larger than all memory: how much belongs to it is
 * found out of its own headers, and no more is read than that takes.
 */
#ifndef BATON_IMAGE_DEVICE_H
#define BATON_IMAGE_DEVICE_H

#include "base/blob.h"

struct codec;
struct error;
struct held_file;

/** Some bytes of a device. Zeroed: none yet. */
struct device_view {
	const struct held_file *file;
	uint64_t start; /* of `bytes` on the device */
	struct blob bytes;
};

/**
 * Have @size bytes from @offset on in memory, or as many as the device has from there.
 * @param ret  valid until the next call
 */
struct error *device_view_at(
	struct device_view *view, uint64_t offset, uint64_t size, struct bytes *ret);

void device_view_deinit(struct device_view *view);
#define _cleanup_device_view_ __attribute__((cleanup(device_view_deinit)))

/**
 * Find where the compressed stream at @offset ends, by unpacking it and forgetting the result.
 * Errors are the codec's; ERROR_LIMIT for more than a quarter of the memory, or 1 GiB.
 */
struct error *device_stream_end(
	const struct held_file *file, uint64_t offset, const struct codec *codec, uint64_t *ret);

/**
 * Reduce @file->size to the kernel that the device begins with: what the setup header and the PE
 * headers of a bzImage say (a signature lies behind the kernel code), the segments of an ELF file,
 * the stream of a compressed one. Where no kernel is, to a beginning that is enough to tell what it
 * is instead; it is for image_identify() to say so.
 */
struct error *device_measure_kernel(struct held_file *file);

/**
 * Reduce @file->size to the archives that the device begins with (init/initramfs.c,
 * unpack_to_rootfs()): cpio archives and compressed streams, with zeros between them. After 1 MiB
 * of zeros the rest is not looked at.
 *
 * @param ret_junk  where something else follows, which the kernel would complain of: its offset;
 *                  else 0
 * Errors: the device begins with no archive; a stream or a member is damaged or has no end.
 */
struct error *device_measure_initrd(struct held_file *file, uint64_t *ret_junk);

#endif
