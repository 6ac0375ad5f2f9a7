/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one place that knows about holes: a placement is a request, the answer is an address. */
#ifndef BATON_PLAN_ALLOCATOR_H
#define BATON_PLAN_ALLOCATOR_H

#include "base/range.h"
#include "decision/rules.h"

struct error;

struct allocator {
	struct range_set free;
	uint64_t minimum, maximum; /* as given to allocator_init() */
};

/** @usable narrowed to whole pages inside [minimum, maximum). */
struct error *allocator_init(struct allocator *allocator, const struct range_set *usable,
	uint64_t minimum, uint64_t maximum);
/**
 * Find a place and take it. ERROR_NO_SPACE names what was asked for and the largest hole there is.
 */
struct error *allocator_place(
	struct allocator *allocator, const struct placement *placement, uint64_t *ret);
/**
 * As allocator_place(), but at any of the possible places with equal likelihood: number @random of
 * them, scaled from all 64-bit values. `top_down` is ignored.
 */
struct error *allocator_place_random(struct allocator *allocator, const struct placement *placement,
	uint64_t random, uint64_t *ret);
/** How many places there are for @placement. */
uint64_t allocator_count_places(
	const struct allocator *allocator, const struct placement *placement);
/** Take exactly [address, address + size) if all of it is free; false if not. */
struct error *allocator_take(
	struct allocator *allocator, uint64_t address, uint64_t size, bool *ret_taken);
void allocator_deinit(struct allocator *allocator);
#define _cleanup_allocator_ __attribute__((cleanup(allocator_deinit)))

#endif
