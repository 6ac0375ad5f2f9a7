/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/held_file.h"

#include "base/blob.h"
#include "base/error.h"
#include "base/range.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct error *device_size(const char *path, int fd, uint64_t *ret)
{
	*ret = 0;
	if (ioctl(fd, BLKGETSIZE64, ret) < 0)
		return error_system(errno, "%s: the size of the block device", path);
	if (!*ret)
		return error_new(
			ERROR_FORMAT, "%s: the block device has no medium, or no bytes", path);
	return NULL;
}

struct error *held_file_open(const char *path, struct held_file *ret)
{
	_cleanup_held_file_ struct held_file file = {0};
	struct stat status;

	*ret = (struct held_file){0};
	TRY(blob_open_file(path, &file.device, &file.fd));
	file.held = true;
	if (fstat(file.fd, &status) < 0)
		return error_system(errno, "%s", path);
	file.path = strdup(path);
	if (!file.path)
		return error_no_memory();
	file.regular = !file.device;
	file.size = (uint64_t)status.st_size;
	if (file.device)
		TRY(device_size(path, file.fd, &file.size));
	file.modified = status.st_mtim;
	*ret = file;
	file = (struct held_file){0};
	return NULL;
}

static struct error *check_limit(const struct held_file *file, uint64_t size, uint64_t limit)
{
	if (size <= limit)
		return NULL;
	return error_new(ERROR_LIMIT,
		"%s: more than %" PRIu64 " MiB, which is more than baton reads of such a file",
		file->path, limit >> 20);
}

struct error *held_file_read(const struct held_file *file, uint64_t limit, struct blob *blob)
{
	uint64_t start = blob->size;

	TRY(check_limit(file, file->size, limit));
	TRY(blob_append_range(blob, file->fd, file->path, 0, file->size));
	if (blob->size - start != file->size)
		return error_new(ERROR_OTHER,
			"%s: became shorter while it was read; try again when nothing writes to it",
			file->path);
	return held_file_check(file);
}

struct error *held_file_read_ranges(const struct held_file *file, const struct range_set *ranges,
	uint64_t limit, struct blob *blob)
{
	const struct range all = {0, file->size};
	uint64_t end = ranges->count ? ranges->ranges[ranges->count - 1].end : 0;

	TRY(check_limit(file, range_set_total(ranges), limit));
	TRY(error_prefix(blob_resize(blob, end < all.end ? end : all.end), "%s", file->path));
	for (size_t i = 0; i < ranges->count; i++) {
		struct range part = range_intersect(ranges->ranges[i], all);

		if (!range_is_empty(part))
			TRY(blob_read_in_place(
				blob, file->fd, file->path, part.start, range_size(part)));
	}
	return held_file_check(file);
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

struct error *held_file_check(const struct held_file *file)
{
	struct stat status;

	if (fstat(file->fd, &status) < 0)
		return error_system(errno, "%s", file->path);
	if (file->regular && ((uint64_t)status.st_size != file->size ||
				     !same_time(status.st_mtim, file->modified)))
		return error_new(ERROR_OTHER,
			"%s: changed after it had been looked at; try again when nothing writes to "
			"it",
			file->path);
	return NULL;
}

void held_file_close(struct held_file *file)
{
	if (file->held)
		close(file->fd);
	free(file->path);
	*file = (struct held_file){0};
}
