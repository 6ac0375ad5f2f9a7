/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool image_is_its_file(const struct image *image)
{
	return image->file.held && image->file.regular && !image->wrapper_count &&
	       image->bytes.size == image->file.size;
}

const char *image_release(const struct image *image, char buffer[static 64])
{
	const char *version = image->bzimage.kernel_version;

	snprintf(buffer, 64, "%.*s", (int)strcspn(version, " "), version);
	return buffer;
}

void image_deinit(struct image *image)
{
	held_file_close(&image->file);
	for (unsigned int i = 0; i < image->declined_count; i++)
		free(image->declined[i].reason);
	free(image->name);
	blob_deinit(&image->storage);
	*image = (struct image){0};
}
