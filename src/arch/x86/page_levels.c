/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arch/x86/page_levels.h"

#include "arch/x86/direct.h"
#include "arch/x86/entry_mode.h"
#include "arch/x86/page_tables.h"
#include "base/command_line.h"
#include "base/error.h"
#include "decision/decision.h"
#include "decision/layout.h"
#include "decision/question.h"
#include "image/image.h"
#include "machine/machine.h"

#include <inttypes.h>

enum { PAGE = 4096 };

#define LARGE_PAGE (UINT64_C(2) << 20)

bool leaves_5level(const struct machine *machine, enum method method)
{
	return machine->cpu_la57 && !leaves_in_32bit(machine) && method != METHOD_ELF;
}

/* Can the kernel be entered with 5 levels, at its decompressor? A bare vmlinux has no such word. */
static bool takes_5level(const struct image *image)
{
	return image->bzimage.xloadflags & XLF_5LEVEL;
}

/* Why the kernel itself will run with 4 levels although it could be left with 5. NULL: it will not.
 */
static const char *wants_4level(const struct image *image, const char *command_line)
{
	if (image->kind != IMAGE_BZIMAGE)
		return "a bare vmlinux does not say whether it can start with 5";
	if (!takes_5level(image) || !(image->bzimage.xloadflags & XLF_5LEVEL_ENABLED))
		return "the kernel was built without 5";
	if (command_line_mentions(command_line, "no5lvl"))
		return "no5lvl asks for it";
	return NULL;
}

uint64_t page_levels_reach(const struct question *question, const struct decision *decision)
{
	if (leaves_5level(question->machine, decision->method) &&
		!wants_4level(question->image, decision->command_line))
		return UINT64_MAX;
	return FOUR_LEVELS_REACH;
}

/* Why purgatory must go down, or NULL. A decompressor that takes 5 levels does that itself. */
static const char *must_go_down(const struct question *question, const struct decision *decision,
	const struct layout *layout)
{
	const struct image *image = question->image;

	if (!leaves_5level(question->machine, decision->method) ||
		enters_in_32bit(question->request, image))
		return NULL;
	if (image->kind == IMAGE_BZIMAGE && !layout->direct && takes_5level(image))
		return NULL;
	return wants_4level(image, decision->command_line);
}

/* 5-level page tables are there for machines that have more memory than 4 levels reach. */
static void note_memory_out_of_reach(
	const struct question *question, const struct decision *decision, struct notes *notes)
{
	const struct image *image = question->image;
	const struct machine *machine = question->machine;
	const struct range_set *usable = &machine->usable;
	uint64_t end = usable->count ? usable->ranges[usable->count - 1].end : 0;
	const char *why = wants_4level(image, decision->command_line);

	if (!leaves_5level(machine, decision->method) || !why || end <= FOUR_LEVELS_REACH ||
		image->machine == IMAGE_MACHINE_386)
		return;
	note_add(notes, NOTE_WARNING,
		"memory above 64 TiB will not be used: the new kernel has 4 levels of page tables, "
		"as %s",
		why);
}

static struct error *decide(const struct question *question, const struct decision *decision,
	struct layout *layout, bool *ret)
{
	const struct machine *machine = question->machine;
	const char *why = must_go_down(question, decision, layout);

	*ret = why;
	note_memory_out_of_reach(question, decision, &layout->notes);
	if (!why)
		return NULL;
	/* Its entries have a bit for encryption, in a place that only the running kernel knows. */
	if (machine->confidential_guest || machine->memory_encryption)
		return error_new(ERROR_UNSUPPORTED,
			"this machine runs with 5-level page tables, the new kernel must be entered with "
			"4 (%s), and baton makes none where memory is encrypted (SEV, TDX, SME); boot "
			"this machine with no5lvl first",
			why);
	if (layout->kernel_entry >= FOUR_LEVELS_END)
		return error_new(ERROR_UNSUPPORTED,
			"the entry address 0x%" PRIx64
			" cannot be reached with the 4 levels of page tables that "
			"the kernel must be entered with (%s); leave out --entry",
			layout->kernel_entry, why);
	note_add(&layout->notes, NOTE_PAGE_TABLES, "purgatory goes down to 4 levels: %s", why);
	return NULL;
}

static struct error *add_large_pages(struct range_set *set, uint64_t start, uint64_t size)
{
	struct range range = {.start = align_down(start, LARGE_PAGE)};

	align_up(start + size, LARGE_PAGE, &range.end);
	return range_set_add(set, range);
}

/* All that is read or run between the switch and the kernel's own tables, and some more: what
 * kexec's tables hold of it. */
static struct error *collect(struct layout *layout)
{
	struct range_set *mapped = &layout->mapped;

	TRY(add_large_pages(mapped, 0, LARGE_PAGE));
	TRY(add_large_pages(mapped, layout->kernel_entry, 1));
	if (range_size(layout->cleared))
		TRY(add_large_pages(mapped, layout->cleared.start, range_size(layout->cleared)));
	for (unsigned int i = 0; i < layout->segments.count; i++) {
		const struct segment *segment = &layout->segments.list[i];

		TRY(add_large_pages(mapped, segment->address, segment->memory_size));
	}
	return NULL;
}

/* Purgatory clears memory of a directly entered kernel, which it is on tables of its own for: also
 * if there turns out to be none, as where only the kernel's headers were read. */
static bool may_clear(const struct question *question, const struct decision *decision,
	const struct layout *layout)
{
	return layout->direct && direct_clears(question, decision) &&
	       purgatory_for(question->machine, decision->method) != PURGATORY_I386;
}

struct error *page_levels_tables_size(const struct question *question,
	const struct decision *decision, struct layout *layout, uint64_t *ret)
{
	bool goes_down;

	*ret = 0;
	TRY(decide(question, decision, layout, &goes_down));
	if (!goes_down && !may_clear(question, decision, layout))
		return NULL;
	layout->table_levels =
		!goes_down && leaves_5level(question->machine, decision->method) ? 5 : 4;
	TRY(collect(layout));
	TRY(page_tables_size(&layout->mapped, layout->table_levels, ret));
	/* Below 4 GiB, where they go, they can lie in two GiB that nothing else lies in. */
	*ret += 2 * PAGE;
	return NULL;
}
