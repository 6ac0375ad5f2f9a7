/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory map with the segments drawn in.
 *
 * A line for each range that holds a segment, with a bar of its whole length; what lies between is
 * summed up in one line if it is more than a few ranges. At most 16 ranges can hold segments, so
 * the number of lines is bounded, and every range is looked at once.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/print.h"
#include "machine/names.h"

_Static_assert(SEGMENTS_MAX < 48, "each segment gets a column");

enum {
	BAR_WIDTH = 48,
	SHOWN_SINGLY = 3, /* ranges in a row without a segment that are not summed up */
};

static const char segment_letters[] = {
	[SEGMENT_KERNEL] = 'K',
	[SEGMENT_INITRD] = 'I',
	[SEGMENT_BOOT_DATA] = 'B',
	[SEGMENT_PAGE_TABLES] = 'T',
	[SEGMENT_PURGATORY] = 'P',
	[SEGMENT_PVH_ENTRY] = 'V',
};

/** A name of at most nine letters. */
static const char *short_name(uint32_t type)
{
	static const struct {
		uint32_t type;
		const char *name;
	} names[] = {
		{MEMORY_RAM, "RAM"},
		{MEMORY_RESERVED, "reserved"},
		{MEMORY_ACPI, "ACPI"},
		{MEMORY_NVS, "ACPI NVS"},
		{MEMORY_UNUSABLE, "unusable"},
		{MEMORY_PMEM, "pmem"},
		{MEMORY_PRAM, "pmem"},
		{MEMORY_SOFT_RESERVED, "soft res."},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	return "other";
}

/** Ranges without a segment, waiting to be printed or summed up. */
struct gap {
	size_t first, count;
	uint64_t ram, other;
};

static bool holds(const struct memory_range *range, const struct segment *segment)
{
	return segment->address < range->end &&
	       range->start < segment->address + segment->memory_size;
}

static bool holds_any(const struct memory_range *range, const struct plan *plan)
{
	for (unsigned int i = 0; i < plan->segments.count; i++)
		if (holds(range, &plan->segments.list[i]))
			return true;
	return false;
}

/** Columns of a bar, both inclusive. */
struct stretch {
	const struct segment *segment;
	unsigned int first, last;
};

/** The column that @address falls into. */
static unsigned int column(const struct memory_range *range, uint64_t address)
{
	double part = (double)(address - range->start) / (double)(range->end - range->start);
	unsigned int at = (unsigned int)(part * BAR_WIDTH);

	return at < BAR_WIDTH ? at : BAR_WIDTH - 1;
}

/** The segments inside @range, by address; returns how many. */
static unsigned int find_stretches(const struct memory_range *range, const struct plan *plan,
	struct stretch stretches[static SEGMENTS_MAX])
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < plan->segments.count; i++) {
		const struct segment *segment = &plan->segments.list[i];
		uint64_t end = segment->address + segment->memory_size;
		unsigned int at = count;

		if (!holds(range, segment))
			continue;
		for (; at && stretches[at - 1].segment->address > segment->address; at--)
			stretches[at] = stretches[at - 1];
		stretches[at] = (struct stretch){
			.segment = segment,
			.first = column(range,
				segment->address > range->start ? segment->address : range->start),
			.last = column(range, (end < range->end ? end : range->end) - 1),
		};
		count++;
	}
	return count;
}

/** Push stretches apart, so that each segment gets a column of its own, however small it is. */
static void spread(struct stretch *stretches, unsigned int count)
{
	unsigned int bound = 0;

	for (unsigned int i = 0; i < count; i++) {
		struct stretch *s = &stretches[i];

		s->first = s->first > bound ? s->first : bound;
		s->last = s->last > s->first ? s->last : s->first;
		bound = s->last + 1;
	}
	/* What was pushed over the end goes back; there are more columns than segments. */
	bound = BAR_WIDTH;
	for (unsigned int i = count; i-- > 0;) {
		struct stretch *s = &stretches[i];

		s->last = s->last < bound ? s->last : bound - 1;
		s->first = s->first < s->last ? s->first : s->last;
		bound = s->first;
	}
}

static void draw_bar(
	const struct memory_range *range, const struct plan *plan, char bar[static BAR_WIDTH + 1])
{
	struct stretch stretches[SEGMENTS_MAX];
	unsigned int count = find_stretches(range, plan, stretches);

	spread(stretches, count);
	memset(bar, '.', BAR_WIDTH);
	bar[BAR_WIDTH] = 0;
	for (unsigned int i = 0; i < count; i++)
		memset(bar + stretches[i].first, segment_letters[stretches[i].segment->role],
			stretches[i].last - stretches[i].first + 1);
}

static void print_range(const struct memory_range *range, const struct plan *plan)
{
	char bar[BAR_WIDTH + 1] = "", size[SIZE_TEXT];

	if (holds_any(range, plan))
		draw_bar(range, plan, bar);
	printf("  0x%012" PRIx64 " %9s %-9s%s%s\n", range->start,
		size_text(range->end - range->start, size), short_name(range->type),
		*bar ? " " : "", bar);
}

static void flush_gap(const struct machine *machine, const struct plan *plan, struct gap *gap)
{
	char ram[SIZE_TEXT], other[SIZE_TEXT];

	if (gap->count > SHOWN_SINGLY)
		printf("  ... %zu ranges: %s RAM, %s other\n", gap->count, size_text(gap->ram, ram),
			size_text(gap->other, other));
	else
		for (size_t i = 0; i < gap->count; i++)
			print_range(&machine->memory.ranges[gap->first + i], plan);
	*gap = (struct gap){0};
}

static void add_to_gap(struct gap *gap, const struct memory_range *range, size_t index)
{
	if (!gap->count++)
		gap->first = index;
	if (range->type == MEMORY_RAM)
		gap->ram += range->end - range->start;
	else
		gap->other += range->end - range->start;
}

/* The segments, and what purgatory clears as one of the kernel's: none of it is free. */
static struct plan drawn(const struct plan *plan)
{
	struct plan with = *plan;

	if (!range_is_empty(plan->cleared) && with.segments.count < SEGMENTS_MAX)
		with.segments.list[with.segments.count++] = (struct segment){
			.role = SEGMENT_KERNEL,
			.address = plan->cleared.start,
			.memory_size = range_size(plan->cleared),
		};
	return with;
}

static void draw(const struct cli *cli, const struct machine *machine, const struct plan *plan)
{
	const struct memory_map *map = &machine->memory;
	struct gap gap = {0};

	printf("\n%sMemory%s, %zu ranges from %s\n", style_out(cli, STYLE_BOLD),
		style_out(cli, STYLE_PLAIN), map->count,
		memory_source_name(machine->memory_source) ?: "none");
	for (size_t i = 0; i < map->count; i++) {
		if (!holds_any(&map->ranges[i], plan)) {
			add_to_gap(&gap, &map->ranges[i], i);
			continue;
		}
		flush_gap(machine, plan, &gap);
		print_range(&map->ranges[i], plan);
	}
	flush_gap(machine, plan, &gap);
	if (plan->segments.count)
		printf("  K kernel, I initrd, B boot data, %sP purgatory, . free\n",
			plan->page_table_root ? "T page tables, " : "");
}

void print_picture(const struct cli *cli, const struct machine *machine, const struct plan *plan)
{
	const struct plan with = drawn(plan);

	draw(cli, machine, &with);
}
