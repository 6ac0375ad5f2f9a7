/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* XXH3 by the vector instructions that the compiler's flags allow; DIGEST_NAME is what it is
 * called. */
#include "digest_candidates.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

void DIGEST_NAME(const uint8_t *data, uint64_t size, uint64_t ret[4])
{
	XXH128_hash_t hash = XXH3_128bits(data, size);

	ret[0] = hash.low64;
	ret[1] = hash.high64;
	ret[2] = ret[3] = 0;
}
