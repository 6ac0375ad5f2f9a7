// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables for the way out of paging: the code that switches to them lies where it runs, and the
 * mover at its own address. More is not needed, since the mover switches paging off.
 *
 * Format: Intel SDM volume 3, 4.3 (32-bit paging) and 4.4 (PAE paging). No page is global or closed
 * to execution.
 */
#include "module.h"

#ifdef CONFIG_X86_PAE
typedef u64 table_slot;
enum { TOP_SHIFT = 30, BITS = 9 };
/* In the topmost table, which has four slots, these bits must be 0 (4.4.1). */
#define TOP_FLAGS _PAGE_PRESENT
#else
typedef u32 table_slot;
enum { TOP_SHIFT = 22, BITS = 10 };
#define TOP_FLAGS TABLE_FLAGS
#endif

#define TABLE_FLAGS (_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY)

static table_slot *slot_in(table_slot *table, unsigned long address, unsigned int shift)
{
	return &table[(address >> shift) % (1 << BITS)];
}

/* All of the image's own pages are low memory, so they lie below 4 GiB and are mapped. */
static int map_page(struct baton_image *image, unsigned long address, phys_addr_t physical)
{
	table_slot *table = image->root;

	for (unsigned int at = TOP_SHIFT; at > PAGE_SHIFT; at -= BITS) {
		table_slot *slot = slot_in(table, address, at);

		if (!*slot) {
			void *page = baton_page_own(image);

			if (!page)
				return -ENOMEM;
			*slot = virt_to_phys(page) | (at == TOP_SHIFT ? TOP_FLAGS : TABLE_FLAGS);
		}
		table = phys_to_virt(*slot & PAGE_MASK);
	}
	*slot_in(table, address, PAGE_SHIFT) = physical | TABLE_FLAGS;
	return 0;
}

int baton_tables_make(
	struct baton_image *image, const struct baton_range *mapped, unsigned int count)
{
	unsigned long code = (unsigned long)baton_switch & PAGE_MASK;
	unsigned long control = virt_to_phys(image->control);
	int error;

	image->root = baton_page_own(image);
	if (!image->root)
		return -ENOMEM;
	error = map_page(image, code, PFN_PHYS(vmalloc_to_pfn((void *)code)));
	return error ?: map_page(image, control, control);
}
