/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "codec/codec.h"

#include "codec/rows.h"

/*
 * In the order of probing: formats with a magic number, then lzma, which has none and is guessed
 * from plausible parameters.
 */
static const struct codec *const codecs[] = {
	&codec_gzip,
	&codec_xz,
	&codec_zstd,
	&codec_lz4,
	&codec_bzip2,
	&codec_lzo,
	&codec_lzma,
};

const struct codec *codec_at(unsigned int index)
{
	return index < sizeof(codecs) / sizeof(codecs[0]) ? codecs[index] : NULL;
}

const struct codec *codec_probe(struct bytes in)
{
	const struct codec *codec;

	for (unsigned int i = 0; (codec = codec_at(i)); i++) {
		if (codec->probe(in))
			return codec;
	}
	return NULL;
}

const struct codec *codec_by_name(const char *name)
{
	const struct codec *codec;

	for (unsigned int i = 0; (codec = codec_at(i)); i++) {
		if (!strcmp(codec->name, name))
			return codec;
	}
	return NULL;
}
