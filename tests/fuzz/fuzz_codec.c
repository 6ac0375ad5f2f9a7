/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every decoder: no crash, the limit holds, and what is said to be used was there. */
#include "base/error.h"
#include "codec/codec.h"

#include <stdlib.h>

enum { LIMIT = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_blob_ struct blob out = {0};
	const struct codec *codec = codec_probe(bytes_of(data, size));
	const struct codec_options options = {.limit = LIMIT};
	struct error *error;
	uint64_t used = 0;

	if (!codec)
		return -1;
	error = codec->decompress(bytes_of(data, size), &options, &out, &used);
	if (!error && (out.size > LIMIT || used > size))
		abort();
	if (out.size > LIMIT + 1 && error_code(error) != ERROR_LIMIT)
		abort();
	error_free(error);
	return 0;
}
