/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * With which page tables is a 64-bit kernel entered? The running kernel leaves its own, of 4 or 5
 * levels. Where it leaves 5 and the new one cannot take them, does not say whether it can, or is
 * not to have them, purgatory goes down to 4, with tables of the plan's. And it goes over to such
 * ones where it clears memory that the running kernel's may lie in.
 */
#ifndef BATON_ARCH_X86_PAGE_LEVELS_H
#define BATON_ARCH_X86_PAGE_LEVELS_H

#include <stdbool.h>
#include <stdint.h>

#include "decision/request.h"

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
 * As struct arch has it: tables_size(). Errors: ERROR_UNSUPPORTED where purgatory must go down to 4
 * levels but cannot. What the tables map is the layout's segments, the kernel's entry, and the
 * first 2 MiB. layout->table_levels says of how many levels they are.
 */
struct error *page_levels_tables_size(const struct question *question,
	const struct decision *decision, struct layout *layout, uint64_t *ret);

#endif
