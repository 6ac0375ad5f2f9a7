/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The words for huge pages, whose meaning depends on their order: mm/hugetlb.c, hugepages_setup(),
 * hugepagesz_setup() and default_hugepagesz_setup(), as they are from 5.8 on. Older kernels differ
 * only where words contradict each other.
 */
#ifndef BATON_PLAN_HUGE_PAGES_H
#define BATON_PLAN_HUGE_PAGES_H

#include <stdbool.h>
#include <stdint.h>

enum { HUGE_PAGE_SIZES = 2 };

/** What was read so far. */
struct huge_pages {
	struct huge_page_size {
		uint64_t size;
		uint64_t count;
		bool named;	  /* by hugepagesz= or default_hugepagesz= */
		bool counted;	  /* by a hugepages= that was for it */
	} sizes[HUGE_PAGE_SIZES]; /* the first is the usual default */
	unsigned int now;	  /* the size that hugepages= is for */
	unsigned int normal;	  /* the default size */
	bool default_named;
	bool any_named;
	bool refused;  /* the size named last is none that there is: its hugepages= is ignored */
	bool implicit; /* hugepages= came before any size */
	uint64_t implicit_count;
};

struct huge_pages huge_pages_begin(bool kernel_32bit);
/** hugepagesz=, or default_hugepagesz= with @is_default. */
void huge_pages_size(struct huge_pages *pages, const char *value, bool is_default);
/** hugepages=: a number, or NODE:NUMBER,… */
void huge_pages_count(struct huge_pages *pages, const char *value);
/** Bytes of all of them. */
uint64_t huge_pages_total(const struct huge_pages *pages);
/** Bytes of those that need little memory in one piece, so that any that is free becomes some. */
uint64_t huge_pages_small(const struct huge_pages *pages);

#endif
