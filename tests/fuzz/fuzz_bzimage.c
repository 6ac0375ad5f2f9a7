/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The setup header: whatever it says, what is accepted lies inside the file. */
#include "base/error.h"
#include "image/bzimage.h"
#include "image/format.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct image *image)
{
	const struct image_part *part = &image->parts[0];
	struct bytes payload;
	struct error *error;

	if (image->part_count != 1 ||
		!bytes_contain(image->bytes, part->file_offset, part->file_size) ||
		part->memory_size < part->file_size || image->entry >= part->file_size ||
		!is_power_of_two(image->alignment) ||
		part->link_address % image->alignment * image->physically_relocatable ||
		!bytes_contain(image->bytes, 0, image->bzimage.setup_header_end) ||
		image->bzimage.setup_header_end > SETUP_HEADER_SPACE_END)
		abort();
	error = bzimage_payload(image, &payload);
	if (!error && (payload.data < image->bytes.data || payload.size > image->bytes.size))
		abort();
	error_free(error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Parsed in place, not in a blob, so that ASan sees a read just past the end. */
	struct image image = {.bytes = bytes_of(data, size)};
	struct error *error;
	const char *reason;

	if (!image_format_bzimage.probe(image.bytes, &reason))
		return -1;
	error = image_format_bzimage.parse(&image);
	if (!error)
		check(&image);
	error_free(error);
	return 0;
}
