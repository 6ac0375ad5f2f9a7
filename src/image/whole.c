/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Is a bzImage whole, as far as that can be told without starting it? */
#include "base/error.h"
#include "codec/codec.h"
#include "image/bzimage.h"
#include "image/payload.h"

#include <stdlib.h>
#include <string.h>

struct error *image_note_damage(struct image *image, const char *what)
{
	if (image->damage)
		return NULL;
	image->damage = strdup(what);
	return image->damage ? NULL : error_no_memory();
}

/* Unpack it for nothing but its checksums; the memory is given back. */
static struct error *try_payload(struct image *image, uint64_t memory)
{
	_cleanup_payload_ struct payload payload = {0};
	_cleanup_error_ struct error *error = payload_unpack(image, memory, &payload);

	/* Whatever else stands in the way: it was not to be entered directly. */
	return error_code(error) == ERROR_DAMAGED ? image_note_damage(image, error_message(error))
						  : NULL;
}

struct error *image_check_whole(struct image *image, bool unpack, uint64_t memory)
{
	enum bzimage_crc crc = bzimage_check_crc(image);

	if (crc == BZIMAGE_CRC_WRONG)
		return image_note_damage(image,
			"the checksum at the end of the kernel code is wrong; the file is damaged");
	if (crc == BZIMAGE_CRC_GOOD || !unpack || !image->bzimage.setup_size || image->payload)
		return NULL;
	return try_payload(image, memory);
}

bool image_is_checked(const struct image *image)
{
	const struct codec *codec = image->payload && !image->payload->headers_only
					    ? codec_by_name(image->payload->codec)
					    : NULL;

	return image->damage || (codec && !codec->unchecked);
}
