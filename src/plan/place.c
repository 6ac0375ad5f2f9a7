/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/place.h"

#include "base/error.h"

#include <inttypes.h>
#include <stdio.h>

static struct error *take_exactly(
	struct allocator *allocator, const struct placement *placement, uint64_t *ret)
{
	bool taken;

	*ret = placement->minimum;
	TRY(allocator_take(allocator, *ret, placement->size, &taken));
	return taken ? NULL
		     : error_new(ERROR_NO_SPACE,
			       "memory: the %s must lie at 0x%" PRIx64 ", but that is not free RAM",
			       placement->name, *ret);
}

static struct error *draw(struct allocator *allocator, const struct rule *rule, uint64_t *ret,
	char ret_reason[static RULE_TEXT])
{
	uint64_t places = allocator_count_places(allocator, &rule->placement);

	if (places > 1)
		snprintf(ret_reason, RULE_TEXT, "one of %" PRIu64 " places, chosen at random",
			places);
	return allocator_place_random(allocator, &rule->placement, rule->draw, ret);
}

static struct error *by_rule(struct allocator *allocator, const struct rule *rule, uint64_t *ret,
	char ret_reason[static RULE_TEXT])
{
	snprintf(ret_reason, RULE_TEXT, "%s", rule->reason);
	if (rule->exact)
		return take_exactly(allocator, &rule->placement, ret);
	return rule->random ? draw(allocator, rule, ret, ret_reason)
			    : allocator_place(allocator, &rule->placement, ret);
}

static struct error *explain(const struct rules *rules, struct error *error)
{
	if (*rules->hint)
		error = error_hint(error, "%s", rules->hint);
	if (!*rules->refusal)
		return error;
	error_free(error);
	return error_new(ERROR_NO_SPACE, "%s", rules->refusal);
}

struct error *place_by_rules(struct allocator *allocator, const struct rules *rules, uint64_t *ret,
	char ret_reason[static RULE_TEXT])
{
	struct error *error = NULL;

	for (unsigned int i = 0; i < rules->count; i++) {
		error_free(error);
		error = by_rule(allocator, &rules->list[i], ret, ret_reason);
		if (error_code(error) != ERROR_NO_SPACE)
			return error;
	}
	return explain(rules, error);
}
