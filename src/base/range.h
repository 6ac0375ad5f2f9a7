/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Half-open address ranges [start, end) and sorted sets of them. */
#ifndef BATON_BASE_RANGE_H
#define BATON_BASE_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

struct range {
	uint64_t start; /* first address inside */
	uint64_t end;	/* first address past it */
};

static inline uint64_t range_size(struct range range)
{
	return range.end - range.start;
}

static inline bool range_is_empty(struct range range)
{
	return range.end <= range.start;
}

static inline bool range_contains(struct range outer, struct range inner)
{
	return outer.start <= inner.start && inner.end <= outer.end;
}

static inline bool range_overlaps(struct range a, struct range b)
{
	return a.start < b.end && b.start < a.end;
}

static inline struct range range_intersect(struct range a, struct range b)
{
	return (struct range){
		.start = a.start > b.start ? a.start : b.start,
		.end = a.end < b.end ? a.end : b.end,
	};
}

/** Sorted, disjoint, no two touching; every function below keeps it so. */
struct range_set {
	struct range *ranges;
	size_t count;
	size_t capacity;
};

/** Add @range, merging with what it touches. Constant time when it goes at the end. */
struct error *range_set_add(struct range_set *set, struct range range);
/** Take @range out, splitting where needed. */
struct error *range_set_remove(struct range_set *set, struct range range);
/** Take every range of @other out, in time linear in both. */
struct error *range_set_subtract(struct range_set *set, const struct range_set *other);
/** Keep only what both hold, in time linear in both. */
struct error *range_set_intersect(struct range_set *set, const struct range_set *other);
struct error *range_set_copy(const struct range_set *set, struct range_set *ret);
/** True if all of @range is inside one range of the set. */
bool range_set_contains(const struct range_set *set, struct range range);
bool range_set_overlaps(const struct range_set *set, struct range range);
/** Index of the first range whose end lies past @address; `count` if there is none. */
size_t range_set_find(const struct range_set *set, uint64_t address);
uint64_t range_set_total(const struct range_set *set);
void range_set_deinit(struct range_set *set);
#define _cleanup_range_set_ __attribute__((cleanup(range_set_deinit)))

/** @value rounded up to @alignment, a power of two; false on overflow. */
static inline bool align_up(uint64_t value, uint64_t alignment, uint64_t *ret)
{
	if (__builtin_add_overflow(value, alignment - 1, ret))
		return false;
	*ret &= ~(alignment - 1);
	return true;
}

static inline uint64_t align_down(uint64_t value, uint64_t alignment)
{
	return value & ~(alignment - 1);
}

static inline bool is_power_of_two(uint64_t value)
{
	return value && !(value & (value - 1));
}

#endif
