/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For xxhash.h, which includes the hosted headers: the C library's own may not be there for the
 * other word size, and nothing of it is used.
 */
#ifndef BATON_PURGATORY_FREESTANDING_STRING_H
#define BATON_PURGATORY_FREESTANDING_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int value, size_t size);

#endif
