/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kernels that were unpacked when they were installed, so that loading one need not: below
 * /var/cache/baton/kernels a file for each, named by the XXH3-128 of the packed kernel inside the
 * bzImage, as an LZ4 frame (lz4_Frame_format.md) with a checksum of each block. What is in it
 * is exactly what unpacked_kernel_make() would unpack, and is checked in the same way.
 *
 * The folder is a cache: it may be deleted at any time, and a damaged file is passed over.
 */
#ifndef BATON_STORE_PREPARED_H
#define BATON_STORE_PREPARED_H

#include "base/blob.h"

#include <stdbool.h>

struct error;
struct image;
struct payload;

enum {
	/** The newest ones that are kept; a system seldom has more kernels installed. */
	PREPARED_KEPT = 4,
};

/**
 * Look for @image's kernel, already unpacked.
 * @param root  "/" or a test's folder
 * @param ret   its bytes; empty if it was not prepared
 * An error means that a file is there and cannot be used: damaged, or not safe to trust because
 * others than its owner may write to it. @ret is then empty, and the kernel can be unpacked.
 */
struct error *prepared_find(const char *root, const struct image *image, struct blob *ret);

/** Is there a file for @image's kernel? What is in it is not looked at. */
bool prepared_is_there(const char *root, const struct image *image);

/**
 * Unpack @image's kernel and keep it; those that are older than the newest PREPARED_KEPT are
 * deleted, and so is what a killed process left behind a day ago or more.
 * @param memory      bytes that are available, 0 if unknown: with less than it takes it is not done
 * @param ret_path    the file, below @root; owned by the caller
 * @param ret_size    bytes on the disk
 * @param ret_unpacked  bytes that it unpacks to
 * Errors: @image has no kernel that can be unpacked; too little memory; the file cannot be written.
 */
struct error *prepared_make(const char *root, const struct image *image, uint64_t memory,
	char **ret_path, uint64_t *ret_size, uint64_t *ret_unpacked);

/**
 * Is @payload, that of @image, one that was not prepared and that nobody was told so of? True once
 * for each kernel: it is noted in /var/cache/baton/hinted. True also where that cannot be written.
 */
bool prepared_hint_wanted(
	const char *root, const struct image *image, const struct payload *payload);

/** Delete every prepared kernel. @ret_count is how many there were. */
struct error *prepared_clear(const char *root, unsigned int *ret_count);

#endif
