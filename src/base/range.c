/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/range.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static struct error *reserve(struct range_set *set, size_t count)
{
	struct range *ranges;
	size_t capacity = set->capacity;

	if (count <= capacity)
		return NULL;
	while (capacity < count)
		capacity = capacity ? capacity * 2 : 16;
	ranges = reallocarray(set->ranges, capacity, sizeof(*ranges));
	if (!ranges)
		return error_no_memory();
	set->ranges = ranges;
	set->capacity = capacity;
	return NULL;
}

size_t range_set_find(const struct range_set *set, uint64_t address)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->ranges[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Replace the @old ranges from @first on by the @new ranges at @with. */
static struct error *splice(
	struct range_set *set, size_t first, size_t old, const struct range *with, size_t new)
{
	TRY(reserve(set, set->count - old + new));
	memmove(set->ranges + first + new, set->ranges + first + old,
		(set->count - first - old) * sizeof(*set->ranges));
	for (size_t i = 0; i < new; i++)
		set->ranges[first + i] = with[i];
	set->count = set->count - old + new;
	return NULL;
}

struct error *range_set_add(struct range_set *set, struct range range)
{
	size_t first, last;

	if (range_is_empty(range))
		return NULL;
	/* Maps come sorted: the usual place for a new range is the end. */
	if (set->count < set->capacity &&
		(!set->count || set->ranges[set->count - 1].end < range.start)) {
		set->ranges[set->count++] = range;
		return NULL;
	}
	/* A range that ends just where the new one starts is merged too. */
	first = set->count && set->ranges[set->count - 1].end < range.start
			? set->count
			: range_set_find(set, range.start ? range.start - 1 : 0);
	for (last = first; last < set->count && set->ranges[last].start <= range.end; last++) {
		if (set->ranges[last].start < range.start)
			range.start = set->ranges[last].start;
		if (set->ranges[last].end > range.end)
			range.end = set->ranges[last].end;
	}
	return splice(set, first, last - first, &range, 1);
}

struct error *range_set_remove(struct range_set *set, struct range range)
{
	struct range left[2];
	size_t first, last, count = 0;

	if (range_is_empty(range))
		return NULL;
	first = range_set_find(set, range.start);
	last = first;
	while (last < set->count && set->ranges[last].start < range.end)
		last++;
	if (first == last)
		return NULL;
	if (set->ranges[first].start < range.start)
		left[count++] = (struct range){set->ranges[first].start, range.start};
	if (set->ranges[last - 1].end > range.end)
		left[count++] = (struct range){range.end, set->ranges[last - 1].end};
	return splice(set, first, last - first, left, count);
}

struct error *range_set_subtract(struct range_set *set, const struct range_set *other)
{
	_cleanup_range_set_ struct range_set result = {0};
	size_t o = 0;

	for (size_t s = 0; s < set->count; s++) {
		struct range rest = set->ranges[s];

		while (o < other->count && other->ranges[o].end <= rest.start)
			o++;
		for (size_t k = o; k < other->count && other->ranges[k].start < rest.end; k++) {
			struct range before = {rest.start, other->ranges[k].start};

			TRY(range_set_add(&result, before));
			rest.start = other->ranges[k].end;
		}
		TRY(range_set_add(&result, rest));
	}
	range_set_deinit(set);
	*set = result;
	result = (struct range_set){0};
	return NULL;
}

struct error *range_set_intersect(struct range_set *set, const struct range_set *other)
{
	_cleanup_range_set_ struct range_set result = {0};
	size_t s = 0, o = 0;

	while (s < set->count && o < other->count) {
		TRY(range_set_add(&result, range_intersect(set->ranges[s], other->ranges[o])));
		if (set->ranges[s].end < other->ranges[o].end)
			s++;
		else
			o++;
	}
	range_set_deinit(set);
	*set = result;
	result = (struct range_set){0};
	return NULL;
}

struct error *range_set_copy(const struct range_set *set, struct range_set *ret)
{
	*ret = (struct range_set){0};
	TRY(reserve(ret, set->count));
	if (set->count)
		memcpy(ret->ranges, set->ranges, set->count * sizeof(*set->ranges));
	ret->count = set->count;
	return NULL;
}

bool range_set_contains(const struct range_set *set, struct range range)
{
	size_t i = range_set_find(set, range.start);

	return i < set->count && range_contains(set->ranges[i], range);
}

bool range_set_overlaps(const struct range_set *set, struct range range)
{
	size_t i = range_set_find(set, range.start);

	return i < set->count && !range_is_empty(range) && set->ranges[i].start < range.end;
}

uint64_t range_set_total(const struct range_set *set)
{
	uint64_t total = 0;

	for (size_t i = 0; i < set->count; i++)
		total += range_size(set->ranges[i]);
	return total;
}

void range_set_deinit(struct range_set *set)
{
	free(set->ranges);
	*set = (struct range_set){0};
}
