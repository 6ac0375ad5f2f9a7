/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LZO in the container of the lzop program, which the kernel uses (lib/decompress_unlzo.c). The
 * layout is that of lzop 1.04's own reader; all numbers are big-endian:
 *
 *   magic, header, header checksum, optional extra field with its checksum, blocks, a zero
 *   block: unpacked size, packed size, checksums of the unpacked and of the packed bytes, bytes
 *
 * A block that did not shrink is stored as it is, with both sizes equal.
 */
#include "codec/output.h"
#include "codec/rows.h"

#include <lzo/lzo1x.h>
#include <zlib.h>

static const uint8_t magic[] = {0x89, 'L', 'Z', 'O', 0x00, 0x0d, 0x0a, 0x1a, 0x0a};

enum {
	FLAG_ADLER32_UNPACKED = 0x1,
	FLAG_ADLER32_PACKED = 0x2,
	FLAG_EXTRA_FIELD = 0x40,
	FLAG_CRC32_UNPACKED = 0x100,
	FLAG_CRC32_PACKED = 0x200,
	FLAG_FILTER = 0x800,
	FLAG_HEADER_CRC32 = 0x1000,

	VERSION_WITH_LEVEL = 0x0940,	   /* from 0.94 on the header is longer */
	METHOD_FIRST = 1,		   /* 1, 2, 3: LZO1X-1, LZO1X-1(15), LZO1X-999 */
	METHOD_LAST = 3,		   /* unpacked alike */
	BLOCK_SIZE_MAX = 64 * 1024 * 1024, /* lzop's own limit */
};

static bool probe(struct bytes in)
{
	return bytes_match(in, 0, magic, sizeof(magic));
}

static uint32_t cursor_be32(struct cursor *cursor)
{
	return __builtin_bswap32(cursor_le32(cursor));
}

static uint16_t cursor_be16(struct cursor *cursor)
{
	return __builtin_bswap16(cursor_le16(cursor));
}

static uint32_t adler(struct bytes bytes)
{
	return (uint32_t)adler32_z(1, bytes.data, bytes.size);
}

static uint32_t crc(struct bytes bytes)
{
	return (uint32_t)crc32_z(0, bytes.data, bytes.size);
}

static struct error *check_cursor(const struct cursor *cursor)
{
	return cursor->failed ? codec_truncated("lzo", cursor->bytes.size) : NULL;
}

/* The bytes from @start to the cursor must have the checksum that follows. */
static struct error *check_header_sum(
	struct cursor *cursor, uint64_t start, uint32_t flags, const char *what)
{
	struct bytes summed;
	uint32_t found, wanted;

	TRY(check_cursor(cursor));
	summed = bytes_part(cursor->bytes, start, cursor->offset - start);
	wanted = cursor_be32(cursor);
	TRY(check_cursor(cursor));
	found = flags & FLAG_HEADER_CRC32 ? crc(summed) : adler(summed);
	if (found != wanted)
		return codec_error(ERROR_DAMAGED, "lzo", start,
			"the %s has checksum 0x%x, expected 0x%x; the file is damaged", what, found,
			wanted);
	return NULL;
}

static struct error *read_extra_field(struct cursor *cursor, uint32_t flags)
{
	uint64_t start = cursor->offset;

	if (!(flags & FLAG_EXTRA_FIELD))
		return NULL;
	cursor_skip(cursor, cursor_be32(cursor));
	return check_header_sum(cursor, start, flags, "extra field");
}

/* Read magic and header at the cursor, leaving it at the first block. */
static struct error *read_header(struct cursor *cursor, uint32_t *ret_flags)
{
	uint16_t version;
	uint64_t start;
	uint8_t method;

	cursor_skip(cursor, sizeof(magic));
	start = cursor->offset;
	version = cursor_be16(cursor);
	cursor_skip(cursor, 2); /* version of the library */
	if (version >= VERSION_WITH_LEVEL)
		cursor_skip(cursor, 2); /* version needed to extract */
	method = cursor_u8(cursor);
	if (version >= VERSION_WITH_LEVEL)
		cursor_skip(cursor, 1); /* level */
	*ret_flags = cursor_be32(cursor);
	if (*ret_flags & FLAG_FILTER)
		cursor_skip(cursor, 4);
	cursor_skip(cursor, 4 + 4); /* mode, low half of the time */
	if (version >= VERSION_WITH_LEVEL)
		cursor_skip(cursor, 4);		/* high half of the time */
	cursor_skip(cursor, cursor_u8(cursor)); /* original name */
	TRY(check_header_sum(cursor, start, *ret_flags, "header"));
	TRY(read_extra_field(cursor, *ret_flags));
	if (method < METHOD_FIRST || method > METHOD_LAST)
		return codec_error(ERROR_UNSUPPORTED, "lzo", start,
			"compression method %u; only LZO1X (1 to 3) is known", method);
	if (*ret_flags & FLAG_FILTER)
		return codec_error(ERROR_UNSUPPORTED, "lzo", start,
			"a filter was applied to the data, which baton cannot undo");
	return NULL;
}

struct sums {
	uint32_t adler32;
	uint32_t crc32;
};

static struct sums read_sums(struct cursor *cursor, bool has_adler, bool has_crc)
{
	struct sums sums = {0};

	if (has_adler)
		sums.adler32 = cursor_be32(cursor);
	if (has_crc)
		sums.crc32 = cursor_be32(cursor);
	return sums;
}

static struct error *check_sums(struct bytes bytes, struct sums wanted, bool has_adler,
	bool has_crc, const char *what, uint64_t offset)
{
	if ((has_adler && adler(bytes) != wanted.adler32) ||
		(has_crc && crc(bytes) != wanted.crc32))
		return codec_error(ERROR_DAMAGED, "lzo", offset,
			"wrong checksum of a block's %s bytes; the file is damaged", what);
	return NULL;
}

struct block {
	uint64_t offset; /* of its bytes in the input */
	uint32_t unpacked_size;
	struct sums unpacked_sums;
	struct sums packed_sums;
	struct bytes packed;
};

/* Read the block at the cursor; an unpacked size of 0 marks the end. */
static struct error *read_block(struct cursor *cursor, uint32_t flags, struct block *ret)
{
	uint64_t start = cursor->offset;
	uint32_t packed_size;

	*ret = (struct block){0};
	ret->unpacked_size = cursor_be32(cursor);
	if (!ret->unpacked_size)
		return check_cursor(cursor);
	packed_size = cursor_be32(cursor);
	TRY(check_cursor(cursor));
	if (ret->unpacked_size > BLOCK_SIZE_MAX || packed_size > ret->unpacked_size || !packed_size)
		return codec_error(ERROR_DAMAGED, "lzo", start,
			"a block of %u bytes that unpacks to %u; the file is damaged", packed_size,
			ret->unpacked_size);
	ret->unpacked_sums =
		read_sums(cursor, flags & FLAG_ADLER32_UNPACKED, flags & FLAG_CRC32_UNPACKED);
	/* A stored block has no second sums: they would be the same. */
	if (packed_size < ret->unpacked_size)
		ret->packed_sums =
			read_sums(cursor, flags & FLAG_ADLER32_PACKED, flags & FLAG_CRC32_PACKED);
	ret->offset = cursor->offset;
	ret->packed = cursor_take(cursor, packed_size);
	return check_cursor(cursor);
}

static struct error *unpack(const struct block *block, uint32_t flags, uint8_t *to)
{
	lzo_uint unpacked = block->unpacked_size;

	if (block->packed.size == block->unpacked_size) {
		memcpy(to, block->packed.data, block->packed.size);
		return NULL;
	}
	TRY(check_sums(block->packed, block->packed_sums, flags & FLAG_ADLER32_PACKED,
		flags & FLAG_CRC32_PACKED, "packed", block->offset));
	if (lzo1x_decompress_safe(block->packed.data, block->packed.size, to, &unpacked, NULL) !=
			LZO_E_OK ||
		unpacked != block->unpacked_size)
		return codec_error(ERROR_DAMAGED, "lzo", block->offset,
			"corrupt data in a block of %llu bytes; the file is damaged",
			(unsigned long long)block->packed.size);
	return NULL;
}

static struct error *decompress_block(
	const struct block *block, uint32_t flags, struct output *output)
{
	uint8_t *to;

	if (block->unpacked_size > output->limit - (output->blob->size - output->start))
		return output_limit_error(output);
	TRY(output_reserve(output, block->unpacked_size));
	to = output_position(output);
	TRY(unpack(block, flags, to));
	TRY(check_sums(bytes_of(to, block->unpacked_size), block->unpacked_sums,
		flags & FLAG_ADLER32_UNPACKED, flags & FLAG_CRC32_UNPACKED, "unpacked",
		block->offset));
	return output_advance(output, block->unpacked_size);
}

/* Unpack the file at the cursor, leaving it past the end. */
static struct error *decompress_file(struct cursor *cursor, struct output *output)
{
	struct block block;
	uint32_t flags;

	TRY(read_header(cursor, &flags));
	for (;;) {
		TRY(read_block(cursor, flags, &block));
		if (!block.unpacked_size)
			return NULL;
		TRY(decompress_block(&block, flags, output));
	}
}

static struct error *decompress(
	struct bytes in, const struct codec_options *options, struct blob *out, uint64_t *ret_used)
{
	struct cursor cursor = cursor_at(in, 0, "lzo");
	struct output output = output_begin("lzo", out, options, &cursor.offset);

	do {
		TRY(decompress_file(&cursor, &output));
	} while (bytes_match(in, cursor.offset, magic, sizeof(magic)));
	output_end(&output);
	*ret_used = cursor.offset;
	return NULL;
}

const struct codec codec_lzo = {.name = "lzo", .probe = probe, .decompress = decompress};
