/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bzip2, by libbz2. The format has no standard; its magic numbers are in libbz2's compress.c. */
#include "codec/output.h"
#include "codec/rows.h"

#include <bzlib.h>

/* libbz2 counts in unsigned int: longer input and output go through in pieces. */
#define PIECE (UINT64_C(1) << 30)

static bool probe(struct bytes in)
{
	/* "BZh", the block size in units of 100 kB, then the magic of a block or, in an archive of
	 * nothing, of the end of the stream: pi and the square root of pi in BCD. */
	return bytes_match(in, 0, "BZh", 3) && in.size > 3 && in.data[3] >= '1' &&
	       in.data[3] <= '9' &&
	       (bytes_match(in, 4, "\x31\x41\x59\x26\x53\x59", 6) ||
		       bytes_match(in, 4, "\x17\x72\x45\x38\x50\x90", 6));
}

static void stream_deinit(bz_stream *stream)
{
	BZ2_bzDecompressEnd(stream);
}

static struct error *decompress_error(int result, uint64_t offset)
{
	if (result == BZ_MEM_ERROR)
		return error_no_memory();
	return codec_error(ERROR_DAMAGED, "bzip2", offset,
		"corrupt data (libbz2 error %d); the file is damaged", result);
}

/* Unpack the stream at *@offset of @in, and move *@offset past it. */
static struct error *decompress_stream(struct bytes in, uint64_t *offset, struct output *output)
{
	__attribute__((cleanup(stream_deinit))) bz_stream stream = {0};

	if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK)
		return error_no_memory();
	for (;;) {
		uint64_t room, left = in.size - *offset;
		unsigned int in_piece, out_piece;
		int result;

		TRY(output_room(output, &room));
		in_piece = (unsigned int)(left < PIECE ? left : PIECE);
		out_piece = (unsigned int)(room < PIECE ? room : PIECE);
		stream.next_in = (char *)(uintptr_t)(in.data + *offset);
		stream.avail_in = in_piece;
		stream.next_out = (char *)output_position(output);
		stream.avail_out = out_piece;
		result = BZ2_bzDecompress(&stream);
		*offset += in_piece - stream.avail_in;
		TRY(output_advance(output, out_piece - stream.avail_out));
		if (result == BZ_STREAM_END)
			return NULL;
		if (result != BZ_OK)
			return decompress_error(result, *offset);
		if (!stream.avail_in && stream.avail_out && *offset == in.size)
			return codec_truncated("bzip2", *offset);
	}
}

static struct error *decompress(
	struct bytes in, const struct codec_options *options, struct blob *out, uint64_t *ret_used)
{
	uint64_t offset = 0;
	struct output output = output_begin("bzip2", out, options, &offset);

	do {
		TRY(decompress_stream(in, &offset, &output));
	} while (probe(bytes_part(in, offset, in.size - offset)));
	output_end(&output);
	*ret_used = offset;
	return NULL;
}

const struct codec codec_bzip2 = {.name = "bzip2", .probe = probe, .decompress = decompress};
