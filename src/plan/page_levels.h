/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * With how many levels of page tables is a 64-bit kernel entered? The running kernel leaves 4 or 5.
 * Where it leaves 5 and the new one cannot take them, does not say whether it can, or is not to
 * have them, purgatory goes down to 4, with tables of the plan's.
 */
#ifndef BATON_PLAN_PAGE_LEVELS_H
#define BATON_PLAN_PAGE_LEVELS_H

#include "plan/allocator.h"
#include "plan/request.h"

struct decision;
struct error;
struct layout;
struct machine;
struct question;

/** Does the running kernel leave 5-level page tables? As an ELF, a plan starts with 4. */
bool leaves_5level(const struct machine *machine, enum method method);

/** The end of the memory that the new kernel uses: what it must find may not lie above. */
uint64_t page_levels_reach(const struct question *question, const struct decision *decision);

/**
 * Decide whether purgatory goes down to 4 levels, and note why. The kernel has been placed. Errors:
 * ERROR_UNSUPPORTED where it must but cannot.
 *
 * @param ret  page_levels_place() is to be called
 */
struct error *page_levels_decide(const struct question *question, const struct decision *decision,
	struct layout *layout, bool *ret);

/**
 * Find the tables' place, and what they are to map: the segments that the layout has so far, the
 * kernel's entry, themselves and the first 2 MiB. Sets layout->mapped; page_tables_build() makes
 * them of it.
 */
struct error *page_levels_place(struct layout *layout, struct allocator *allocator);

#endif
