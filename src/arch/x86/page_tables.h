/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* 4-level page tables of x86-64 that map memory to itself, as bytes to be placed. */
#ifndef BATON_ARCH_X86_PAGE_TABLES_H
#define BATON_ARCH_X86_PAGE_TABLES_H

#include "base/blob.h"
#include "base/range.h"

struct error;

/** End of what 4 levels can map to itself: from here to the upper half no address is canonical. */
#define FOUR_LEVELS_END	  (UINT64_C(1) << 47)

/** End of the memory that a kernel with 4 levels uses: MAX_PHYSMEM_BITS in
 * arch/x86/include/asm/sparsemem.h. */
#define FOUR_LEVELS_REACH (UINT64_C(1) << 46)

/**
 * Make tables of the whole pages of 2 MiB that hold @mapped; every processor has those.
 *
 * @param mapped   inside [0, FOUR_LEVELS_END), or ERROR_OTHER
 * @param address  of the tables: physical, page-aligned
 */
struct error *page_tables_build(const struct range_set *mapped, uint64_t address, struct blob *ret);
/** Bytes that the tables of @mapped take. @mapped is as above. */
struct error *page_tables_size(const struct range_set *mapped, uint64_t *ret);

#endif
