/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows, for the table in codec.c. */
#ifndef BATON_CODEC_ROWS_H
#define BATON_CODEC_ROWS_H

#include "codec/codec.h"

extern const struct codec codec_gzip;
extern const struct codec codec_xz;
extern const struct codec codec_zstd;
extern const struct codec codec_lz4;
extern const struct codec codec_bzip2;
extern const struct codec codec_lzo;
extern const struct codec codec_lzma;

#endif
