/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gzip, RFC 1952, by zlib. */
#define ZLIB_CONST
#include "codec/output.h"
#include "codec/rows.h"

#include <zlib.h>

/* zlib counts in unsigned int: longer input and output go through in pieces. */
#define PIECE (UINT64_C(1) << 30)

static bool probe(struct bytes in)
{
	/* RFC 1952, 2.3.1: ID1, ID2, and CM 8, deflate, the only method ever defined. */
	return bytes_match(in, 0, "\x1f\x8b\x08", 3);
}

static void stream_deinit(z_stream *stream)
{
	inflateEnd(stream);
}

static struct error *inflate_error(int result, const z_stream *stream, uint64_t offset)
{
	if (result == Z_MEM_ERROR)
		return error_no_memory();
	/* A dictionary that the file does not hold; inflate() knows no other reason but damage. */
	if (result == Z_NEED_DICT)
		return codec_error(ERROR_UNSUPPORTED, "gzip", offset, "needs a dictionary");
	return codec_error(ERROR_DAMAGED, "gzip", offset, "corrupt data (%s); the file is damaged",
		stream->msg ? stream->msg : zError(result));
}

/* Unpack the member at *@offset of @in, and move *@offset past it. */
static struct error *inflate_member(
	z_stream *stream, struct bytes in, uint64_t *offset, struct output *output)
{
	for (;;) {
		uint64_t room, left = in.size - *offset;
		uInt in_piece, out_piece;
		int result;

		TRY(output_room(output, &room));
		in_piece = (uInt)(left < PIECE ? left : PIECE);
		out_piece = (uInt)(room < PIECE ? room : PIECE);
		stream->next_in = in.data + *offset;
		stream->avail_in = in_piece;
		stream->next_out = output_position(output);
		stream->avail_out = out_piece;
		result = inflate(stream, Z_NO_FLUSH);
		*offset += in_piece - stream->avail_in;
		TRY(output_advance(output, out_piece - stream->avail_out));
		if (result == Z_STREAM_END)
			return NULL;
		if (result == Z_BUF_ERROR)
			return codec_truncated("gzip", *offset);
		if (result != Z_OK)
			return inflate_error(result, stream, *offset);
	}
}

static struct error *decompress(
	struct bytes in, const struct codec_options *options, struct blob *out, uint64_t *ret_used)
{
	__attribute__((cleanup(stream_deinit))) z_stream stream = {0};
	uint64_t offset = 0;
	struct output output = output_begin("gzip", out, options, &offset);

	/* zlib.h: the largest window, plus 16 for a gzip header and trailer. */
	if (inflateInit2(&stream, MAX_WBITS + 16) != Z_OK)
		return error_no_memory();
	do {
		inflateReset(&stream);
		TRY(inflate_member(&stream, in, &offset, &output));
	} while (probe(bytes_part(in, offset, in.size - offset)));
	output_end(&output);
	*ret_used = offset;
	return NULL;
}

const struct codec codec_gzip = {.name = "gzip", .probe = probe, .decompress = decompress};
