/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The digests that bench/digest.c compares. Each writes up to 256 bits; what it leaves is zero. */
#ifndef BATON_BENCH_DIGEST_CANDIDATES_H
#define BATON_BENCH_DIGEST_CANDIDATES_H

#include <stdint.h>

typedef void digest_candidate(const uint8_t *data, uint64_t size, uint64_t ret[4]);

/* With purgatory's flags: digest_purgatory.c. */
digest_candidate crc32c_four_lanes, crc32c_three_lanes, crc32c_one_lane;
digest_candidate xxh3_integer, sha256_plain;

/* With instructions that need the SSE state: digest_xxh3.c, digest_sha_ni.c. */
digest_candidate xxh3_sse2, xxh3_avx2, sha256_sha_ni;

#endif
