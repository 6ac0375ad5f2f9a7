/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ELF headers: whatever they say, accepted segments lie in the file and do not overlap. */
#include "base/error.h"
#include "image/format.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct image *image)
{
	uint64_t end = 0;
	bool entered = false;

	if (!image->part_count || image->part_count > IMAGE_PARTS_MAX)
		abort();
	for (unsigned int i = 0; i < image->part_count; i++) {
		const struct image_part *part = &image->parts[i];

		if (!bytes_contain(image->bytes, part->file_offset, part->file_size) ||
			part->memory_size < part->file_size || !part->memory_size ||
			part->link_address < end)
			abort();
		end = part->link_address + part->memory_size;
		if (end < part->link_address)
			abort();
		entered = entered || (image->entry >= part->link_address && image->entry < end);
	}
	if (!entered)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Parsed in place, not in a blob, so that ASan sees a read just past the end. */
	struct image image = {.bytes = bytes_of(data, size)};
	struct error *error;
	const char *reason;

	if (!image_format_elf64.probe(image.bytes, &reason))
		return -1;
	error = image_format_elf64.parse(&image);
	if (!error)
		check(&image);
	error_free(error);
	return 0;
}
