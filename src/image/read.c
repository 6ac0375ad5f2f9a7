/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/read.h"

#include "base/error.h"
#include "image/device.h"
#include "image/elf.h"
#include "image/identify.h"

/*
 * What is to be read of @file: of an ELF file what is loaded of it, as a kernel with debug data is
 * larger many times over; else all, and *@ret is empty.
 */
static struct error *find_ranges(const struct held_file *file, struct range_set *ret)
{
	_cleanup_blob_ struct blob head = {0};

	TRY(blob_append_range(&head, file->fd, file->path, 0,
		file->size < IMAGE_HEAD_SIZE ? file->size : IMAGE_HEAD_SIZE));
	return elf_file_ranges(blob_bytes(&head), ret);
}

static struct error *read_contents(const struct held_file *file, struct blob *ret)
{
	_cleanup_range_set_ struct range_set ranges = {0};

	TRY(find_ranges(file, &ranges));
	return ranges.count ? held_file_read_ranges(file, &ranges, IMAGE_SIZE_LIMIT, ret)
			    : held_file_read(file, IMAGE_SIZE_LIMIT, ret);
}

struct error *image_file_size(const char *path, uint64_t *ret)
{
	_cleanup_held_file_ struct held_file file = {0};
	_cleanup_range_set_ struct range_set ranges = {0};

	*ret = 0;
	TRY(held_file_open(path, &file));
	if (!file.regular)
		return NULL;
	TRY(find_ranges(&file, &ranges));
	*ret = ranges.count ? range_set_total(&ranges) : file.size;
	return NULL;
}

struct error *image_read_held(struct held_file *file, const char *forced, struct image *ret)
{
	_cleanup_blob_ struct blob bytes = {0};
	struct error *error;

	*ret = (struct image){0};
	if (file->device)
		TRY(device_measure_kernel(file));
	TRY(read_contents(file, &bytes));
	error = image_identify(file->path, &bytes, forced, ret);
	if (error)
		return file->device
			       ? error_hint(error,
					 "of a block device the beginning is taken, and no kernel "
					 "is there")
			       : error;
	ret->file_size = file->size;
	ret->file = *file;
	*file = (struct held_file){0};
	return NULL;
}

struct error *image_read(const char *path, const char *forced, struct image *ret)
{
	_cleanup_held_file_ struct held_file file = {0};

	*ret = (struct image){0};
	TRY(held_file_open(path, &file));
	return image_read_held(&file, forced, ret);
}
