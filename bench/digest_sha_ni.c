/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SHA-256 by the SHA extensions (Intel SDM volume 1, 12.3; volume 2, SHA256RNDS2, SHA256MSG1 and
 * 2). */
#include "digest_candidates.h"
#include "digest_sha256.h"

#include <immintrin.h>

/* The state as the instructions want it: two of its words each, the first ones highest. */
struct halves {
	__m128i abef, cdgh;
};

/* Four rounds with four words of the message. The second instruction takes the upper two. */
static inline void four_rounds(struct halves *state, __m128i words, int group)
{
	__m128i sum = _mm_add_epi32(
		words, _mm_loadu_si128((const __m128i *)&sha256_constants[4 * group]));

	state->cdgh = _mm_sha256rnds2_epu32(state->cdgh, state->abef, sum);
	state->abef = _mm_sha256rnds2_epu32(state->abef, state->cdgh, _mm_shuffle_epi32(sum, 0x0e));
}

/* Four more words from the sixteen before them, oldest first. */
static inline __m128i more_words(__m128i w0, __m128i w1, __m128i w2, __m128i w3)
{
	__m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));

	return _mm_sha256msg2_epu32(sum, w3);
}

static inline void one_block(struct halves *state, const uint8_t *data)
{
	const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	struct halves before = *state;
	__m128i w[16];

#pragma GCC unroll 16
	for (int group = 0; group < 16; group++) {
		if (group < 4)
			w[group] = _mm_shuffle_epi8(
				_mm_loadu_si128((const __m128i *)(data + 16 * group)), big_endian);
		else
			w[group] =
				more_words(w[group - 4], w[group - 3], w[group - 2], w[group - 1]);
		four_rounds(state, w[group], group);
	}
	state->abef = _mm_add_epi32(state->abef, before.abef);
	state->cdgh = _mm_add_epi32(state->cdgh, before.cdgh);
}

static void compress(uint32_t s[8], const uint8_t *data, uint64_t count)
{
	struct halves state = {
		.abef = _mm_set_epi32((int)s[0], (int)s[1], (int)s[4], (int)s[5]),
		.cdgh = _mm_set_epi32((int)s[2], (int)s[3], (int)s[6], (int)s[7]),
	};
	uint32_t out[8];

	for (; count; count--, data += SHA256_BLOCK)
		one_block(&state, data);
	_mm_storeu_si128((__m128i *)out, state.abef);
	_mm_storeu_si128((__m128i *)(out + 4), state.cdgh);
	s[0] = out[3], s[1] = out[2], s[4] = out[1], s[5] = out[0];
	s[2] = out[7], s[3] = out[6], s[6] = out[5], s[7] = out[4];
}

void sha256_sha_ni(const uint8_t *data, uint64_t size, uint64_t ret[4])
{
	sha256_by(compress, data, size, ret);
}
