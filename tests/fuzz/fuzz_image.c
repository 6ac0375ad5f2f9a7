/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Telling files apart: every file is a kernel or gets an error, and nothing leaks. */
#include "base/error.h"
#include "codec/codec.h"
#include "image/foreign.h"
#include "image/identify.h"
#include "image/image.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_image_ struct image image = {0};
	struct blob blob;
	struct error *error;

	/* Decompression is fuzz_codec's, where the limit is low enough to be fast. */
	if (codec_probe(bytes_of(data, size)))
		return -1;
	/* In place as well, so that ASan sees a read just past the end. */
	foreign_recognize(bytes_of(data, size));
	error = blob_copy(bytes_of(data, size), &blob);
	if (!error)
		error = image_identify("file", &blob, NULL, &image);
	if (!error && (!image.format || !image.part_count))
		abort();
	error_free(error);
	return 0;
}
