/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A place by an architecture's rules. */
#ifndef BATON_PLAN_PLACE_H
#define BATON_PLAN_PLACE_H

#include "decision/rules.h"
#include "plan/allocator.h"

struct error;

/**
 * Take the place that the first rule finds which finds one.
 * @param ret_reason  why there: the rule's own, or among how many places it was drawn
 * ERROR_NO_SPACE where none does: that of the last rule, or what the rules say.
 */
struct error *place_by_rules(struct allocator *allocator, const struct rules *rules, uint64_t *ret,
	char ret_reason[static RULE_TEXT]);

#endif
