/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Zstandard, RFC 8878, by libzstd. */
#include "codec/output.h"

#include <zstd.h>
#include <zstd_errors.h>

/*
 * Largest window as a power of two: what the format's tool takes at most (zstd --long=31), but no
 * more than the limit on the output can make use of, though always what level 22 of the kernel's
 * build needs.
 */
enum { WINDOW_LOG_MIN = 27, WINDOW_LOG_MAX = 31 };

static bool probe(struct bytes in)
{
	/* RFC 8878, 3.1.1: Magic_Number 0xFD2FB528, little-endian. */
	return bytes_match(in, 0, "\x28\xb5\x2f\xfd", 4);
}

static bool probe_skippable(struct bytes in)
{
	/* RFC 8878, 3.1.2: 0x184D2A50 to 0x184D2A5F, little-endian. */
	return bytes_match(in, 1, "\x2a\x4d\x18", 3) && (in.data[0] & 0xf0) == 0x50;
}

static void context_deinit(ZSTD_DCtx **context)
{
	ZSTD_freeDCtx(*context);
}

static int window_log(uint64_t limit)
{
	int log = WINDOW_LOG_MIN;

	while (log < WINDOW_LOG_MAX && UINT64_C(1) << log < limit)
		log++;
	return log;
}

static struct error *decompress_error(size_t result, uint64_t offset)
{
	switch (ZSTD_getErrorCode(result)) {
	case ZSTD_error_memory_allocation:
		return error_no_memory();
	case ZSTD_error_frameParameter_windowTooLarge:
		return codec_error(ERROR_LIMIT, "zstd", offset,
			"needs a larger window than baton allows here (%s)",
			ZSTD_getErrorName(result));
	default:
		return codec_error(ERROR_FORMAT, "zstd", offset,
			"corrupt data (%s); the file is damaged", ZSTD_getErrorName(result));
	}
}

/*
 * Unpack the frame at *@offset at once into the room that was reserved for its expected size. So
 * libzstd needs no window beside it, which would be as large as the output. Not done when the frame
 * does not fit or anything is wrong: the stream decoder says what.
 */
static bool decompress_at_once(
	ZSTD_DCtx *context, struct bytes in, uint64_t *offset, struct output *output)
{
	struct blob *blob = output->blob;
	size_t size = ZSTD_findFrameCompressedSize(in.data + *offset, in.size - *offset);
	size_t written;

	if (ZSTD_isError(size))
		return false;
	written = ZSTD_decompressDCtx(context, output_position(output), blob->capacity - blob->size,
		in.data + *offset, size);
	if (ZSTD_isError(written) || written > output->limit - (blob->size - output->start))
		return false;
	*offset += size;
	blob->size += written;
	return true;
}

/* Unpack the frame at *@offset of @in, and move *@offset past it. */
static struct error *decompress_frame(
	ZSTD_DCtx *context, struct bytes in, uint64_t *offset, struct output *output)
{
	ZSTD_inBuffer input = {.src = in.data, .size = in.size, .pos = *offset};

	for (;;) {
		ZSTD_outBuffer piece = {0};
		uint64_t room;
		size_t result;

		TRY(output_room(output, &room));
		piece.dst = output_position(output);
		piece.size = room;
		result = ZSTD_decompressStream(context, &piece, &input);
		*offset = input.pos;
		if (ZSTD_isError(result))
			return decompress_error(result, *offset);
		TRY(output_advance(output, piece.pos));
		if (result == 0)
			return NULL;
		if (input.pos == input.size && piece.pos < piece.size)
			return codec_truncated("zstd", *offset);
	}
}

/* The size that the first frame's header states; 0 if it does not. */
static uint64_t content_size(struct bytes in)
{
	unsigned long long size = ZSTD_getFrameContentSize(in.data, in.size);

	return size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR ? 0 : size;
}

static struct error *decompress(
	struct bytes in, uint64_t limit, uint64_t expected, struct blob *out, uint64_t *ret_used)
{
	__attribute__((cleanup(context_deinit))) ZSTD_DCtx *context = ZSTD_createDCtx();
	struct output output;
	struct bytes rest;
	uint64_t offset = 0;

	if (!context || ZSTD_isError(ZSTD_DCtx_setParameter(
				context, ZSTD_d_windowLogMax, window_log(limit))))
		return error_no_memory();
	if (!expected)
		expected = content_size(in);
	output = output_begin("zstd", out, limit, expected);
	do {
		if (!expected || !decompress_at_once(context, in, &offset, &output))
			TRY(decompress_frame(context, in, &offset, &output));
		rest = bytes_part(in, offset, in.size - offset);
	} while (probe(rest) || probe_skippable(rest));
	output_end(&output);
	*ret_used = offset;
	return NULL;
}

const struct codec codec_zstd = {.name = "zstd", .probe = probe, .decompress = decompress};
