/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What purgatory could run: compiled with its flags, so without the SSE state. */
#include "digest_candidates.h"
#include "digest_sha256.h"

#include "wire/digest.h"

static void put(struct digest digest, uint64_t ret[4])
{
	ret[0] = digest.word[0];
	ret[1] = digest.word[1];
	ret[2] = ret[3] = 0;
}

/* The one that is in use. */
void crc32c_four_lanes(const uint8_t *data, uint64_t size, uint64_t ret[4])
{
	put(digest_crc32c_by(data, size, digest_crc32c_fast), ret);
}

void xxh3_integer(const uint8_t *data, uint64_t size, uint64_t ret[4])
{
	put(digest_of(DIGEST_XXH3_128, data, size), ret);
}

/* Of whole units alone: only speed is asked of these two. */
void crc32c_three_lanes(const uint8_t *data, uint64_t size, uint64_t ret[4])
{
	uint64_t a = UINT32_MAX, b = UINT32_MAX, c = UINT32_MAX;

	for (; size >= 48; data += 48, size -= 48) {
		a = digest_crc32c_fast(a, digest_load(data));
		b = digest_crc32c_fast(b, digest_load(data + 8));
		c = digest_crc32c_fast(c, digest_load(data + 16));
		a = digest_crc32c_fast(a, digest_load(data + 24));
		b = digest_crc32c_fast(b, digest_load(data + 32));
		c = digest_crc32c_fast(c, digest_load(data + 40));
	}
	put((struct digest){{a | b << 32, c}}, ret);
}

void crc32c_one_lane(const uint8_t *data, uint64_t size, uint64_t ret[4])
{
	uint64_t crc = UINT32_MAX;

	for (; size >= 32; data += 32, size -= 32)
		for (int i = 0; i < 4; i++)
			crc = digest_crc32c_fast(crc, digest_load(data + 8 * i));
	put((struct digest){{crc, 0}}, ret);
}

static uint32_t rotate(uint32_t value, int count)
{
	return value >> count | value << (32 - count);
}

static uint32_t load_be32(const uint8_t *data)
{
	return (uint32_t)data[0] << 24 | data[1] << 16 | data[2] << 8 | data[3];
}

/* FIPS 180-4, 6.2.2, step 1. */
static void schedule(const uint8_t *block, uint32_t w[64])
{
	for (int t = 0; t < 16; t++)
		w[t] = load_be32(block + 4 * t);
	for (int t = 16; t < 64; t++) {
		uint32_t s0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3;
		uint32_t s1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10;

		w[t] = s1 + w[t - 7] + s0 + w[t - 16];
	}
}

/* FIPS 180-4, 6.2.2, steps 2 to 4, word for word. */
static void compress(uint32_t state[8], const uint8_t *data, uint64_t count)
{
	uint32_t w[64];

	for (; count; count--, data += SHA256_BLOCK) {
		uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
		uint32_t e = state[4], f = state[5], g = state[6], h = state[7];

		schedule(data, w);
		for (int t = 0; t < 64; t++) {
			uint32_t sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
			uint32_t sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
			uint32_t t1 = h + sum1 + ((e & f) ^ (~e & g)) + sha256_constants[t] + w[t];
			uint32_t t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));

			h = g, g = f, f = e, e = d + t1;
			d = c, c = b, b = a, a = t1 + t2;
		}
		state[0] += a, state[1] += b, state[2] += c, state[3] += d;
		state[4] += e, state[5] += f, state[6] += g, state[7] += h;
	}
}

void sha256_plain(const uint8_t *data, uint64_t size, uint64_t ret[4])
{
	sha256_by(compress, data, size, ret);
}
