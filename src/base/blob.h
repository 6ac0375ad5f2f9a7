/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Owned bytes: large buffers that come from the kernel by mmap, so that freeing them really gives
 * the memory back, and so that growing moves pages and not bytes.
 */
#ifndef BATON_BASE_BLOB_H
#define BATON_BASE_BLOB_H

#include "base/bytes.h"

struct error;

struct blob {
	uint8_t *data;
	uint64_t size;	   /* bytes in use */
	uint64_t capacity; /* bytes mapped, a multiple of the page size; 0 for an empty blob */
};

/** Make room for @capacity bytes in all; what is past `size` reads as zero. Never shrinks. */
struct error *blob_reserve(struct blob *blob, uint64_t capacity);
/** Set the size, growing with zeros; gives whole unused pages back when shrinking. */
struct error *blob_resize(struct blob *blob, uint64_t size);
/** Give back the memory of the whole pages in [@start, @end), which then read as zeros. */
void blob_discard(struct blob *blob, uint64_t start, uint64_t end);
/**
 * Give back the memory of those whole pages in [@start, @end) that hold only zeros; they go on
 * reading as zeros. Costs a look at each page.
 */
void blob_discard_zeros(struct blob *blob, uint64_t start, uint64_t end);
struct error *blob_append(struct blob *blob, const void *data, uint64_t size);
struct error *blob_copy(struct bytes bytes, struct blob *ret);
void blob_deinit(struct blob *blob);
#define _cleanup_blob_ __attribute__((cleanup(blob_deinit)))

static inline struct bytes blob_bytes(const struct blob *blob)
{
	return bytes_of(blob->data, blob->size);
}

/** Take the contents, leaving @blob empty. */
static inline struct blob blob_steal(struct blob *blob)
{
	struct blob taken = *blob;

	*blob = (struct blob){0};
	return taken;
}

/**
 * Read a regular file into memory. Not mmap'd from the file: one that shrinks under us would kill
 * the process with SIGBUS, and one that changes would change what has already been checked.
 *
 * @param limit  ERROR_LIMIT for a file with more bytes
 * Errors name the path: missing, a directory, not a regular file, no permission, empty.
 */
struct error *blob_read_file(const char *path, uint64_t limit, struct blob *ret);

/** As blob_read_file(), appending to @blob. */
struct error *blob_append_file(struct blob *blob, const char *path, uint64_t limit);

/**
 * Open a file that blob_append_file() would read, with the same errors; *@ret_fd is -1 with one.
 * @param ret_device  NULL: a block device is refused like others; else whether it is one
 */
struct error *blob_open_file(const char *path, bool *ret_device, int *ret_fd);

/** As blob_append_file(), for an open descriptor. @name is for errors. */
struct error *blob_append_fd(struct blob *blob, int fd, const char *name, uint64_t limit);

/** Append @size bytes of @fd from @offset on, or what there is of them. @name is for errors. */
struct error *blob_append_range(
	struct blob *blob, int fd, const char *name, uint64_t offset, uint64_t size);

/**
 * Read @size bytes of @fd from @offset on, or what there is of them, to the same offset of @blob,
 * which has that many. @name is for errors.
 */
struct error *blob_read_in_place(
	struct blob *blob, int fd, const char *name, uint64_t offset, uint64_t size);

#endif
