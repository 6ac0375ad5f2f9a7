/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The CPU's own counter, which goes on counting across the jump. */
#ifndef BATON_BASE_COUNTER_H
#define BATON_BASE_COUNTER_H

#include <stdint.h>

/** Its value now; 0 where there is none that user space can read. */
static inline uint64_t counter_now(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return __builtin_ia32_rdtsc();
#else
	return 0;
#endif
}

#endif
