/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/image.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

bool image_is_its_file(const struct image *image)
{
	return image->file.held && image->file.regular && !image->wrapper_count &&
	       image->bytes.size == image->file.size;
}

struct error *image_note_damage(struct image *image, const char *what)
{
	if (image->damage)
		return NULL;
	image->damage = strdup(what);
	return image->damage ? NULL : error_no_memory();
}

void payload_deinit(struct payload *payload)
{
	image_deinit(&payload->vmlinux);
	*payload = (struct payload){0};
}

void image_deinit(struct image *image)
{
	held_file_close(&image->file);
	for (unsigned int i = 0; i < image->declined_count; i++)
		free(image->declined[i].reason);
	if (image->payload)
		payload_deinit(image->payload);
	free(image->payload);
	free(image->payload_declined);
	free(image->prepared_declined);
	free(image->unchecked);
	free(image->damage);
	free(image->name);
	blob_deinit(&image->storage);
	*image = (struct image){0};
}
