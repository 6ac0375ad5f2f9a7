/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Products of 64-bit numbers, on machines whose compiler has no 128-bit type, too. */
#ifndef BATON_BASE_WIDE_H
#define BATON_BASE_WIDE_H

#include <stdint.h>

/** The product of @a and @b in two halves. */
struct wide {
	uint64_t high, low;
};

static inline struct wide multiply_wide(uint64_t a, uint64_t b)
{
	uint64_t low = (a & UINT32_MAX) * (b & UINT32_MAX);
	uint64_t left = (a >> 32) * (b & UINT32_MAX), right = (a & UINT32_MAX) * (b >> 32);
	uint64_t middle = (low >> 32) + (left & UINT32_MAX) + (right & UINT32_MAX);

	return (struct wide){
		.high = (a >> 32) * (b >> 32) + (left >> 32) + (right >> 32) + (middle >> 32),
		.low = middle << 32 | (low & UINT32_MAX),
	};
}

/** One of @count numbers from 0 on, by the random number @random: @random * @count / 2^64. */
static inline uint64_t scale_random(uint64_t random, uint64_t count)
{
	return multiply_wide(random, count).high;
}

/** @a * @b / @divisor, rounded down; UINT64_MAX if it is larger, or for a divisor of 0. */
static inline uint64_t multiply_divide(uint64_t a, uint64_t b, uint64_t divisor)
{
	struct wide rest = multiply_wide(a, b);
	uint64_t quotient = 0;

	if (rest.high >= divisor)
		return UINT64_MAX;
	if (!rest.high)
		return rest.low / divisor;
	/* By hand, a bit at a time: the remainder stays below the divisor. */
	for (int bit = 0; bit < 64; bit++) {
		uint64_t carry = rest.high >> 63;

		rest.high = rest.high << 1 | rest.low >> 63;
		rest.low <<= 1;
		quotient <<= 1;
		if (carry || rest.high >= divisor) {
			rest.high -= divisor;
			quotient |= 1;
		}
	}
	return quotient;
}

#endif
