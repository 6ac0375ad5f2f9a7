/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/allocator.h"

#include "base/error.h"
#include "base/wide.h"

#include <inttypes.h>

enum { PAGE = 4096 };

struct error *allocator_init(struct allocator *allocator, const struct range_set *usable,
	uint64_t minimum, uint64_t maximum)
{
	*allocator = (struct allocator){.minimum = minimum, .maximum = maximum};
	for (size_t i = 0; i < usable->count; i++) {
		struct range range = range_intersect(
			usable->ranges[i], (struct range){.start = minimum, .end = maximum});

		if (!align_up(range.start, PAGE, &range.start))
			continue;
		range.end = align_down(range.end, PAGE);
		TRY(range_set_add(&allocator->free, range));
	}
	return NULL;
}

/* The place for @placement inside the one hole @hole, if it fits. */
static bool fit(const struct placement *placement, struct range hole, uint64_t *ret)
{
	struct range allowed = range_intersect(
		hole, (struct range){.start = placement->minimum, .end = placement->maximum});
	uint64_t start;

	if (range_is_empty(allowed) || range_size(allowed) < placement->size)
		return false;
	if (placement->top_down)
		start = align_down(allowed.end - placement->size, placement->alignment);
	else if (!align_up(allowed.start, placement->alignment, &start))
		return false;
	if (start < allowed.start || start > allowed.end - placement->size)
		return false;
	*ret = start;
	return true;
}

static struct error *no_space(const struct allocator *allocator, const struct placement *placement)
{
	struct range largest = {0};
	struct range allowed = range_intersect(
		(struct range){.start = placement->minimum, .end = placement->maximum},
		(struct range){.start = allocator->minimum, .end = allocator->maximum});

	for (size_t i = 0; i < allocator->free.count; i++) {
		struct range hole = range_intersect(allocator->free.ranges[i], allowed);

		if (!range_is_empty(hole) && range_size(hole) > range_size(largest))
			largest = hole;
	}
	return error_new(ERROR_NO_SPACE,
		"memory: no room for the %s: %" PRIu64 " KiB, aligned to 0x%" PRIx64
		", between 0x%" PRIx64 " and 0x%" PRIx64 "; the largest hole there is %" PRIu64
		" KiB at 0x%" PRIx64,
		placement->name, (placement->size + 1023) >> 10, placement->alignment,
		allowed.start, allowed.end, range_size(largest) >> 10, largest.start);
}

struct error *allocator_place(
	struct allocator *allocator, const struct placement *placement, uint64_t *ret)
{
	const struct range_set *free = &allocator->free;

	for (size_t i = 0; i < free->count; i++) {
		size_t index = placement->top_down ? free->count - 1 - i : i;

		if (!fit(placement, free->ranges[index], ret))
			continue;
		return range_set_remove(
			&allocator->free, (struct range){*ret, *ret + placement->size});
	}
	return no_space(allocator, placement);
}

/* How many aligned starts the hole @hole has for @placement; the first one is *@ret_first. */
static uint64_t count_places_in(
	const struct placement *placement, struct range hole, uint64_t *ret_first)
{
	struct placement lowest = *placement;
	uint64_t end;

	lowest.top_down = false;
	if (!fit(&lowest, hole, ret_first))
		return 0;
	end = hole.end < placement->maximum ? hole.end : placement->maximum;
	return (end - placement->size - *ret_first) / placement->alignment + 1;
}

uint64_t allocator_count_places(
	const struct allocator *allocator, const struct placement *placement)
{
	uint64_t count = 0, first;

	for (size_t i = 0; i < allocator->free.count; i++)
		count += count_places_in(placement, allocator->free.ranges[i], &first);
	return count;
}

struct error *allocator_place_random(struct allocator *allocator, const struct placement *placement,
	uint64_t random, uint64_t *ret)
{
	uint64_t count = allocator_count_places(allocator, placement), first, here;
	uint64_t index = scale_random(random, count);

	for (size_t i = 0; i < allocator->free.count; i++) {
		here = count_places_in(placement, allocator->free.ranges[i], &first);
		if (index >= here) {
			index -= here;
			continue;
		}
		*ret = first + index * placement->alignment;
		return range_set_remove(
			&allocator->free, (struct range){*ret, *ret + placement->size});
	}
	return no_space(allocator, placement);
}

struct error *allocator_take(
	struct allocator *allocator, uint64_t address, uint64_t size, bool *ret_taken)
{
	struct range range = {.start = address};

	*ret_taken = !__builtin_add_overflow(address, size, &range.end) &&
		     range_set_contains(&allocator->free, range);
	return *ret_taken ? range_set_remove(&allocator->free, range) : NULL;
}

void allocator_deinit(struct allocator *allocator)
{
	range_set_deinit(&allocator->free);
}
