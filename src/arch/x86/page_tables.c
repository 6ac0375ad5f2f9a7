/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Format: Intel SDM volume 3, 4.5 (4-level paging). No page is global or closed to execution. */
#include "arch/x86/page_tables.h"

#include "base/bytes.h"
#include "base/error.h"

#include <assert.h>
#include <inttypes.h>

enum {
	PAGE = 4096,
	ENTRY_SIZE = 8,
	INDEX_BITS = 9,
	/* Set beforehand, accessed and dirty: so nothing that a digest covers is written to. */
	PRESENT = 1 << 0,
	WRITABLE = 1 << 1,
	ACCESSED = 1 << 5,
	DIRTY = 1 << 6,
	LARGE = 1 << 7,
};

/* Bits of an address below the index into a table of each level. */
enum { LEVEL_2_SHIFT = 21, LEVEL_3_SHIFT = 30, LEVEL_4_SHIFT = 39 };

#define ADDRESS_MASK UINT64_C(0x000ffffffffff000)

/* In how many blocks of 1 << @shift bytes does something of @mapped lie? */
static struct error *count_blocks(const struct range_set *mapped, unsigned int shift, uint64_t *ret)
{
	_cleanup_range_set_ struct range_set blocks = {0};
	const uint64_t size = UINT64_C(1) << shift;

	for (size_t i = 0; i < mapped->count; i++) {
		struct range block = {.start = align_down(mapped->ranges[i].start, size)};

		if (mapped->ranges[i].end > FOUR_LEVELS_END)
			return error_new(ERROR_OTHER,
				"page tables of 4 levels reach up to 0x%" PRIx64 ", not 0x%" PRIx64,
				FOUR_LEVELS_END, mapped->ranges[i].end);
		align_up(mapped->ranges[i].end, size, &block.end);
		TRY(range_set_add(&blocks, block));
	}
	*ret = range_set_total(&blocks) >> shift;
	return NULL;
}

struct error *page_tables_size(const struct range_set *mapped, uint64_t *ret)
{
	uint64_t level_3, level_2;

	*ret = 0;
	TRY(count_blocks(mapped, LEVEL_4_SHIFT, &level_3));
	TRY(count_blocks(mapped, LEVEL_3_SHIFT, &level_2));
	*ret = (1 + level_3 + level_2) * PAGE;
	return NULL;
}

/* Tables being made: the first page is level 4, and each further one the next that was needed. */
struct tables {
	struct blob *blob;
	uint64_t address;
	uint64_t used; /* bytes */
};

static uint8_t *entry_in(uint8_t *table, uint64_t address, unsigned int shift)
{
	return table + (address >> shift) % (1 << INDEX_BITS) * ENTRY_SIZE;
}

/* The table that @entry refers to, a new one if there is none. */
static uint8_t *table_below(struct tables *tables, uint8_t *entry)
{
	uint64_t value = load_le64(entry);

	if (!value) {
		assert(tables->used + PAGE <= tables->blob->size);
		value = (tables->address + tables->used) | PRESENT | WRITABLE | ACCESSED;
		store_le64(entry, value);
		tables->used += PAGE;
	}
	return tables->blob->data + ((value & ADDRESS_MASK) - tables->address);
}

static void map_large_page(struct tables *tables, uint64_t address)
{
	uint8_t *table = tables->blob->data;

	table = table_below(tables, entry_in(table, address, LEVEL_4_SHIFT));
	table = table_below(tables, entry_in(table, address, LEVEL_3_SHIFT));
	store_le64(entry_in(table, address, LEVEL_2_SHIFT),
		address | PRESENT | WRITABLE | ACCESSED | DIRTY | LARGE);
}

struct error *page_tables_build(const struct range_set *mapped, uint64_t address, struct blob *ret)
{
	const uint64_t page = UINT64_C(1) << LEVEL_2_SHIFT;
	struct tables tables = {.blob = ret, .address = address, .used = PAGE};
	uint64_t size;

	TRY(page_tables_size(mapped, &size));
	TRY(blob_resize(ret, size));
	for (size_t i = 0; i < mapped->count; i++) {
		const struct range *range = &mapped->ranges[i];

		for (uint64_t at = align_down(range->start, page); at < range->end; at += page)
			map_large_page(&tables, at);
	}
	return NULL;
}
