/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compressions: bytes in, bytes out. One row each in one table (codec.c).
 *
 * To add one: src/codec/NAME.c with its row, the row in the table, a unit test in
 * tests/unit/test_codec.c, the corpus file for tests/fuzz/fuzz_codec.c, the library in meson.build.
 */
#ifndef BATON_CODEC_CODEC_H
#define BATON_CODEC_CODEC_H

#include "base/blob.h"
#include "base/bytes.h"

struct error;

/** What a caller wants of a decompression; zeroed but for the limit is a plain one. */
struct codec_options {
	uint64_t limit; /* most bytes to produce; more is ERROR_LIMIT, found without producing them
			 */
	uint64_t expected; /* size known from elsewhere, to reserve memory at once; 0 if unknown */

	bool measure; /* only @ret_used is wanted: what was produced is forgotten on the way, and
			 @out is left empty; nobody may watch */

	/**
	 * Called on the way, every few MiB: the first @used bytes of the input are not needed any
	 * more, and all of @out is final. It may look at @out and give back the input; nothing
	 * else. Not called for what came after its last call. NULL: nobody wants to know.
	 */
	void (*watch)(void *data, uint64_t used, const struct blob *out);
	void *data; /* for `watch` */
};

struct codec {
	const char *name; /* "gzip", "xz", "zstd", "lz4", "bzip2", "lzma", "lzo" */
	/* What the kernel's build makes of it has no checksum of its contents: damage may unpack.
	 */
	bool unchecked;

	/** True if @in starts as this format does. Looks at a few bytes, allocates nothing. */
	bool (*probe)(struct bytes in);

	/**
	 * Decompress @in, which starts at the format's magic, appending to @out.
	 * Stops at the end of the (first) stream; concatenated streams or frames of the same format
	 * that follow directly are part of it, as the format's own tool reads them.
	 *
	 * @param ret_used  bytes of @in that belong to what was decompressed
	 * Errors say where in the input: "gzip: at input offset 0x…: …"; @out is then unspecified.
	 * ERROR_DAMAGED: a checksum, a size or a missing end says that nobody can unpack this;
	 * ERROR_UNSUPPORTED: others may; ERROR_LIMIT: more than @options->limit, and nothing else.
	 */
	struct error *(*decompress)(struct bytes in, const struct codec_options *options,
		struct blob *out, uint64_t *ret_used);
};

/** The row whose probe accepts @in, or NULL. */
const struct codec *codec_probe(struct bytes in);
/** The row of that name, or NULL. */
const struct codec *codec_by_name(const char *name);
/** Rows in the order they are probed; NULL after the last. */
const struct codec *codec_at(unsigned int index);

#endif
