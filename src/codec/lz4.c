/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LZ4 in both of its containers: the frame format, by lz4frame, and the older "legacy" one, which
 * `lz4 -l` writes and which the kernel uses for itself and for initrds (lib/decompress_unlz4.c).
 * Source: lz4's doc/lz4_Frame_format.md.
 */
#include "codec/output.h"
#include "codec/rows.h"

#include <lz4.h>
#include <lz4frame.h>

/* lz4_Frame_format.md: "Magic Number", "Skippable Frames", "Legacy frame". All little-endian. */
static const uint8_t frame_magic[4] = {0x04, 0x22, 0x4d, 0x18};
static const uint8_t legacy_magic[4] = {0x02, 0x21, 0x4c, 0x18};

/* "Legacy frame": each block but the last unpacks to exactly this. */
enum { LEGACY_BLOCK_SIZE = 8 << 20 };

static bool is_frame(struct bytes in, uint64_t offset)
{
	return bytes_match(in, offset, frame_magic, sizeof(frame_magic));
}

static bool is_legacy(struct bytes in, uint64_t offset)
{
	return bytes_match(in, offset, legacy_magic, sizeof(legacy_magic));
}

static bool is_skippable(struct bytes in, uint64_t offset)
{
	return bytes_contain(in, offset, 4) && (in.data[offset] & 0xf0) == 0x50 &&
	       bytes_match(in, offset + 1, "\x2a\x4d\x18", 3);
}

static bool probe(struct bytes in)
{
	return is_frame(in, 0) || is_legacy(in, 0);
}

static void context_deinit(LZ4F_dctx **context)
{
	LZ4F_freeDecompressionContext(*context);
}

static struct error *frame_error(size_t result, uint64_t offset)
{
	/* liblz4 tells its errors apart by name only, in the interface that is promised. */
	if (!strcmp(LZ4F_getErrorName(result), "ERROR_allocation_failed"))
		return error_no_memory();
	return codec_error(ERROR_DAMAGED, "lz4", offset, "corrupt data (%s); the file is damaged",
		LZ4F_getErrorName(result));
}

/* Unpack the frame at *@offset of @in, or skip a skippable one, and move *@offset past it. */
static struct error *decompress_frame(struct bytes in, uint64_t *offset, struct output *output)
{
	__attribute__((cleanup(context_deinit))) LZ4F_dctx *context = NULL;

	if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)))
		return error_no_memory();
	for (;;) {
		size_t result, written, taken = in.size - *offset;
		uint64_t room;

		TRY(output_room(output, &room));
		written = room;
		result = LZ4F_decompress(context, output_position(output), &written,
			in.data + *offset, &taken, NULL);
		if (LZ4F_isError(result))
			return frame_error(result, *offset);
		*offset += taken;
		TRY(output_advance(output, written));
		if (result == 0)
			return NULL;
		if (*offset == in.size && written < room)
			return codec_truncated("lz4", *offset);
	}
}

/* Unpack the legacy block of @size bytes at @offset; @ret_size is what it unpacked to. */
static struct error *decompress_legacy_block(
	struct bytes in, uint64_t offset, uint32_t size, struct output *output, int *ret_size)
{
	/* Always room for a whole block: lz4 cannot tell too little room from corrupt data. */
	TRY(output_reserve(output, LEGACY_BLOCK_SIZE));
	*ret_size = LZ4_decompress_safe((const char *)in.data + offset,
		(char *)output_position(output), (int)size, LEGACY_BLOCK_SIZE);
	if (*ret_size < 0)
		return codec_error(ERROR_DAMAGED, "lz4", offset,
			"corrupt data in a legacy block of %u bytes; the file is damaged", size);
	return output_advance(output, (uint64_t)*ret_size);
}

/*
 * Unpack the legacy stream at *@offset of @in, and move *@offset past it. Nothing marks its end:
 * a block shorter than the others is the last; so is one after which no block size follows, which
 * is any number up to what 8 MiB can at most be packed to. A lone number at the very end of the
 * input is no block, but the unpacked size that the kernel's build appends (scripts/Makefile.lib).
 */
static struct error *decompress_legacy(struct bytes in, uint64_t *offset, struct output *output)
{
	int unpacked = LEGACY_BLOCK_SIZE;
	bool first = true;

	*offset += sizeof(legacy_magic);
	while (unpacked == LEGACY_BLOCK_SIZE && bytes_contain(in, *offset, 4)) {
		uint32_t size = load_le32(in.data + *offset);
		uint64_t at = *offset + 4;

		if (size == 0 || size > LZ4_COMPRESSBOUND(LEGACY_BLOCK_SIZE))
			break;
		if (!bytes_contain(in, at, size)) {
			if (at == in.size && !first)
				break;
			return codec_truncated("lz4", in.size);
		}
		TRY(decompress_legacy_block(in, at, size, output, &unpacked));
		*offset = at + size;
		first = false;
	}
	if (first)
		return codec_error(ERROR_DAMAGED, "lz4", *offset,
			"no block follows the legacy magic; the file is damaged or truncated");
	return NULL;
}

static struct error *decompress(
	struct bytes in, const struct codec_options *options, struct blob *out, uint64_t *ret_used)
{
	uint64_t offset = 0;
	struct output output = output_begin("lz4", out, options, &offset);

	do {
		if (is_legacy(in, offset))
			TRY(decompress_legacy(in, &offset, &output));
		else
			TRY(decompress_frame(in, &offset, &output));
	} while (is_legacy(in, offset) || is_frame(in, offset) || is_skippable(in, offset));
	output_end(&output);
	*ret_used = offset;
	return NULL;
}

const struct codec codec_lz4 = {
	.name = "lz4", .unchecked = true, .probe = probe, .decompress = decompress};
