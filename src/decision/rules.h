/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where something may lie, as an architecture says it; plan/place.h looks for the place. */
#ifndef BATON_DECISION_RULES_H
#define BATON_DECISION_RULES_H

#include <stdbool.h>
#include <stdint.h>

struct placement {
	const char *name;   /* "initrd": for the error */
	uint64_t size;	    /* bytes, more than 0 */
	uint64_t alignment; /* a power of two, at least a page */
	uint64_t minimum;   /* first address allowed */
	uint64_t maximum;   /* end of what is allowed, exclusive; UINT64_MAX: none */
	bool top_down;	    /* the highest address that fits, else the lowest */
};

enum {
	RULES_MAX = 3,
	RULE_TEXT = 256, /* bytes of a sentence, its NUL included */
};

struct rule {
	struct placement placement;
	bool exact;  /* at placement.minimum and nowhere else */
	bool random; /* at any of the places, drawn by `draw` out of all 64-bit values */
	uint64_t draw;
	char reason[RULE_TEXT]; /* why there, once it was found by this rule */
};

/** The first rule that finds a place wins; the error of the last is the error. Zeroed: none. */
struct rules {
	struct rule list[RULES_MAX];
	unsigned int count;
	char refusal[RULE_TEXT]; /* the whole error, where the rules' own says too little; "" */
	char hint[RULE_TEXT];	 /* what to try, behind the error; "" */
};

#endif
