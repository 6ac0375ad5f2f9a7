/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "codec/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* First step of growth, then by half of what there is. The pages stay unused until written. */
#define GROW_STEP     (UINT64_C(1) << 20)

/* Most room at once: what pages of zeros may take until they are given back. */
#define ROOM_MAX      (UINT64_C(4) << 20)

/* The largest page of any architecture that Linux runs on. */
#define PAGE_SIZE_MAX (UINT64_C(1) << 16)

/* Offset in the blob that no room reaches past: one byte more than the limit allows. */
static uint64_t room_end(const struct output *output)
{
	uint64_t end;

	if (__builtin_add_overflow(output->start, output->limit, &end) ||
		__builtin_add_overflow(end, 1, &end))
		return UINT64_MAX;
	return end;
}

struct output output_begin(const char *codec, struct blob *blob,
	const struct codec_options *options, const uint64_t *used)
{
	struct output output = {
		.codec = codec,
		.blob = blob,
		.start = blob->size,
		.limit = options->limit,
		.seen = blob->size,
		.options = options,
		.used = used,
	};
	uint64_t expected = options->measure ? 0 : options->expected, end;

	/* One more, so that a decoder at the exact size can find the end without growing. */
	if (expected && expected <= options->limit &&
		!__builtin_add_overflow(output.start, expected + 1, &end))
		/* It is a hint and may come from a hostile file: growing step by step does too. */
		error_free(blob_reserve(blob, end));
	return output;
}

struct error *output_reserve(struct output *output, uint64_t size)
{
	struct blob *blob = output->blob;
	uint64_t need, grown;

	if (__builtin_add_overflow(blob->size, size, &need))
		return error_no_memory();
	if (need <= blob->capacity)
		return NULL;
	grown = blob->capacity + blob->capacity / 2 + GROW_STEP;
	if (grown > room_end(output))
		grown = room_end(output);
	return blob_reserve(blob, grown > need ? grown : need);
}

struct error *output_room(struct output *output, uint64_t *ret_room)
{
	uint64_t end = room_end(output);

	TRY(output_reserve(output, 1));
	if (end > output->blob->capacity)
		end = output->blob->capacity;
	*ret_room = end - output->blob->size;
	if (*ret_room > ROOM_MAX)
		*ret_room = ROOM_MAX;
	return NULL;
}

struct error *output_limit_error(const struct output *output)
{
	return error_new(ERROR_LIMIT,
		"%s: unpacks to more than %" PRIu64 " bytes, the most that baton takes here",
		output->codec, output->limit);
}

static struct error *forget(struct output *output, uint64_t written)
{
	output->forgotten += written;
	return output->forgotten > output->limit ? output_limit_error(output) : NULL;
}

struct error *output_advance(struct output *output, uint64_t written)
{
	if (output->options->measure)
		return forget(output, written);
	output->blob->size += written;
	if (output->blob->size - output->start > output->limit)
		return output_limit_error(output);
	if (output->blob->size - output->seen >= ROOM_MAX) {
		if (output->options->watch)
			output->options->watch(output->options->data, *output->used, output->blob);
		blob_discard_zeros(output->blob, output->seen, output->blob->size);
		output->seen = output->blob->size;
	}
	return NULL;
}

void output_end(struct output *output)
{
	struct blob *blob = output->blob;
	uint64_t size = blob->size, tail = blob->capacity - size;

	if (!tail)
		return;
	memset(blob->data + size, 0, tail < PAGE_SIZE_MAX ? tail : PAGE_SIZE_MAX);
	/* The rest goes back to the kernel as whole pages, which read as zero again. */
	blob->size = blob->capacity;
	error_free(blob_resize(blob, size));
}

struct error *codec_error(
	enum error_code code, const char *codec, uint64_t offset, const char *format, ...)
{
	va_list arguments;
	struct error *error;
	char *message;

	va_start(arguments, format);
	if (vasprintf(&message, format, arguments) < 0)
		message = NULL;
	va_end(arguments);
	if (!message)
		return error_no_memory();
	error = error_new(code, "%s: at input offset 0x%" PRIx64 ": %s", codec, offset, message);
	free(message);
	return error;
}

struct error *codec_truncated(const char *codec, uint64_t offset)
{
	return codec_error(ERROR_DAMAGED, codec, offset,
		"the input ends in the middle of the stream; the file is truncated");
}
