/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * With how many levels of page tables is a 64-bit kernel entered? The running kernel leaves 4 or 5.
 * Where it leaves 5 and the new one cannot take them, does not say whether it can, or is not to
 * have them, purgatory goes down to 4, with tables of the plan's.
 */
#ifndef BATON_PLAN_PAGE_LEVELS_H
#define BATON_PLAN_PAGE_LEVELS_H

#include "plan/allocator.h"
#include "plan/plan.h"

struct question;

/** Does the running kernel leave 5-level page tables? As an ELF, a plan starts with 4. */
bool leaves_5level(const struct machine *machine, enum method method);

/** The end of the memory that the new kernel uses: what it must find may not lie above. */
uint64_t page_levels_reach(const struct question *question, const struct plan *plan);

/**
 * Decide whether purgatory goes down to 4 levels, and note why. The kernel has been placed, so that
 * plan->direct is final. Errors: ERROR_UNSUPPORTED where it must but cannot.
 *
 * @param ret  page_levels_place() is to be called
 */
struct error *page_levels_decide(const struct question *question, struct plan *plan, bool *ret);

/**
 * Add the tables' segment; sets plan->page_table_root. They map the segments that the plan has so
 * far, the kernel's entry, @purgatory, themselves and the first 2 MiB.
 */
struct error *page_levels_place(
	struct plan *plan, struct allocator *allocator, struct range purgatory);

#endif
