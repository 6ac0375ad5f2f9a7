/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A typed memory map, and making one sorted and disjoint. */
#include "machine/facts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * The names are those of e820_type_to_string() in arch/x86/kernel/e820.c, which
 * /sys/firmware/memmap shows, and of e820_type_to_iores_desc()'s ranges in /proc/iomem. Most
 * frequent first.
 */
#define TYPE(number, string)                                                                       \
	{                                                                                          \
		number, sizeof(string) - 1, string                                                 \
	}

static const struct {
	uint32_t type;
	uint32_t length;
	const char *name;
} types[] = {
	TYPE(MEMORY_RAM, "System RAM"),
	TYPE(MEMORY_RESERVED, "Reserved"),
	TYPE(MEMORY_ACPI, "ACPI Tables"),
	TYPE(MEMORY_NVS, "ACPI Non-volatile Storage"),
	TYPE(MEMORY_UNUSABLE, "Unusable memory"),
	TYPE(MEMORY_PMEM, "Persistent Memory"),
	TYPE(MEMORY_PRAM, "Persistent Memory (legacy)"),
	TYPE(MEMORY_SOFT_RESERVED, "Soft Reserved"),
};

enum { TYPE_COUNT = sizeof(types) / sizeof(types[0]) };

const char *memory_type_name(uint32_t type)
{
	for (size_t i = 0; i < TYPE_COUNT; i++)
		if (types[i].type == type)
			return types[i].name;
	return NULL;
}

/* Both of @size bytes, 8 or more, as all names in the table have: a call of memcmp() for each range
 * of a large machine is felt. */
static bool are_same(const char *a, const char *b, uint64_t size)
{
	return memcmp(a, b, 8) == 0 && memcmp(a + size - 8, b + size - 8, 8) == 0 &&
	       (size <= 16 || memcmp(a + 8, b + 8, size - 16) == 0);
}

bool memory_type_of(struct text name, uint32_t *ret)
{
	uint64_t size = text_size(name);

	/* Without regard to case: "reserved" in kernels before 4.12, and on other architectures. */
	for (size_t i = 0; i < TYPE_COUNT; i++)
		if (types[i].length == size &&
			(are_same(types[i].name, name.at, size) ||
				strncasecmp(types[i].name, name.at, size) == 0)) {
			*ret = types[i].type;
			return true;
		}
	return false;
}

void memory_map_deinit(struct memory_map *map)
{
	free(map->ranges);
	*map = (struct memory_map){0};
}

struct error *memory_map_add(struct memory_map *map, struct memory_range range)
{
	if (range.start >= range.end)
		return NULL;
	if (map->count == map->capacity) {
		size_t capacity = map->capacity ? map->capacity * 2 : 128;
		struct memory_range *ranges = reallocarray(map->ranges, capacity, sizeof(*ranges));

		if (!ranges)
			return error_no_memory();
		map->ranges = ranges;
		map->capacity = capacity;
	}
	map->ranges[map->count++] = range;
	return NULL;
}

uint64_t memory_map_total(const struct memory_map *map, uint32_t type)
{
	uint64_t total = 0;

	for (size_t i = 0; i < map->count; i++)
		if (map->ranges[i].type == type)
			total += map->ranges[i].end - map->ranges[i].start;
	return total;
}

static int compare_starts(const void *a, const void *b)
{
	const struct memory_range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

static int compare_addresses(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool is_sorted(const struct memory_map *map)
{
	for (size_t i = 1; i < map->count; i++)
		if (map->ranges[i - 1].start > map->ranges[i].start)
			return false;
	return true;
}

static bool is_disjoint(const struct memory_map *map)
{
	for (size_t i = 1; i < map->count; i++)
		if (map->ranges[i - 1].end > map->ranges[i].start)
			return false;
	return true;
}

/* The ranges that hold the address of the sweep, as a heap with the highest type on top. */
struct active {
	struct memory_range *heap;
	size_t count;
};

static void swap_ranges(struct memory_range *a, struct memory_range *b)
{
	struct memory_range kept = *a;

	*a = *b;
	*b = kept;
}

static void active_push(struct active *active, struct memory_range range)
{
	size_t at = active->count++;

	active->heap[at] = range;
	for (; at && active->heap[(at - 1) / 2].type < active->heap[at].type; at = (at - 1) / 2)
		swap_ranges(&active->heap[(at - 1) / 2], &active->heap[at]);
}

static void active_pop(struct active *active)
{
	size_t at = 0;

	active->heap[0] = active->heap[--active->count];
	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= active->count)
			return;
		if (child + 1 < active->count &&
			active->heap[child + 1].type > active->heap[child].type)
			child++;
		if (active->heap[child].type <= active->heap[at].type)
			return;
		swap_ranges(&active->heap[child], &active->heap[at]);
		at = child;
	}
}

/* Append [start, end) to a disjoint map, continuing its last range where type and place agree. */
static struct error *extend(struct memory_map *map, uint64_t start, uint64_t end, uint32_t type)
{
	struct memory_range *last = map->count ? &map->ranges[map->count - 1] : NULL;

	if (last && last->end == start && last->type == type) {
		last->end = end;
		return NULL;
	}
	return memory_map_add(map, (struct memory_range){start, end, type});
}

/* Sweep over all places where a range begins or ends; at each, the highest type that holds wins. */
static struct error *sweep(const struct memory_map *map, const uint64_t *places, size_t place_count,
	struct active *active, struct memory_map *ret)
{
	size_t next = 0;

	for (size_t i = 0; i + 1 < place_count; i++) {
		for (; next < map->count && map->ranges[next].start == places[i]; next++) {
			while (active->count && active->heap[0].end <= places[i])
				active_pop(active);
			if (active->count && active->heap[0].type != map->ranges[next].type)
				ret->conflicts++;
			active_push(active, map->ranges[next]);
		}
		while (active->count && active->heap[0].end <= places[i])
			active_pop(active);
		if (active->count && places[i] < places[i + 1])
			TRY(extend(ret, places[i], places[i + 1], active->heap[0].type));
	}
	return NULL;
}

/* Make a sorted map disjoint. */
static struct error *resolve(struct memory_map *map)
{
	_cleanup_memory_map_ struct memory_map result = {.conflicts = map->conflicts};
	struct active active = {.heap = calloc(map->count, sizeof(*active.heap))};
	uint64_t *places = calloc(map->count, 2 * sizeof(*places));
	struct error *error = NULL;

	for (size_t i = 0; places && i < map->count; i++) {
		places[2 * i] = map->ranges[i].start;
		places[2 * i + 1] = map->ranges[i].end;
	}
	if (active.heap && places) {
		qsort(places, 2 * map->count, sizeof(*places), compare_addresses);
		error = sweep(map, places, 2 * map->count, &active, &result);
	} else {
		error = error_no_memory();
	}
	free(active.heap);
	free(places);
	if (error)
		return error;
	memory_map_deinit(map);
	*map = result;
	result = (struct memory_map){0};
	return NULL;
}

struct error *memory_map_finish(struct memory_map *map)
{
	if (!is_sorted(map))
		qsort(map->ranges, map->count, sizeof(*map->ranges), compare_starts);
	return is_disjoint(map) ? NULL : resolve(map);
}
