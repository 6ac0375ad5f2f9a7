/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Zstandard, RFC 8878, by libzstd. */
/* For ZSTD_d_stableOutBuffer, which is not promised: where libzstd refuses it, a window is used. */
#define ZSTD_STATIC_LINKING_ONLY
#include "codec/output.h"
#include "codec/rows.h"

#include <zstd.h>
#include <zstd_errors.h>

/*
 * Largest window as a power of two: what libzstd takes at most (31, or 30 where addresses have 32
 * bits), but no more than the limit on the output can make use of, though always what level 22 of
 * the kernel's build needs. Where nothing is kept, the window is most of the memory that is
 * used, and no larger than that.
 */
enum { WINDOW_LOG_MIN = 27 };

/* Most input at once: small beside what a watcher would like to have back. */
#define PIECE (UINT64_C(1) << 20)

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
	int most = ZSTD_dParam_getBounds(ZSTD_d_windowLogMax).upperBound, log = WINDOW_LOG_MIN;

	while (log < most && UINT64_C(1) << log < limit)
		log++;
	return log;
}

static struct error *decompress_error(size_t result, uint64_t offset)
{
	switch (ZSTD_getErrorCode(result)) {
	case ZSTD_error_memory_allocation:
		return error_no_memory();
	case ZSTD_error_frameParameter_windowTooLarge:
		return codec_error(ERROR_UNSUPPORTED, "zstd", offset,
			"needs a larger window than baton allows here (%s)",
			ZSTD_getErrorName(result));
	case ZSTD_error_version_unsupported:
	case ZSTD_error_frameParameter_unsupported:
	case ZSTD_error_dictionary_wrong:
		return codec_error(ERROR_UNSUPPORTED, "zstd", offset,
			"not supported by this libzstd (%s)", ZSTD_getErrorName(result));
	default:
		return codec_error(ERROR_DAMAGED, "zstd", offset,
			"corrupt data (%s); the file is damaged", ZSTD_getErrorName(result));
	}
}

/* The size that the first frame's header states; 0 if it does not. */
static uint64_t content_size(struct bytes in)
{
	unsigned long long size = ZSTD_getFrameContentSize(in.data, in.size);

	return size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR ? 0 : size;
}

/*
 * May the frame at @offset be unpacked straight into the room that is reserved already? Its history
 * is then there, and libzstd needs no window beside it, which may be as large as the output. The
 * room must hold all that the frame can unpack to: what it states, or all that the limit allows.
 */
static bool fits_in_place(struct bytes in, uint64_t offset, const struct output *output)
{
	const struct blob *blob = output->blob;
	uint64_t room = blob->capacity - blob->size;
	uint64_t allowed = output->limit - (blob->size - output->start);
	uint64_t stated = content_size(bytes_part(in, offset, in.size - offset));

	return stated ? stated <= room && stated <= allowed : room > allowed;
}

/* As decompress_frame(), for a frame that fits_in_place(). */
static struct error *decompress_in_place(
	ZSTD_DCtx *context, struct bytes in, uint64_t *offset, struct output *output)
{
	ZSTD_inBuffer input = {.src = in.data, .pos = *offset};
	ZSTD_outBuffer room = {.dst = output_position(output),
		.size = output->blob->capacity - output->blob->size};

	for (;;) {
		size_t before = room.pos, result;

		/* In pieces, so that who watches hears of it. */
		input.size = in.size - input.pos < PIECE ? in.size : input.pos + PIECE;
		result = ZSTD_decompressStream(context, &room, &input);
		*offset = input.pos;
		if (ZSTD_isError(result))
			return ZSTD_getErrorCode(result) == ZSTD_error_dstSize_tooSmall
				       ? output_limit_error(output)
				       : decompress_error(result, *offset);
		TRY(output_advance(output, room.pos - before));
		if (result == 0)
			return NULL;
		if (input.pos == in.size && room.pos == before)
			return codec_truncated("zstd", *offset);
	}
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

/* Whether to unpack the next frame in place: libzstd is to be told between frames. */
static bool set_in_place(ZSTD_DCtx *context, bool in_place)
{
	return !ZSTD_isError(ZSTD_DCtx_setParameter(context, ZSTD_d_stableOutBuffer, in_place));
}

static struct error *decompress(
	struct bytes in, const struct codec_options *options, struct blob *out, uint64_t *ret_used)
{
	__attribute__((cleanup(context_deinit))) ZSTD_DCtx *context = ZSTD_createDCtx();
	struct codec_options reserving = *options;
	struct output output;
	struct bytes rest;
	uint64_t offset = 0;

	if (!context || ZSTD_isError(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax,
				window_log(options->measure ? 0 : options->limit))))
		return error_no_memory();
	if (!reserving.expected)
		reserving.expected = content_size(in);
	/* Address space, and memory only as far as it is written. */
	if (!reserving.expected)
		reserving.expected = options->limit;
	output = output_begin("zstd", out, &reserving, &offset);
	do {
		bool in_place = !options->measure && fits_in_place(in, offset, &output);

		if (set_in_place(context, in_place) && in_place)
			TRY(decompress_in_place(context, in, &offset, &output));
		else
			TRY(decompress_frame(context, in, &offset, &output));
		rest = bytes_part(in, offset, in.size - offset);
	} while (probe(rest) || probe_skippable(rest));
	output_end(&output);
	*ret_used = offset;
	return NULL;
}

const struct codec codec_zstd = {.name = "zstd", .probe = probe, .decompress = decompress};
