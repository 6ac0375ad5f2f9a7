/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SHA-256 but for its compression function: FIPS 180-4, 4.2.2 (constants), 5.1.1 and 5.3.3. */
#ifndef BATON_BENCH_DIGEST_SHA256_H
#define BATON_BENCH_DIGEST_SHA256_H

#include <stdint.h>

enum { SHA256_BLOCK = 64 };

static const uint32_t sha256_constants[64] = {0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5,
	0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
	0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152,
	0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
	0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624,
	0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3,
	0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/** Compress @count blocks into @state. */
typedef void sha256_blocks(uint32_t state[8], const uint8_t *data, uint64_t count);

/* The last bytes, a one bit, zeros, and the length in bits, big-endian. */
static inline uint64_t sha256_pad(
	const uint8_t *rest, uint64_t left, uint64_t size, uint8_t last[2 * SHA256_BLOCK])
{
	uint64_t end = left < SHA256_BLOCK - 8 ? SHA256_BLOCK : 2 * SHA256_BLOCK;

	for (uint64_t i = 0; i < end; i++)
		last[i] = i < left ? rest[i] : i == left ? 0x80 : 0;
	for (int i = 0; i < 8; i++)
		last[end - 1 - i] = (uint8_t)(size * 8 >> (8 * i));
	return end / SHA256_BLOCK;
}

/** The digest of all @size bytes by a compression function, which is always inlined. */
__attribute__((always_inline)) static inline void sha256_by(
	sha256_blocks *blocks, const uint8_t *data, uint64_t size, uint64_t ret[4])
{
	uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
		0x1f83d9ab, 0x5be0cd19};
	uint64_t whole = size / SHA256_BLOCK, left = size % SHA256_BLOCK;
	uint8_t last[2 * SHA256_BLOCK];

	blocks(state, data, whole);
	blocks(state, last, sha256_pad(data + size - left, left, size, last));
	for (int i = 0; i < 4; i++)
		ret[i] = state[2 * i] | (uint64_t)state[2 * i + 1] << 32;
}

#endif
