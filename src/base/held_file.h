/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file that stays open from the first look at it to the last, so that what is handed to the
 * kernel is what was read and checked, even if its name leads to another file by then. It may be a
 * block device, which is larger than what was written to it: whoever knows what is on it says how
 * much of it counts.
 */
#ifndef BATON_BASE_HELD_FILE_H
#define BATON_BASE_HELD_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct blob;
struct error;
struct range_set;

/** Zeroed: none. */
struct held_file {
	bool held;
	bool regular;  /* the kernel's own readers take nothing else (fs/kernel_read_file.c) */
	bool device;   /* a block device */
	int fd;	       /* for reading; its position is not anyone's */
	uint64_t size; /* of a device: as much as counts, at first all of it */
	char *path;
	struct timespec modified; /* when it was opened */
};

/**
 * Open @path for reading. Errors are those of blob_append_file(), but that it takes a block device
 * as well; one without a medium is an error.
 */
struct error *held_file_open(const char *path, struct held_file *ret);

/** Append all of @file to @blob. ERROR_LIMIT if that is more than @limit. */
struct error *held_file_read(const struct held_file *file, uint64_t limit, struct blob *blob);

/**
 * Make @blob as large as @file is up to the end of @ranges, but read those ranges alone: the rest
 * are zeros, which take no memory. ERROR_LIMIT if the ranges have more than @limit bytes.
 */
struct error *held_file_read_ranges(const struct held_file *file, const struct range_set *ranges,
	uint64_t limit, struct blob *blob);

/**
 * ERROR_OTHER if the contents have changed since: another size, or written to. A name that leads to
 * another file by now is no change of this one. Nothing tells it of a block device.
 */
struct error *held_file_check(const struct held_file *file);

void held_file_close(struct held_file *file);
#define _cleanup_held_file_ __attribute__((cleanup(held_file_close)))

#endif
