/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/memmap_option.h"

#include "base/command_line.h"
#include "base/error.h"

#include <string.h>

static enum memmap_kind read_region(const char *text, struct range *ret)
{
	static const char exact[] = "exactmap";
	uint64_t size;
	char kind;

	if (strncmp(text, exact, sizeof(exact) - 1) == 0)
		return MEMMAP_EXACT;
	if (!command_line_size(&text, &size))
		return MEMMAP_NOT_UNDERSTOOD;
	kind = *text;
	*ret = (struct range){size, UINT64_MAX};
	if (!kind || kind == ',')
		return MEMMAP_LIMIT;
	text++;
	if (!strchr("@#$!%", kind) || !command_line_size(&text, &ret->start) ||
		__builtin_add_overflow(ret->start, size, &ret->end))
		return MEMMAP_NOT_UNDERSTOOD;
	return kind == '@' ? MEMMAP_ADD : MEMMAP_TAKE;
}

bool memmap_next(const char **value, struct memmap_region *ret)
{
	*ret = (struct memmap_region){0};
	if (!**value)
		return false;
	ret->kind = read_region(*value, &ret->range);
	/* After % there may be -oldtype and +newtype. */
	*value += strcspn(*value, ",");
	*value += **value == ',';
	return true;
}

static struct error *read_value(const char *value, void *data)
{
	struct memmap_option *option = data;
	struct memmap_region region;

	while (memmap_next(&value, &region)) {
		option->count++;
		option->limits = option->limits || region.kind == MEMMAP_LIMIT;
		if (region.kind == MEMMAP_EXACT || region.kind == MEMMAP_NOT_UNDERSTOOD)
			option->understood = false;
		if (region.kind == MEMMAP_TAKE)
			TRY(range_set_add(&option->taken, region.range));
	}
	return NULL;
}

struct error *memmap_option_read(const char *command_line, struct memmap_option *ret)
{
	*ret = (struct memmap_option){.understood = true};
	return command_line_each(command_line, "memmap", read_value, ret);
}

void memmap_option_deinit(struct memmap_option *option)
{
	range_set_deinit(&option->taken);
}
