/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arch/x86/e820.h"

#include "arch/x86/boot_params.h"
#include "arch/x86/setup_data.h"
#include "base/error.h"

static void store_entry(uint8_t *entry, const struct memory_range *range)
{
	store_le64(entry, range->start);
	store_le64(entry + 8, range->end - range->start);
	store_le32(entry + 16, range->type);
}

/* All entries of @map into @table, which has room for as many; returns how many were written. */
static size_t encode(const struct memory_map *map, bool merge, uint8_t *table)
{
	size_t count = 0;

	for (size_t i = 0; i < map->count; i++) {
		struct memory_range range = map->ranges[i];

		while (merge && i + 1 < map->count && map->ranges[i + 1].start == range.end &&
			map->ranges[i + 1].type == range.type)
			range.end = map->ranges[++i].end;
		store_entry(table + count++ * E820_ENTRY_SIZE, &range);
	}
	return count;
}

/* RAM from 1 MiB up to the first hole, in KiB: what BIOS interrupts 0x15, AH=0x88 and E801 told. */
static uint64_t extended_memory_kib(const struct memory_map *map)
{
	uint64_t end = UINT64_C(1) << 20;

	for (size_t i = 0; i < map->count; i++) {
		const struct memory_range *range = &map->ranges[i];

		if (range->type == MEMORY_RAM && range->start <= end && range->end > end)
			end = range->end;
	}
	return (end - (UINT64_C(1) << 20)) >> 10;
}

static void fill_old_sizes(uint8_t *boot_params, const struct memory_map *map)
{
	uint64_t kib = extended_memory_kib(map);

	store_le16(boot_params + BP_EXT_MEM_K, (uint16_t)(kib > 0xfc00 ? 0xfc00 : kib));
	store_le32(boot_params + BP_ALT_MEM_K, (uint32_t)(kib > UINT32_MAX ? UINT32_MAX : kib));
}

struct error *e820_fill(
	struct boot_data *data, const struct memory_map *map, const struct image *image)
{
	_cleanup_blob_ struct blob table = {0};
	size_t count, here;

	fill_old_sizes(data->bytes.data, map);
	if (!map->count)
		return NULL;
	TRY(blob_resize(&table, map->count * E820_ENTRY_SIZE));
	data->e820_merged = map->count > boot_data_e820_max(image);
	count = encode(map, data->e820_merged, table.data);
	here = count < BP_E820_MAX ? count : BP_E820_MAX;
	memcpy(data->bytes.data + BP_E820_TABLE, table.data, here * E820_ENTRY_SIZE);
	data->bytes.data[BP_E820_ENTRIES] = (uint8_t)here;
	data->e820_count = (unsigned int)here;
	data->e820_extension_count = (unsigned int)(count - here);
	if (!boot_data_takes_setup_data(image)) {
		data->e820_left_out = data->e820_extension_count;
		data->e820_extension_count = 0;
		return NULL;
	}
	if (count == here)
		return NULL;
	return setup_data_add(data, SETUP_DATA_E820_EXT,
		bytes_of(table.data + here * E820_ENTRY_SIZE, (count - here) * E820_ENTRY_SIZE));
}
