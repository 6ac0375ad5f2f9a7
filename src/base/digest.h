/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The digest that purgatory compares: XXH3, 64 bits, over the bytes of a region. It guards against
 * stray DMA and memory faults, not against an adversary: whoever can write to the segments between
 * load and jump can write to purgatory itself.
 *
 * Freestanding with scalar arithmetic, because the SSE state is not set up after the jump. The hosted
 * side computes the same value with whatever the compiler offers.
 */
#ifndef BATON_BASE_DIGEST_H
#define BATON_BASE_DIGEST_H

#include <stdint.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static inline uint64_t digest_of(const void *data, uint64_t size)
{
	return XXH3_64bits(data, size);
}

#endif
