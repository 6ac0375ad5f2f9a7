/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Format: Intel SDM volume 3, 4.5 (4- and 5-level paging). No page is global or closed to
 * execution. */
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
enum { LEVEL_2_SHIFT = 21, LEVEL_3_SHIFT = 30, LEVEL_4_SHIFT = 39, LEVEL_5_SHIFT = 48 };

#define ADDRESS_MASK UINT64_C(0x000ffffffffff000)

/* Of the index into the first table. */
static unsigned int root_shift(unsigned int levels)
{
	return levels == 5 ? LEVEL_5_SHIFT : LEVEL_4_SHIFT;
}

/* In how many blocks of 1 << @shift bytes does something of @mapped lie? */
static struct error *count_blocks(const struct range_set *mapped, unsigned int shift, uint64_t *ret)
{
	_cleanup_range_set_ struct range_set blocks = {0};
	const uint64_t size = UINT64_C(1) << shift;

	for (size_t i = 0; i < mapped->count; i++) {
		struct range block = {.start = align_down(mapped->ranges[i].start, size)};

		align_up(mapped->ranges[i].end, size, &block.end);
		TRY(range_set_add(&blocks, block));
	}
	*ret = range_set_total(&blocks) >> shift;
	return NULL;
}

static struct error *check_reach(const struct range_set *mapped, unsigned int levels)
{
	const uint64_t end = levels == 5 ? FIVE_LEVELS_END : FOUR_LEVELS_END;

	for (size_t i = 0; i < mapped->count; i++)
		if (mapped->ranges[i].end > end)
			return error_new(ERROR_OTHER,
				"page tables of %u levels reach up to 0x%" PRIx64
				", not 0x%" PRIx64,
				levels, end, mapped->ranges[i].end);
	return NULL;
}

struct error *page_tables_size(const struct range_set *mapped, unsigned int levels, uint64_t *ret)
{
	uint64_t pages = 1, more;

	*ret = 0;
	TRY(check_reach(mapped, levels));
	for (unsigned int shift = LEVEL_3_SHIFT; shift <= root_shift(levels); shift += INDEX_BITS) {
		TRY(count_blocks(mapped, shift, &more));
		pages += more;
	}
	*ret = pages * PAGE;
	return NULL;
}

/* Tables being made: the first page is the root, and each further one the next that was needed. */
struct tables {
	struct blob *blob;
	uint64_t address;
	uint64_t used;	   /* bytes */
	unsigned int root; /* shift of the root's level */
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

	for (unsigned int shift = tables->root; shift > LEVEL_2_SHIFT; shift -= INDEX_BITS)
		table = table_below(tables, entry_in(table, address, shift));
	store_le64(entry_in(table, address, LEVEL_2_SHIFT),
		address | PRESENT | WRITABLE | ACCESSED | DIRTY | LARGE);
}

struct error *page_tables_build(
	const struct range_set *mapped, unsigned int levels, uint64_t address, struct blob *ret)
{
	const uint64_t page = UINT64_C(1) << LEVEL_2_SHIFT;
	struct tables tables = {
		.blob = ret, .address = address, .used = PAGE, .root = root_shift(levels)};
	uint64_t size;

	TRY(page_tables_size(mapped, levels, &size));
	TRY(blob_resize(ret, size));
	for (size_t i = 0; i < mapped->count; i++) {
		const struct range *range = &mapped->ranges[i];

		for (uint64_t at = align_down(range->start, page); at < range->end; at += page)
			map_large_page(&tables, at);
	}
	return NULL;
}

/* As the processor goes down the levels to an address; false if it would fault. */
static bool maps_page(struct bytes tables, uint64_t root, unsigned int levels, uint64_t address)
{
	uint64_t table = root;

	for (unsigned int shift = root_shift(levels);; shift -= INDEX_BITS) {
		uint64_t offset =
			table - root + (address >> shift) % (1 << INDEX_BITS) * ENTRY_SIZE;
		uint64_t value;

		if (table < root || !bytes_contain(tables, offset, ENTRY_SIZE))
			return false;
		value = load_le64(tables.data + offset);
		if ((value & (PRESENT | WRITABLE)) != (PRESENT | WRITABLE))
			return false;
		if (shift == LEVEL_2_SHIFT)
			return (value & LARGE) && (value & ADDRESS_MASK) == address;
		if (value & LARGE)
			return false;
		table = value & ADDRESS_MASK;
	}
}

bool page_tables_map(struct bytes tables, uint64_t address, unsigned int levels, struct range range)
{
	const uint64_t page = UINT64_C(1) << LEVEL_2_SHIFT;

	for (uint64_t at = align_down(range.start, page); at < range.end; at += page)
		if (!maps_page(tables, address, levels, at))
			return false;
	return true;
}
