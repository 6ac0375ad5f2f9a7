/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* xz and its predecessor, the "LZMA alone" format of lzma-utils; both by liblzma. */
#include "codec/output.h"
#include "codec/rows.h"

#include <inttypes.h>
#include <lzma.h>

/*
 * Most memory for a decoder. The dictionary is nearly all of it: xz -9 has 64 MiB, the kernel's
 * scripts/xz_wrap.sh 32 to 128 MiB; 256 MiB and some for the rest.
 */
#define MEMORY_LIMIT (UINT64_C(272) << 20)

/* The .xz File Format 1.1.0, 2.1.1.1: header magic bytes; 2.2: stream padding. */
static const uint8_t xz_magic[] = {0xfd, '7', 'z', 'X', 'Z', 0x00};
enum { XZ_PADDING_UNIT = 4 };

static bool xz_probe(struct bytes in)
{
	return bytes_match(in, 0, xz_magic, sizeof(xz_magic));
}

/*
 * doc/lzma-file-format.txt of XZ Utils: one byte of lc/lp/pb, four of dictionary size, eight of
 * unpacked size or all ones, and the range coder's first byte, always zero. There is no magic.
 * 0x5d is what every known tool writes and the only one that the kernel takes (lib/decompress.c);
 * dictionaries are 2^n or 2^n + 2^(n-1).
 */
enum {
	LZMA_PROPERTIES = 0x5d,
	LZMA_DICTIONARY = 1,
	LZMA_UNPACKED_SIZE = 5,
	LZMA_RANGE_CODER = 13,
	LZMA_DICTIONARY_MIN = 1 << 16,
};
#define LZMA_UNPACKED_SIZE_MAX (UINT64_C(1) << 38)

static bool lzma_probe(struct bytes in)
{
	uint64_t unpacked;
	uint32_t dictionary;

	if (!bytes_contain(in, LZMA_RANGE_CODER, 1) || in.data[0] != LZMA_PROPERTIES ||
		in.data[LZMA_RANGE_CODER] != 0)
		return false;
	dictionary = load_le32(in.data + LZMA_DICTIONARY);
	unpacked = load_le64(in.data + LZMA_UNPACKED_SIZE);
	if (dictionary < LZMA_DICTIONARY_MIN ||
		(unpacked != UINT64_MAX && unpacked >= LZMA_UNPACKED_SIZE_MAX))
		return false;
	while (!(dictionary & 1))
		dictionary >>= 1;
	return dictionary == 1 || dictionary == 3;
}

static void stream_deinit(lzma_stream *stream)
{
	lzma_end(stream);
}

static const char *result_name(lzma_ret result)
{
	switch (result) {
	case LZMA_FORMAT_ERROR:
		return "LZMA_FORMAT_ERROR";
	case LZMA_OPTIONS_ERROR:
		return "LZMA_OPTIONS_ERROR";
	case LZMA_DATA_ERROR:
		return "LZMA_DATA_ERROR";
	default:
		return "unexpected result";
	}
}

static struct error *code_error(
	const char *codec, lzma_ret result, lzma_stream *stream, uint64_t offset)
{
	switch (result) {
	case LZMA_MEM_ERROR:
		return error_no_memory();
	case LZMA_MEMLIMIT_ERROR:
		return codec_error(ERROR_UNSUPPORTED, codec, offset,
			"unpacking needs %" PRIu64 " MiB, more than the %" PRIu64
			" MiB that baton spends on it",
			(lzma_memusage(stream) >> 20) + 1, MEMORY_LIMIT >> 20);
	case LZMA_BUF_ERROR:
		return codec_truncated(codec, offset);
	case LZMA_OPTIONS_ERROR:
		return codec_error(ERROR_UNSUPPORTED, codec, offset,
			"uses options that this liblzma does not know (LZMA_OPTIONS_ERROR)");
	default:
		return codec_error(ERROR_DAMAGED, codec, offset,
			"corrupt data (%s); the file is damaged", result_name(result));
	}
}

/* Run @stream over @in from *@offset on to its end, and move *@offset past it. */
static struct error *decode_stream(
	lzma_stream *stream, struct bytes in, uint64_t *offset, struct output *output)
{
	stream->next_in = in.data + *offset;
	stream->avail_in = in.size - *offset;
	for (;;) {
		uint64_t room;
		lzma_ret result;

		TRY(output_room(output, &room));
		stream->next_out = output_position(output);
		stream->avail_out = room;
		result = lzma_code(stream, LZMA_FINISH);
		*offset = in.size - stream->avail_in;
		TRY(output_advance(output, room - stream->avail_out));
		if (result == LZMA_STREAM_END)
			return NULL;
		if (result != LZMA_OK)
			return code_error(output->codec, result, stream, *offset);
	}
}

/* True if another stream follows *@offset, perhaps after padding, which is then skipped. */
static bool find_next_xz_stream(struct bytes in, uint64_t *offset)
{
	static const uint8_t zeros[XZ_PADDING_UNIT];
	uint64_t at = *offset;

	while (bytes_match(in, at, zeros, sizeof(zeros)))
		at += sizeof(zeros);
	if (!bytes_match(in, at, xz_magic, sizeof(xz_magic)))
		return false;
	*offset = at;
	return true;
}

static struct error *xz_decompress(
	struct bytes in, const struct codec_options *options, struct blob *out, uint64_t *ret_used)
{
	__attribute__((cleanup(stream_deinit))) lzma_stream stream = LZMA_STREAM_INIT;
	uint64_t offset = 0;
	struct output output = output_begin("xz", out, options, &offset);

	do {
		/* Again on the same stream: liblzma reuses its memory. */
		if (lzma_stream_decoder(&stream, MEMORY_LIMIT, 0) != LZMA_OK)
			return error_no_memory();
		TRY(decode_stream(&stream, in, &offset, &output));
	} while (find_next_xz_stream(in, &offset));
	output_end(&output);
	*ret_used = offset;
	return NULL;
}

static struct error *lzma_decompress(
	struct bytes in, const struct codec_options *options, struct blob *out, uint64_t *ret_used)
{
	__attribute__((cleanup(stream_deinit))) lzma_stream stream = LZMA_STREAM_INIT;
	uint64_t offset = 0;
	struct output output = output_begin("lzma", out, options, &offset);

	if (lzma_alone_decoder(&stream, MEMORY_LIMIT) != LZMA_OK)
		return error_no_memory();
	TRY(decode_stream(&stream, in, &offset, &output));
	output_end(&output);
	*ret_used = offset;
	return NULL;
}

const struct codec codec_xz = {.name = "xz", .probe = xz_probe, .decompress = xz_decompress};
const struct codec codec_lzma = {
	.name = "lzma", .unchecked = true, .probe = lzma_probe, .decompress = lzma_decompress};
