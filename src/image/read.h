/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernels out of files and block devices. */
#ifndef BATON_IMAGE_READ_H
#define BATON_IMAGE_READ_H

#include "image/image.h"

/**
 * Read the file at @path and identify it; it stays open as image->file. Of a block device as much
 * is read as belongs to the kernel that it begins with; of an ELF file what is loaded of it, so
 * that image->bytes has zeros where the rest is, and none behind.
 */
struct error *image_read(const char *path, const char *forced, struct image *ret);
/** Bytes that image_read() would read of the regular file at @path; 0 of anything else. */
struct error *image_file_size(const char *path, uint64_t *ret);
/** image_read() of a file that is open already; takes over @file where it succeeds. */
struct error *image_read_held(struct held_file *file, const char *forced, struct image *ret);

#endif
