/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Is a bzImage whole, as far as that can be told without starting it? */
#include "image/whole.h"

#include "base/error.h"
#include "codec/codec.h"
#include "image/bzimage.h"
#include "image/payload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct error *note_unchecked(struct unpacked_kernel *kernel, const char *why)
{
	if (kernel->unchecked)
		return NULL;
	kernel->unchecked = strdup(why);
	return kernel->unchecked ? NULL : error_no_memory();
}

/* Some codecs unpack damaged data without a word. */
static struct error *note_codec(struct unpacked_kernel *kernel, const struct payload *payload)
{
	const struct codec *codec = codec_by_name(payload->codec);
	char why[128];

	if (!codec || !codec->unchecked)
		return NULL;
	snprintf(why, sizeof(why), "neither its build nor %s puts a checksum into it", codec->name);
	return note_unchecked(kernel, why);
}

/* Unpack it for nothing but its checksums; the memory is given back. */
static struct error *try_payload(
	const struct image *image, uint64_t memory, struct unpacked_kernel *kernel)
{
	_cleanup_payload_ struct payload payload = {0};
	_cleanup_error_ struct error *error = payload_unpack(image, memory, &payload);

	if (!error)
		return note_codec(kernel, &payload);
	/* Whatever else stands in the way: it was not to be entered directly. */
	kernel->short_of_memory = error_is_of_memory(error);
	return error_code(error) == ERROR_DAMAGED
		       ? unpacked_kernel_note_damage(kernel, error_message(error))
		       : note_unchecked(kernel, error_message(error));
}

struct error *unpacked_kernel_check(
	const struct image *image, bool unpack, uint64_t memory, struct unpacked_kernel *kernel)
{
	enum bzimage_crc crc = bzimage_check_crc(image);

	if (crc == BZIMAGE_CRC_WRONG)
		return unpacked_kernel_note_damage(kernel,
			"the checksum at the end of the kernel code is wrong; the file is damaged");
	if (crc == BZIMAGE_CRC_GOOD || image->kind != IMAGE_BZIMAGE)
		return NULL;
	/* Of a plan that is only shown: a load unpacks it. */
	if (kernel->payload && kernel->payload->headers_only)
		return NULL;
	if (kernel->payload)
		return note_codec(kernel, kernel->payload);
	if (unpack)
		return try_payload(image, memory, kernel);
	return note_unchecked(kernel,
		"its build put no checksum behind it, as none does since Linux 6.15, and it is not "
		"unpacked here");
}

bool unpacked_kernel_is_checked(const struct unpacked_kernel *kernel)
{
	const struct codec *codec = kernel->payload && !kernel->payload->headers_only
					    ? codec_by_name(kernel->payload->codec)
					    : NULL;

	return kernel->damage || (codec && !codec->unchecked);
}
