/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of /sys/firmware/memmap: finished, it is sorted and disjoint, and RAM did not grow. */
#include "base/error.h"
#include "machine/facts.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_memory_map_ struct memory_map map = {0};
	_cleanup_range_set_ struct range_set ram = {0};
	_cleanup_error_ struct error *error = NULL;

	error = firmware_memmap_parse(bytes_of(data, size), &map);
	if (error)
		return 0;
	firmware_memmap_resolve(&map, &(struct memory_map){0});
	for (size_t i = 0; i < map.count && !error; i++)
		if (map.ranges[i].type == MEMORY_RAM)
			error = range_set_add(
				&ram, (struct range){map.ranges[i].start, map.ranges[i].end});
	if (!error)
		error = memory_map_finish(&map);
	if (error)
		return 0;
	for (size_t i = 0; i < map.count; i++)
		if (map.ranges[i].start >= map.ranges[i].end || !map.ranges[i].type ||
			(i && map.ranges[i - 1].end > map.ranges[i].start))
			abort();
	if (memory_map_total(&map, MEMORY_RAM) > range_set_total(&ram))
		abort();
	return 0;
}
