/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The digest of bytes that come bit by bit, taken while they are still in the CPU's cache. The same
 * result as digest_of() over all of them.
 */
#ifndef BATON_BASE_DIGEST_STREAM_H
#define BATON_BASE_DIGEST_STREAM_H

#include "wire/digest.h"

struct digest_stream {
	enum digest_algorithm algorithm;
	uint64_t lanes[4]; /* DIGEST_CRC32C_LANES */
	uint64_t done;	   /* bytes digested so far, a multiple of 64 */
	bool fast;	   /* this CPU has the instruction */
};

struct digest_stream digest_stream_begin(enum digest_algorithm algorithm);

/**
 * @data is the whole so far, of which @size bytes are final: those that are new are digested, as
 * far as they fill the algorithm's unit. Calls with a larger @size follow; @data may have moved.
 */
void digest_stream_advance(struct digest_stream *stream, const uint8_t *data, uint64_t size);

/** The digest of all @size bytes. DIGEST_XXH3_128 is computed here as a whole. */
struct digest digest_stream_end(struct digest_stream *stream, const uint8_t *data, uint64_t size);

#endif
