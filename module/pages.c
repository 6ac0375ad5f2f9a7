// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each page where it is needed, or else where no destination is.
 *
 * A page that the allocator gives may be some page's destination. Then that page is put there at
 * once: it needs no copy any more. So no page that is held lies in the destination of another one,
 * the moves can be made in any order, and none can hurt tables, list or mover. Each round takes
 * another destination, and there are only so many.
 */
#include "module.h"

#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/sched/signal.h>

/* No reclaim at the cost of others: an image that does not fit is refused, and nobody is killed. */
#define BATON_GFP (GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)

enum { CLAIM_PAGES = 512 }; /* at a time: what fails to give way then is small */

/* The place of page frame @pfn among the destinations, or NULL. */
static struct page **place_of(struct baton_image *image, unsigned long pfn)
{
	for (unsigned int i = 0; i < image->part_count; i++) {
		struct baton_part *part = &image->parts[i];
		unsigned long first = PHYS_PFN(part->address);

		if (pfn >= first && pfn - first < part->page_count)
			return &part->pages[pfn - first];
	}
	return NULL;
}

/* A page outside of every destination, not cleared, in low memory. */
static struct page *page_outside(struct baton_image *image)
{
	/* The allocator may have many of the destinations to give. */
	for (; !fatal_signal_pending(current); cond_resched()) {
		struct page *page = alloc_page(BATON_GFP);
		struct page **place, *former;

		if (!page)
			return NULL;
		image->held++;
		place = place_of(image, page_to_pfn(page));
		if (!place)
			return page;
		former = *place;
		*place = page;
		if (!former)
			continue;
		copy_page(page_address(page), page_address(former));
		return former;
	}
	return NULL;
}

struct page *baton_page_for(struct baton_image *image, struct baton_part *part, unsigned long index)
{
	if (!part->pages[index]) {
		struct page *page = page_outside(image);

		/* The search may have come upon this very destination, and then on nothing. */
		if (!part->pages[index])
			part->pages[index] = page;
		else if (page)
			list_add(&page->lru, &image->spare);
	}
	return part->pages[index];
}

void *baton_page_own(struct baton_image *image)
{
	struct page *page;

	/* One that was taken for a destination which then came by itself. */
	page = list_first_entry_or_null(&image->spare, struct page, lru);
	if (page)
		list_del(&page->lru);
	else
		page = page_outside(image);
	if (!page)
		return NULL;
	clear_page(page_address(page));
	list_add(&page->lru, &image->own);
	return page_address(page);
}

#ifdef CONFIG_CONTIG_ALLOC
/* The third argument was a migrate type before it was a set of flags; both mean the ordinary. */
#ifdef ACR_FLAGS_NONE
#define BATON_CONTIG_ORDINARY ACR_FLAGS_NONE
#else
#define BATON_CONTIG_ORDINARY MIGRATE_MOVABLE
#endif

/* Newer kernels refuse flags that have no meaning there, __GFP_NORETRY among them. */
#define CLAIM_GFP (GFP_KERNEL | __GFP_NOWARN)

/* Page blocks that reach into another zone (a 32-bit kernel's high memory begins anywhere). */
static bool is_in_one_zone(unsigned long first, unsigned long end)
{
	unsigned long last = round_up(end, pageblock_nr_pages) - 1;

	first = round_down(first, pageblock_nr_pages);
	return pfn_valid(first) && pfn_valid(last) &&
	       page_zone_id(pfn_to_page(first)) == page_zone_id(pfn_to_page(last));
}

/* The kernel's own image, and what it reserved at its start: asking for those is in vain. */
static bool may_give_way(unsigned long first, unsigned long end)
{
	if (!is_in_one_zone(first, end))
		return false;
	for (unsigned long pfn = first; pfn < end; pfn++)
		if (!pfn_valid(pfn) || PageReserved(pfn_to_page(pfn)))
			return false;
	return true;
}

/* Who gives way needs another page. Where there is none, the kernel logs a stack trace. */
static bool room_to_give_way(unsigned long count)
{
	return si_mem_available() >= (long)count;
}

static void claim(
	struct baton_image *image, struct baton_part *part, unsigned long from, unsigned long to)
{
	unsigned long first = PHYS_PFN(part->address);

	if (!room_to_give_way(to - from) || !may_give_way(first + from, first + to) ||
		alloc_contig_range(first + from, first + to, BATON_CONTIG_ORDINARY, CLAIM_GFP))
		return;
	for (unsigned long i = from; i < to; i++)
		part->pages[i] = pfn_to_page(first + i);
	image->held += to - from;
}

void baton_pages_claim(struct baton_image *image)
{
	for (unsigned int i = 0; i < image->part_count; i++) {
		struct baton_part *part = &image->parts[i];
		unsigned long skew = PHYS_PFN(part->address) % CLAIM_PAGES;
		unsigned long from = 0;

		while (from < part->page_count && !fatal_signal_pending(current)) {
			unsigned long to = min(part->page_count,
				round_down(from + skew, CLAIM_PAGES) + CLAIM_PAGES - skew);

			claim(image, part, from, to);
			from = to;
			cond_resched();
		}
	}
}
#else
void baton_pages_claim(struct baton_image *image)
{
}
#endif
