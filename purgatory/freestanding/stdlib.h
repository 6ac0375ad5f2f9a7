/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See string.h. xxhash.h names these in functions that purgatory does not have. */
#ifndef BATON_PURGATORY_FREESTANDING_STDLIB_H
#define BATON_PURGATORY_FREESTANDING_STDLIB_H

#include <stddef.h>

void *malloc(size_t size);
void free(void *memory);

#endif
