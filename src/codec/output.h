/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a decoder puts what it unpacks: the end of a blob, up to a limit. Shared by the codecs,
 * used by nobody else.
 */
#ifndef BATON_CODEC_OUTPUT_H
#define BATON_CODEC_OUTPUT_H

#include "base/blob.h"
#include "base/error.h"
#include "codec/codec.h"

struct output {
	const char *codec; /* names the codec in errors */
	struct blob *blob;
	uint64_t start;	    /* size of the blob before */
	uint64_t limit;	    /* most bytes to add */
	uint64_t forgotten; /* bytes that were produced before, where nothing is kept */
	uint64_t seen; /* up to here pages of zeros were given back, and the watcher was told */
	const struct codec_options *options;
	const uint64_t *used; /* where the decoder counts the input that it needs no more */
};

/**
 * Start to append to @blob, reserving the expected bytes at once where they can be had.
 * @param used  kept up to date by the decoder before each output_advance()
 */
struct output output_begin(const char *codec, struct blob *blob,
	const struct codec_options *options, const uint64_t *used);

/**
 * Make room for at least one byte, growing geometrically. Never offers more than one byte past
 * the limit: a decoder that uses this byte has gone over it. Nor more than a few MiB, so that pages
 * of zeros (a kernel's bss) are given back on the way and not only after all have been written.
 *
 * @param ret_room  the room, at blob->data + blob->size
 */
struct error *output_room(struct output *output, uint64_t *ret_room);

/** Make room for @size bytes in all, for a decoder that unpacks whole blocks; ignores the limit. */
struct error *output_reserve(struct output *output, uint64_t size);

/** Where the next byte goes. */
static inline uint8_t *output_position(const struct output *output)
{
	return output->blob->data + output->blob->size;
}

/**
 * Count @written bytes at the position in, or forget them; ERROR_LIMIT when that goes past the
 * limit. Now and then gives back pages of zeros and tells who watches.
 */
struct error *output_advance(struct output *output, uint64_t written);

/** The ERROR_LIMIT error of output_advance(), for a decoder that knows before it unpacks. */
struct error *output_limit_error(const struct output *output);

/** Zero what the decoder left past the end: some libraries use the room as scratch space. */
void output_end(struct output *output);

/** An error "CODEC: at input offset 0x…: MESSAGE". */
struct error *codec_error(enum error_code code, const char *codec, uint64_t offset,
	const char *format, ...) BATON_PRINTF(4, 5);

/** The error for a stream that goes on past the end of the input at @offset. */
struct error *codec_truncated(const char *codec, uint64_t offset);

#endif
