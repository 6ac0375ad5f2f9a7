/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/memmap_option.h"

#include "base/error.h"
#include "plan/command_line.h"

#include <string.h>

/* One region up to a comma or the end; moves *@text past it. */
static struct error *read_region(const char **text, struct memmap_option *option)
{
	struct range range;
	uint64_t size;
	char kind;

	option->count++;
	if (!command_line_size(text, &size)) {
		option->understood = false;
		return NULL;
	}
	kind = **text;
	if (!kind || kind == ',') {
		option->limits = true;
		return NULL;
	}
	(*text)++;
	if (!strchr("@#$!%", kind) || !command_line_size(text, &range.start) ||
		__builtin_add_overflow(range.start, size, &range.end)) {
		option->understood = false;
		return NULL;
	}
	return kind == '@' ? NULL : range_set_add(&option->taken, range);
}

static struct error *read_value(const char *value, void *data)
{
	struct memmap_option *option = data;

	while (*value && option->understood) {
		TRY(read_region(&value, option));
		/* After % there may be -oldtype and +newtype. */
		value += strcspn(value, ",");
		value += *value == ',';
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
