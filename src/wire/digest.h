/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The digests that purgatory compares. They guard against stray DMA and memory faults, not against
 * an adversary: whoever can write to the segments between load and jump can write to purgatory
 * itself.
 *
 * Two algorithms, of 128 bits each:
 * - CRC-32C in four lanes, by the CPU's own instruction (SSE4.2): word i of eight bytes goes to
 * lane i mod 4. Four lanes hide the instruction's latency, so that memory is the limit, and a
 * swapped or repeated page must deceive all four at once. A CRC finds every single flipped bit for
 * certain.
 * - XXH3 in integer arithmetic, where the CPU has no such instruction. Freestanding, because the
 * SSE state is not set up after the jump.
 *
 * docs/performance-digest.md has what was measured, and what each can and cannot miss.
 *
 * Freestanding: purgatory and the plan include the same code.
 */
#ifndef BATON_WIRE_DIGEST_H
#define BATON_WIRE_DIGEST_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Freestanding code calls memcpy() as a function, a dozen instructions for every word. */
#define XXH_FORCE_MEMORY_ACCESS 1
#define XXH_INLINE_ALL
#include <xxhash.h>

enum digest_algorithm {
	DIGEST_NONE = 0,
	DIGEST_XXH3_128 = 1,
	DIGEST_CRC32C_LANES = 2,
};

struct digest {
	uint64_t word[2];
};

static inline bool digest_equal(struct digest a, struct digest b)
{
	return a.word[0] == b.word[0] && a.word[1] == b.word[1];
}

/** The CRC-32C of one more word, bit by bit: for a host whose CPU has no instruction for it. */
static inline uint64_t digest_crc32c_slow(uint64_t crc, uint64_t word)
{
	/* The Castagnoli polynomial, reflected (RFC 3720, appendix B.4). */
	crc ^= word;
	for (int bit = 0; bit < 64; bit++)
		crc = crc & 1 ? crc >> 1 ^ UINT64_C(0x82f63b78) : crc >> 1;
	return crc;
}

#if defined(__x86_64__)
static inline uint64_t digest_crc32c_fast(uint64_t crc, uint64_t word)
{
	__asm__("crc32q %1, %0" : "+r"(crc) : "rm"(word));
	return crc;
}
#elif defined(__i386__)
static inline uint64_t digest_crc32c_fast(uint64_t crc, uint64_t word)
{
	uint32_t value = (uint32_t)crc;

	__asm__("crc32l %1, %0" : "+r"(value) : "rm"((uint32_t)word));
	__asm__("crc32l %1, %0" : "+r"(value) : "rm"((uint32_t)(word >> 32)));
	return value;
}
#endif

#if defined(__x86_64__) || defined(__i386__)

/** True if this CPU has the crc32 instruction: CPUID leaf 1, ECX bit 20 (Intel SDM 2A, CPUID). */
static inline bool digest_cpu_has_crc32c(void)
{
	uint32_t eax = 1, ebx, ecx = 0, edx;

	__asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	return ecx >> 20 & 1;
}
#else
static inline uint64_t digest_crc32c_fast(uint64_t crc, uint64_t word)
{
	return digest_crc32c_slow(crc, word);
}

static inline bool digest_cpu_has_crc32c(void)
{
	return false;
}
#endif

/** Eight bytes at any address, which the compiler may make part of another instruction. */
static inline uint64_t digest_load(const uint8_t *data)
{
	struct unaligned {
		uint64_t word;
	} __attribute__((packed, may_alias));

	return ((const struct unaligned *)data)->word;
}

/** Up to 31 bytes past the last whole 32, zeros added to a whole word, go on in the lanes' order.
 */
static inline void digest_crc32c_tail(
	uint64_t lanes[4], const uint8_t *data, uint64_t size, uint64_t (*step)(uint64_t, uint64_t))
{
	for (unsigned int lane = 0; size; lane++) {
		uint64_t word = 0, part = size < 8 ? size : 8;

		for (uint64_t i = 0; i < part; i++)
			word |= (uint64_t)data[i] << (8 * i);
		lanes[lane] = step(lanes[lane], word);
		data += part;
		size -= part;
	}
}

enum { DIGEST_CRC32C_BLOCK = 64 };

static inline void digest_crc32c_begin(uint64_t lanes[4])
{
	for (unsigned int lane = 0; lane < 4; lane++)
		lanes[lane] = UINT32_MAX;
}

/** Whole blocks, by @step; always inlined, so that @step is a constant. */
__attribute__((always_inline)) static inline void digest_crc32c_blocks(
	uint64_t state[4], const uint8_t *data, uint64_t size, uint64_t (*step)(uint64_t, uint64_t))
{
	uint64_t lanes[4] = {state[0], state[1], state[2], state[3]};

	for (; size >= DIGEST_CRC32C_BLOCK; data += 64, size -= 64) {
		lanes[0] = step(lanes[0], digest_load(data));
		lanes[1] = step(lanes[1], digest_load(data + 8));
		lanes[2] = step(lanes[2], digest_load(data + 16));
		lanes[3] = step(lanes[3], digest_load(data + 24));
		lanes[0] = step(lanes[0], digest_load(data + 32));
		lanes[1] = step(lanes[1], digest_load(data + 40));
		lanes[2] = step(lanes[2], digest_load(data + 48));
		lanes[3] = step(lanes[3], digest_load(data + 56));
	}
	for (unsigned int lane = 0; lane < 4; lane++)
		state[lane] = lanes[lane];
}

/** The rest, less than a block, and the lanes as one digest. */
static inline struct digest digest_crc32c_end(
	uint64_t lanes[4], const uint8_t *data, uint64_t size, uint64_t (*step)(uint64_t, uint64_t))
{
	if (size >= 32) {
		for (unsigned int lane = 0; lane < 4; lane++)
			lanes[lane] = step(lanes[lane], digest_load(data + 8 * lane));
		data += 32;
		size -= 32;
	}
	digest_crc32c_tail(lanes, data, size, step);
	return (struct digest){{lanes[0] | lanes[1] << 32, lanes[2] | lanes[3] << 32}};
}

/** Four lanes over @size bytes, by @step; always inlined, so that @step is a constant. */
__attribute__((always_inline)) static inline struct digest digest_crc32c_by(
	const uint8_t *data, uint64_t size, uint64_t (*step)(uint64_t, uint64_t))
{
	uint64_t whole = size & ~(uint64_t)(DIGEST_CRC32C_BLOCK - 1), lanes[4];

	digest_crc32c_begin(lanes);
	digest_crc32c_blocks(lanes, data, whole, step);
	return digest_crc32c_end(lanes, data + whole, size - whole, step);
}

/**
 * The digest of @size bytes by @algorithm; for an unknown one both words are zero.
 * DIGEST_CRC32C_LANES works on every CPU, but is quick only where digest_cpu_has_crc32c().
 */
static inline struct digest digest_of(
	enum digest_algorithm algorithm, const void *data, uint64_t size)
{
	if (algorithm == DIGEST_CRC32C_LANES)
		return digest_cpu_has_crc32c() ? digest_crc32c_by(data, size, digest_crc32c_fast)
					       : digest_crc32c_by(data, size, digest_crc32c_slow);
	if (algorithm == DIGEST_XXH3_128) {
		XXH128_hash_t hash = XXH3_128bits(data, size);

		return (struct digest){{hash.low64, hash.high64}};
	}
	return (struct digest){{0, 0}};
}

#endif
