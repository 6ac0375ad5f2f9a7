/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Page tables of x86-64, of 4 or 5 levels, that map memory to itself, as bytes to be placed. */
#ifndef BATON_ARCH_X86_PAGE_TABLES_H
#define BATON_ARCH_X86_PAGE_TABLES_H

#include <stdbool.h>

#include "base/blob.h"
#include "base/bytes.h"
#include "base/range.h"

struct error;

/** End of what 4 levels can map to itself: from here to the upper half no address is canonical. */
#define FOUR_LEVELS_END	  (UINT64_C(1) << 47)

/** The same of 5 levels: a physical address has at most 52 bits. */
#define FIVE_LEVELS_END	  (UINT64_C(1) << 52)

/** End of the memory that a kernel with 4 levels uses: MAX_PHYSMEM_BITS in
 * arch/x86/include/asm/sparsemem.h. */
#define FOUR_LEVELS_REACH (UINT64_C(1) << 46)

/**
 * Make tables of the whole pages of 2 MiB that hold @mapped; every processor has those.
 *
 * @param mapped   inside [0, FOUR_LEVELS_END) with 4 @levels, or ERROR_OTHER
 * @param address  of the tables: physical, page-aligned
 */
struct error *page_tables_build(
	const struct range_set *mapped, unsigned int levels, uint64_t address, struct blob *ret);
/** Bytes that the tables of @mapped take. @mapped is as above. */
struct error *page_tables_size(const struct range_set *mapped, unsigned int levels, uint64_t *ret);

/**
 * Do @tables, which lie at @address, map all of @range to itself, as the processor would read them?
 * False also where they lead outside of @tables.
 */
bool page_tables_map(
	struct bytes tables, uint64_t address, unsigned int levels, struct range range);

#endif
