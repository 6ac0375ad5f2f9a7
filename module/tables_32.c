// SPDX-License-Identifier: GPL-2.0-only
/*
 * On 32-bit x86 the next kernel starts without paging, and so does the mover. Page tables are
 * needed for one moment: they hold the code that switches to them, where it runs, and the mover at
 * its own address, where it switches paging off.
 *
 * Format: Intel SDM volume 3, 4.3 (32-bit paging) and 4.4 (PAE).
 */
#include "module.h"

#include <linux/pgtable.h>

#define TABLE_FLAGS (_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY)

#ifdef CONFIG_X86_PAE
typedef u64 entry_t;
/* All but "present" is reserved in the four entries at the top. */
#define TOP_FLAGS _PAGE_PRESENT
#else
typedef u32 entry_t;
#define TOP_FLAGS TABLE_FLAGS
#endif

static entry_t *table_at(struct baton_image *image, entry_t *slot, entry_t flags)
{
	if (!*slot) {
		void *page = baton_page_own(image);

		if (!page)
			return NULL;
		*slot = virt_to_phys(page) | flags;
	}
	return phys_to_virt((unsigned long)*slot & PAGE_MASK);
}

/* The module itself may lie above 4 GiB. */
static int map_page(struct baton_image *image, unsigned long address, phys_addr_t physical)
{
	entry_t *table = image->root;

#ifdef CONFIG_X86_PAE
	table = table_at(image, &table[address >> PGDIR_SHIFT], TOP_FLAGS);
	if (!table)
		return -ENOMEM;
	table = table_at(image, &table[(address >> PMD_SHIFT) % PTRS_PER_PMD], TABLE_FLAGS);
#else
	table = table_at(image, &table[address >> PGDIR_SHIFT], TOP_FLAGS);
#endif
	if (!table)
		return -ENOMEM;
	table[(address >> PAGE_SHIFT) % PTRS_PER_PTE] = physical | TABLE_FLAGS;
	return 0;
}

/* Nothing is mapped when the next kernel starts, and so @mapped does not matter. */
int baton_tables_make(
	struct baton_image *image, const struct baton_range *mapped, unsigned int count)
{
	unsigned long running = (unsigned long)baton_switch & PAGE_MASK;
	unsigned long mover = virt_to_phys(image->control);
	int error;

	image->root = baton_page_own(image);
	if (!image->root)
		return -ENOMEM;
	error = map_page(image, running, PFN_PHYS(vmalloc_to_pfn((void *)running)));
	return error ?: map_page(image, mover, mover);
}
