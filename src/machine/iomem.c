/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /proc/iomem (Documentation/filesystems/proc.rst): a line a resource, "START-END : NAME", indented
 * by two spaces a level. Readers without CAP_SYS_ADMIN are shown zeros for all addresses.
 */
#include "machine/facts.h"

#include <inttypes.h>

struct iomem_line {
	unsigned int level;
	struct range range;
	struct text name;
};

static bool parse_line(struct text line, struct iomem_line *ret)
{
	uint64_t last;

	ret->level = 0;
	for (; line.at < line.end && *line.at == ' '; line.at++)
		ret->level++;
	if (!text_hex(&line, &ret->range.start) || !text_skip(&line, "-") ||
		!text_hex(&line, &last) || !text_skip(&line, " : ") || last < ret->range.start)
		return false;
	ret->range.end = last == UINT64_MAX ? last : last + 1;
	ret->name = line;
	return true;
}

static void extend_kernel(struct iomem *iomem, struct range part)
{
	if (range_is_empty(iomem->kernel) || part.start < iomem->kernel.start)
		iomem->kernel.start = part.start;
	if (part.end > iomem->kernel.end)
		iomem->kernel.end = part.end;
}

/* Resources inside System RAM. "Crash kernel (low)" is one too, on some architectures. */
static struct error *take_inner(struct iomem *iomem, const struct iomem_line *line)
{
	struct text name = line->name;
	uint32_t type;

	if (text_skip(&name, "Kernel ")) {
		extend_kernel(iomem, line->range);
		return NULL;
	}
	if (text_skip(&name, "Crash kernel"))
		return range_set_add(&iomem->crash, line->range);
	if (memory_type_of(name, &type) && type != MEMORY_RAM)
		return range_set_add(&iomem->reserved, line->range);
	return NULL;
}

static struct error *take_line(
	struct iomem *iomem, const struct iomem_line *line, unsigned int *ram_level, bool *in_ram)
{
	uint32_t type;

	/* The last byte alone would be the same for a hidden address and for a one-byte one. */
	iomem->readable = iomem->readable || line->range.start || line->range.end > 1;
	if (*in_ram && line->level > *ram_level)
		return take_inner(iomem, line);
	*in_ram = false;
	if (text_equals(line->name, MEMORY_NAME_UNKNOWN, strlen(MEMORY_NAME_UNKNOWN)))
		type = MEMORY_RESERVED;
	else if (!memory_type_of(line->name, &type))
		return NULL;
	TRY(memory_map_add(
		&iomem->map, (struct memory_range){line->range.start, line->range.end, type}));
	if (type != MEMORY_RAM)
		return NULL;
	*in_ram = true;
	*ram_level = line->level;
	return range_set_add(&iomem->ram, line->range);
}

struct error *iomem_parse(struct bytes contents, struct iomem *ret)
{
	struct text text = text_of(contents), line;
	unsigned int ram_level = 0;
	bool in_ram = false;
	size_t number = 1;

	for (; text_take(&text, '\n', &line); number++) {
		struct iomem_line parsed;

		if (!parse_line(line, &parsed))
			return error_new(ERROR_FORMAT,
				"line %zu: not \"START-END : NAME\": \"%.*s\"", number,
				(int)(text_size(line) < 80 ? text_size(line) : 80), line.at);
		TRY(take_line(ret, &parsed, &ram_level, &in_ram));
	}
	return NULL;
}

void iomem_deinit(struct iomem *iomem)
{
	memory_map_deinit(&iomem->map);
	range_set_deinit(&iomem->ram);
	range_set_deinit(&iomem->crash);
	range_set_deinit(&iomem->reserved);
	*iomem = (struct iomem){0};
}
