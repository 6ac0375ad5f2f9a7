/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The functions that a freestanding compiler may call, and one for much memory. */
#include "purgatory.h"

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int value, size_t size);

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	void *start = to;

	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
	return start;
}

void *memset(void *to, int value, size_t size)
{
	void *start = to;

	__asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
	return start;
}

void memory_clear(uintptr_t address, uint64_t size)
{
	size_t words = (size_t)(size / sizeof(long));

	__asm__ volatile(
#if defined(__x86_64__)
		"rep stosq"
#else
		"rep stosl"
#endif
		: "+D"(address), "+c"(words)
		: "a"(0L)
		: "memory");
}
