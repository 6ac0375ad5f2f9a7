/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/digest_stream.h"

struct digest_stream digest_stream_begin(enum digest_algorithm algorithm)
{
	struct digest_stream stream = {
		.algorithm = algorithm,
		.fast = digest_cpu_has_crc32c(),
	};

	digest_crc32c_begin(stream.lanes);
	return stream;
}

void digest_stream_advance(struct digest_stream *stream, const uint8_t *data, uint64_t size)
{
	uint64_t whole = size & ~(uint64_t)(DIGEST_CRC32C_BLOCK - 1);

	if (stream->algorithm != DIGEST_CRC32C_LANES || whole <= stream->done)
		return;
	if (stream->fast)
		digest_crc32c_blocks(stream->lanes, data + stream->done, whole - stream->done,
			digest_crc32c_fast);
	else
		digest_crc32c_blocks(stream->lanes, data + stream->done, whole - stream->done,
			digest_crc32c_slow);
	stream->done = whole;
}

struct digest digest_stream_end(struct digest_stream *stream, const uint8_t *data, uint64_t size)
{
	if (stream->algorithm != DIGEST_CRC32C_LANES)
		return digest_of(stream->algorithm, data, size);
	digest_stream_advance(stream, data, size);
	return digest_crc32c_end(stream->lanes, data + stream->done, size - stream->done,
		stream->fast ? digest_crc32c_fast : digest_crc32c_slow);
}
