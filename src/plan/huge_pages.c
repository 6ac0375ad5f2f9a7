/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/huge_pages.h"

#include "base/command_line.h"

#define MIB (UINT64_C(1) << 20)

struct huge_pages huge_pages_begin(bool kernel_32bit)
{
	/* Without PAE a 32-bit kernel has 4 MiB, with it 2; which it is, nobody says. */
	if (kernel_32bit)
		return (struct huge_pages){.sizes = {{.size = 4 * MIB}, {.size = 2 * MIB}}};
	return (struct huge_pages){.sizes = {{.size = 2 * MIB}, {.size = 1024 * MIB}}};
}

/* A count that came before any size is the default size's, as soon as that is known. */
static void settle_implicit(struct huge_pages *pages)
{
	if (!pages->implicit)
		return;
	pages->sizes[pages->normal].count = pages->implicit_count;
	pages->sizes[pages->normal].counted = true;
	pages->implicit = false;
}

static bool find(const struct huge_pages *pages, const char *value, unsigned int *ret)
{
	uint64_t size;

	if (!command_line_size(&value, &size))
		return false;
	for (unsigned int i = 0; i < HUGE_PAGE_SIZES; i++) {
		*ret = i;
		if (pages->sizes[i].size == size)
			return true;
	}
	return false;
}

void huge_pages_size(struct huge_pages *pages, const char *value, bool is_default)
{
	struct huge_page_size *size;
	unsigned int i;

	pages->refused = true;
	if ((is_default && pages->default_named) || !find(pages, value, &i))
		return;
	size = &pages->sizes[i];
	/* Named twice: only the default may be, and only before it is counted. */
	if (!is_default && size->named &&
		!(pages->default_named && i == pages->normal && !size->count))
		return;
	size->named = true;
	pages->any_named = true;
	pages->refused = false;
	pages->now = i;
	if (!is_default)
		return;
	pages->default_named = true;
	pages->normal = i;
	settle_implicit(pages);
}

/* As sscanf() reads "%lu": no suffix. */
static bool number(const char **text, uint64_t *ret)
{
	bool any = false;

	for (*ret = 0; **text >= '0' && **text <= '9'; (*text)++, any = true)
		if (__builtin_mul_overflow(*ret, 10, ret) ||
			__builtin_add_overflow(*ret, (uint64_t)(**text - '0'), ret))
			*ret = UINT64_MAX / 10;
	return any;
}

static uint64_t count_of(const char *value)
{
	uint64_t count, total = 0;

	if (!number(&value, &count))
		return 0;
	if (*value != ':')
		return count;
	while (*value == ':') {
		value++;
		if (!number(&value, &count) || __builtin_add_overflow(total, count, &total))
			break;
		if (*value != ',')
			break;
		value++;
		if (!number(&value, &count))
			break;
	}
	return total;
}

void huge_pages_count(struct huge_pages *pages, const char *value)
{
	struct huge_page_size *size = &pages->sizes[pages->now];

	if (pages->refused) {
		pages->refused = false;
		return;
	}
	if (!pages->any_named) {
		if (!pages->implicit)
			pages->implicit_count = count_of(value);
		pages->implicit = true;
		return;
	}
	if (!size->counted)
		size->count = count_of(value);
	size->counted = true;
}

static uint64_t bytes(const struct huge_page_size *size, uint64_t count)
{
	uint64_t product;

	return __builtin_mul_overflow(size->size, count, &product) ? UINT64_MAX : product;
}

static uint64_t total(const struct huge_pages *pages, uint64_t largest)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < HUGE_PAGE_SIZES; i++) {
		const struct huge_page_size *size = &pages->sizes[i];
		/* What came before all sizes overrides what the default was given by name. */
		bool implicit = pages->implicit && i == pages->normal;

		if (size->size <= largest &&
			__builtin_add_overflow(sum,
				bytes(size, implicit ? pages->implicit_count : size->count), &sum))
			return UINT64_MAX;
	}
	return sum;
}

uint64_t huge_pages_total(const struct huge_pages *pages)
{
	return total(pages, UINT64_MAX);
}

uint64_t huge_pages_small(const struct huge_pages *pages)
{
	return total(pages, 4 * MIB);
}
