/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/identify.h"

#include "base/error.h"
#include "codec/codec.h"
#include "image/foreign.h"
#include "image/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/*
 * The formats, in the order they are probed. A bzImage goes first: with an EFI stub it is a PE
 * file as well, which foreign.c would describe as such. foreign.c is asked between bzImage and
 * ELF, because a multiboot kernel is often an ELF file, too. Compressions go last: lzma is
 * recognised by guessing.
 *
 * To add a format, see identify.h.
 */
static const struct image_format *const formats[] = {
	&image_format_bzimage,
	&image_format_elf64,
};

enum { FORMAT_COUNT = sizeof(formats) / sizeof(formats[0]) };

static struct error *find_forced(const char *forced, const struct image_format **ret)
{
	*ret = NULL;
	if (!forced)
		return NULL;
	for (size_t i = 0; i < FORMAT_COUNT; i++) {
		if (!strcasecmp(formats[i]->name, forced))
			*ret = formats[i];
	}
	if (!*ret)
		return error_new(ERROR_USAGE,
			"unknown image format \"%s\"; baton knows bzImage and ELF", forced);
	return NULL;
}

/* Record that @format declined; past the maximum, what came first is the more telling. */
static struct error *decline(struct image *image, const char *format, const char *reason)
{
	struct image_declined *declined = &image->declined[image->declined_count];

	if (image->declined_count == IMAGE_DECLINED_MAX)
		return NULL;
	declined->format = format;
	declined->reason = strdup(reason);
	if (!declined->reason)
		return error_no_memory();
	image->declined_count++;
	return NULL;
}

/* Parse as the first format that fits; *@ret_found is false if none does. */
static struct error *try_formats(
	struct image *image, const struct image_format *forced, bool *ret_found)
{
	*ret_found = false;
	for (size_t i = 0; i < FORMAT_COUNT; i++) {
		const char *reason = "not recognised";

		if (forced && formats[i] != forced)
			continue;
		if (!formats[i]->probe(image->bytes, &reason)) {
			TRY(decline(image, formats[i]->name, reason));
			continue;
		}
		image->format = formats[i]->title;
		*ret_found = true;
		return formats[i]->parse(image);
	}
	return NULL;
}

static struct error *foreign_error(const struct foreign *foreign)
{
	return error_new(foreign->code, "is %s; %s", foreign->what, foreign->hint);
}

/* Replace the image's bytes by what they unpack to. Bytes after the stream are of no concern. */
static struct error *unwrap(struct image *image, const struct codec *codec)
{
	_cleanup_blob_ struct blob inner = {0};
	uint64_t used;

	if (image->wrapper_count == IMAGE_DEPTH_MAX)
		return error_new(
			ERROR_LIMIT, "compressed more than %u times over", IMAGE_DEPTH_MAX);
	TRY(codec->decompress(
		image->bytes, &(struct codec_options){.limit = IMAGE_SIZE_LIMIT}, &inner, &used));
	image->wrappers[image->wrapper_count++] = codec->name;
	blob_deinit(&image->storage);
	image->storage = blob_steal(&inner);
	image->bytes = blob_bytes(&image->storage);
	if (!image->bytes.size)
		return error_new(ERROR_FORMAT, "the %s file unpacks to nothing", codec->name);
	return NULL;
}

/* "not recognised as any kernel: bzImage: no …; ELF: no …", for the innermost layer. */
static struct error *unknown_error(const struct image *image, unsigned int first_declined)
{
	struct error *error = error_new(ERROR_FORMAT, "is not a kernel that baton knows");

	for (unsigned int i = first_declined; i < image->declined_count; i++)
		error = error_hint(
			error, "not %s: %s", image->declined[i].format, image->declined[i].reason);
	return error;
}

/* Look at the image's bytes; *@ret_done is false if they were unwrapped and want another look. */
static struct error *identify_layer(
	struct image *image, const struct image_format *forced, bool *ret_done)
{
	unsigned int first_declined = image->declined_count;
	const struct foreign *foreign = NULL;
	const struct codec *codec;
	const char *reason;

	if (!image_format_bzimage.probe(image->bytes, &reason))
		foreign = foreign_recognize(image->bytes);
	if (foreign && !forced)
		return foreign_error(foreign);
	TRY(try_formats(image, forced, ret_done));
	if (*ret_done)
		return NULL;
	codec = codec_probe(image->bytes);
	if (codec)
		return unwrap(image, codec);
	if (foreign)
		return error_hint(unknown_error(image, first_declined), "it is %s", foreign->what);
	return unknown_error(image, first_declined);
}

static struct error *identify(struct image *image, const char *forced)
{
	const struct image_format *format;
	bool done = false;

	TRY(find_forced(forced, &format));
	if (!image->bytes.size)
		return error_new(ERROR_FORMAT, "the file is empty");
	while (!done)
		TRY(identify_layer(image, format, &done));
	return NULL;
}

/* Say in front of @error what the bytes it speaks of were unpacked from. */
static struct error *prefix_wrappers(struct error *error, const struct image *image)
{
	for (unsigned int i = image->wrapper_count; error && i > 0; i--)
		error = error_prefix(error, "unpacked %s", image->wrappers[i - 1]);
	return error;
}

struct error *image_identify(
	const char *name, struct blob *file, const char *forced, struct image *ret)
{
	struct error *error;

	*ret = (struct image){0};
	ret->storage = blob_steal(file);
	ret->bytes = blob_bytes(&ret->storage);
	ret->file_size = ret->bytes.size;
	ret->name = strdup(name);
	error = ret->name ? identify(ret, forced) : error_no_memory();
	if (!error)
		return NULL;
	error = error_prefix(prefix_wrappers(error, ret), "%s", name);
	image_deinit(ret);
	return error;
}
