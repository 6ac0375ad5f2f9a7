/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/facts.h"

/* One line: START <tab> END <tab> TYPE. */
static bool parse_line(struct text line, struct memory_range *ret)
{
	uint64_t last;

	if (!text_hex(&line, &ret->start) || !text_skip(&line, "\t") || !text_hex(&line, &last) ||
		!text_skip(&line, "\t") || last < ret->start)
		return false;
	/* The very last byte of the address space is given up rather than wrapped around. */
	ret->end = last == UINT64_MAX ? last : last + 1;
	if (!memory_type_of(line, &ret->type))
		ret->type = MEMORY_TYPE_UNKNOWN;
	return true;
}

struct error *firmware_memmap_parse(struct bytes table, struct memory_map *ret)
{
	struct text text = text_of(table), line;
	size_t number = 1;

	for (; text_take(&text, '\n', &line); number++) {
		struct memory_range range;

		if (!parse_line(line, &range))
			return error_new(ERROR_FORMAT,
				"entry %zu: not a hexadecimal start, a later end, and a type: "
				"\"%.*s\"",
				number, (int)(text_size(line) < 80 ? text_size(line) : 80),
				line.at);
		TRY(memory_map_add(ret, range));
	}
	return NULL;
}

/* The type of exactly this range in a sorted map; MEMORY_TYPE_UNKNOWN if it is not there. */
static uint32_t type_in(const struct memory_map *map, struct memory_range range)
{
	size_t low = 0, high = map->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->ranges[middle].start < range.start)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == map->count || map->ranges[low].start != range.start ||
		map->ranges[low].end != range.end)
		return MEMORY_TYPE_UNKNOWN;
	return map->ranges[low].type;
}

size_t firmware_memmap_resolve(struct memory_map *map, const struct memory_map *numbers)
{
	size_t unresolved = 0;

	for (size_t i = 0; i < map->count; i++) {
		struct memory_range *range = &map->ranges[i];

		if (range->type != MEMORY_TYPE_UNKNOWN)
			continue;
		range->type = type_in(numbers, *range);
		/* RAM would have had its name: the two maps contradict each other. */
		if (range->type != MEMORY_TYPE_UNKNOWN && range->type != MEMORY_RAM)
			continue;
		range->type = MEMORY_RESERVED;
		unresolved++;
	}
	return unresolved;
}
