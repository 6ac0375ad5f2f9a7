// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables for the jump and for the next kernel's first steps: what kexec's own tables hold.
 * Everything lies at its own address, in pages of 2 MiB or 1 GiB; and the code that switches to
 * the tables lies where it runs as well.
 *
 * Format: Intel SDM volume 3, 4.5 (4-level and 5-level paging). No page is global or closed to
 * execution.
 */
#include "module.h"

#include <asm/cpufeature.h>
#include <asm/processor.h>
#include <asm/special_insns.h>

#define TABLE_FLAGS (_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY)

enum { BITS = 9, SLOTS = 1 << BITS };

static unsigned int top_shift(void)
{
	return PAGE_SHIFT + (__read_cr4() & X86_CR4_LA57 ? 4 : 3) * BITS;
}

static u64 *slot_in(u64 *table, u64 address, unsigned int shift)
{
	return &table[(address >> shift) % SLOTS];
}

static u64 *table_in(u64 slot)
{
	return phys_to_virt(slot & PTE_PFN_MASK);
}

/* Map the page of 1 << @shift bytes at @address, unless a larger one is there. */
static int map_page(struct baton_image *image, u64 address, u64 physical, unsigned int shift)
{
	u64 *table = image->root, *slot;
	unsigned int at;

	for (at = top_shift(); at > shift; at -= BITS) {
		slot = slot_in(table, address, at);
		if (*slot & _PAGE_PSE)
			return 0;
		if (!*slot) {
			void *page = baton_page_own(image);

			if (!page)
				return -ENOMEM;
			*slot = virt_to_phys(page) | TABLE_FLAGS;
		}
		table = table_in(*slot);
	}
	slot = slot_in(table, address, shift);
	if (!*slot)
		*slot = physical | TABLE_FLAGS | (shift > PAGE_SHIFT ? _PAGE_PSE : 0);
	return 0;
}

/* Is there a table of smaller pages for this GiB? */
static bool is_divided(const struct baton_image *image, u64 address)
{
	u64 *table = image->root;

	for (unsigned int at = top_shift(); at > PUD_SHIFT; at -= BITS) {
		u64 slot = *slot_in(table, address, at);

		if (!slot)
			return false;
		table = table_in(slot);
	}
	return *slot_in(table, address, PUD_SHIFT) && true;
}

/* The processor has a 1 GiB page, and the range fills it. A page that reached into what is not RAM
 * could be read ahead of need. */
static bool takes_large_page(const struct baton_image *image, u64 address, u64 end)
{
	return boot_cpu_has(X86_FEATURE_GBPAGES) && IS_ALIGNED(address, PUD_SIZE) &&
	       end - address >= PUD_SIZE && !is_divided(image, address);
}

static int map_identity(void *context, u64 start, u64 end)
{
	struct baton_image *image = context;
	u64 address = round_down(start, PMD_SIZE);

	while (address < end) {
		bool large = takes_large_page(image, address, end);
		int error = map_page(image, address, address, large ? PUD_SHIFT : PMD_SHIFT);

		if (error)
			return error;
		address += large ? PUD_SIZE : PMD_SIZE;
	}
	return 0;
}

static int map_running_code(struct baton_image *image)
{
	unsigned long page = (unsigned long)baton_switch & PAGE_MASK;

	return map_page(image, page, PFN_PHYS(vmalloc_to_pfn((void *)page)), PAGE_SHIFT);
}

int baton_tables_make(
	struct baton_image *image, const struct baton_range *mapped, unsigned int count)
{
	int error;

	image->root = baton_page_own(image);
	if (!image->root)
		return -ENOMEM;
	error = baton_memory_each_mapped(map_identity, image);
	for (unsigned int i = 0; !error && i < count; i++)
		error = map_identity(image, mapped[i].start, mapped[i].start + mapped[i].size);
	return error ?: map_running_code(image);
}
