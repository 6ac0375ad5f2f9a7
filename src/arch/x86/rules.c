/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arch/x86/rules.h"

#include "arch/arch.h"
#include "arch/x86/direct.h"
#include "arch/x86/entry_mode.h"
#include "base/error.h"
#include "decision/layout.h"
#include "decision/question.h"
#include "image/image.h"
#include "image/unpacked.h"

#include <inttypes.h>
#include <stdio.h>

enum { PAGE = 4096 };

#define MIB		(UINT64_C(1) << 20)
#define GIB		(UINT64_C(1) << 30)

/*
 * What a 32-bit kernel maps for good ends where its vmalloc area begins: at 875 MiB without and 879
 * MiB with PAE (seen in 6.1). An initrd above is copied down by the kernel
 * (arch/x86/kernel/setup.c, relocate_initrd()).
 */
#define LOWMEM_SAFE_END (864 * MIB)

static uint64_t page_align(uint64_t size)
{
	return (size + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

static bool may_lie_high(const struct question *question)
{
	const struct image *image = question->image;

	if (enters_in_32bit(question->request, image))
		return false;
	/* A vmlinux is entered in long mode and maps itself; a bzImage says what it can. */
	return image->kind != IMAGE_BZIMAGE ||
	       image->bzimage.xloadflags & XLF_CAN_BE_LOADED_ABOVE_4G;
}

static struct rule *add_rule(struct rules *rules, struct placement placement)
{
	struct rule *rule = &rules->list[rules->count++];

	rule->placement = placement;
	return rule;
}

static struct rule *add_exact(struct rules *rules, struct placement placement, uint64_t address)
{
	placement.minimum = address;
	placement.maximum = address + placement.size;
	add_rule(rules, placement)->exact = true;
	return &rules->list[rules->count - 1];
}

/*
 * Below 4 GiB first, where every kernel and every entry can cope, then above it, if @high.
 */
static void add_below_4g_first(
	struct rules *rules, struct placement placement, bool high, const char *reason)
{
	uint64_t maximum = placement.maximum;

	placement.maximum = maximum < 4 * GIB ? maximum : 4 * GIB;
	snprintf(add_rule(rules, placement)->reason, RULE_TEXT, "%s", reason);
	placement.maximum = UINT64_MAX;
	if (high)
		snprintf(add_rule(rules, placement)->reason, RULE_TEXT, "%s", reason);
}

static void bzimage_rules(const struct question *question, struct rules *ret)
{
	const struct image *image = question->image;
	const struct image_part *part = &image->parts[0];
	const struct placement placement = {
		.name = "kernel",
		.size = page_align(part->memory_size),
		.alignment = image->alignment > PAGE ? image->alignment : PAGE,
		.minimum = image->bzimage.pref_address > MIB ? image->bzimage.pref_address : MIB,
		.maximum = image->machine == IMAGE_MACHINE_386 ? LOWMEM_END : UINT64_MAX,
	};
	char reason[RULE_TEXT];

	if (!image->physically_relocatable) {
		snprintf(add_exact(ret, placement, part->link_address)->reason, RULE_TEXT,
			"the kernel is not relocatable");
		snprintf(ret->refusal, RULE_TEXT,
			"memory: the kernel is not relocatable and must lie at 0x%" PRIx64
			", but that is not free RAM; use a relocatable kernel",
			part->link_address);
		return;
	}
	/*
	 * Never below: there the kernel copies itself up to the preferred address, over whatever
	 * lies there by then (arch/x86/boot/compressed/head_64.S; the initrd was seen destroyed).
	 */
	snprintf(ret->hint, RULE_TEXT,
		"it must lie at 0x%" PRIx64 " or above, where the kernel prefers to be%s%s",
		placement.minimum, question->request->memory_max ? "; raise --mem-max" : "",
		question->initrd ? "; use a smaller initrd" : "");
	snprintf(reason, RULE_TEXT,
		"lowest free place of %" PRIu64 " MiB (%s) from the preferred "
		"address 0x%" PRIx64 " up, aligned to 0x%" PRIx64 "%s",
		placement.size >> 20, image->bzimage.init_size ? "its init_size" : "estimated",
		placement.minimum, placement.alignment,
		image->machine == IMAGE_MACHINE_386 ? ", below 896 MiB" : "");
	add_below_4g_first(ret, placement, may_lie_high(question), reason);
}

static struct error *add_bzimage(const struct question *question, uint64_t address,
	const char *reason, struct layout *layout)
{
	const struct image *image = question->image;
	const struct image_part *part = &image->parts[0];
	const struct segment segment = {
		.role = SEGMENT_KERNEL,
		.name = "kernel",
		.source = bytes_part(image->bytes, part->file_offset, part->file_size),
		.address = address,
		.memory_size = page_align(part->memory_size),
	};

	layout->kernel_entry = address + (question->request->entry_32bit ? 0 : image->entry);
	return segments_add(&layout->segments, &segment, "%s", reason);
}

/* Physical span of an ELF kernel's parts. */
static struct range elf_span(const struct image *image)
{
	struct range span = {.start = UINT64_MAX};

	for (unsigned int i = 0; i < image->part_count; i++) {
		const struct image_part *part = &image->parts[i];

		if (part->link_address < span.start)
			span.start = part->link_address;
		if (part->link_address + part->memory_size > span.end)
			span.end = part->link_address + part->memory_size;
	}
	span.start = align_down(span.start, PAGE);
	span.end = page_align(span.end);
	return span;
}

/* Where it was linked if that is free, else elsewhere if it may be moved. */
static void elf_rules(const struct image *image, struct rules *ret)
{
	struct range span = elf_span(image);
	const struct placement placement = {
		.name = "kernel",
		.size = range_size(span),
		.alignment = image->alignment > PAGE ? image->alignment : PAGE,
		.minimum = span.start > MIB ? span.start : MIB,
		.maximum = UINT64_MAX,
	};

	snprintf(add_exact(ret, placement, span.start)->reason, RULE_TEXT,
		"where the kernel was linked");
	if (image->physically_relocatable && !(span.start & (placement.alignment - 1)))
		add_below_4g_first(ret, placement, true,
			"where the kernel was linked is not free; moved as a whole");
	else
		snprintf(ret->refusal, RULE_TEXT,
			"memory: the kernel must lie at 0x%" PRIx64 " to 0x%" PRIx64
			", where it was linked, but that is not all free RAM; use its bzImage, "
			"which can be moved",
			span.start, span.end);
}

static bool parts_are_segments(const struct image *image, unsigned int room)
{
	uint64_t end = 0;

	for (unsigned int i = 0; i < image->part_count; i++) {
		const struct image_part *part = &image->parts[i];

		if (part->link_address % PAGE || part->link_address < end)
			return false;
		end = page_align(part->link_address + part->memory_size);
	}
	return image->part_count <= room;
}

static struct error *add_elf_segments(struct layout *layout, const struct image *image,
	struct range span, uint64_t address, const char *reason)
{

	if (!parts_are_segments(image, KERNEL_PARTS_NAMED)) {
		layout->flattened = span;
		return segments_add(&layout->segments,
			&(struct segment){
				.role = SEGMENT_KERNEL,
				.name = "kernel",
				.address = address,
				.memory_size = range_size(span),
			},
			"%s; its parts share pages", reason);
	}
	for (unsigned int i = 0; i < image->part_count; i++) {
		const struct image_part *part = &image->parts[i];
		struct segment segment = {
			.role = SEGMENT_KERNEL,
			.name = kernel_part_name(i),
			.source = bytes_part(image->bytes, part->file_offset, part->file_size),
			.address = address + (part->link_address - span.start),
			.memory_size = page_align(part->memory_size),
		};

		TRY(segments_add(&layout->segments, &segment, "%s", reason));
	}
	return NULL;
}

static struct error *add_elf(
	const struct image *image, uint64_t address, const char *reason, struct layout *layout)
{
	struct range span = elf_span(image);

	layout->kernel_entry = image->entry - span.start + address;
	return add_elf_segments(layout, image, span, address, reason);
}

void x86_kernel_rules(const struct question *question, const struct unpacked_kernel *kernel,
	const struct arch_entry *entry, struct rules *ret)
{
	*ret = (struct rules){0};
	if (entry->direct)
		direct_rules(question, kernel->payload, entry, ret);
	else if (question->image->kind == IMAGE_BZIMAGE)
		bzimage_rules(question, ret);
	else
		elf_rules(question->image, ret);
}

bool x86_is_movable(const struct question *question, const struct arch_entry *entry)
{
	const struct image *image = question->image;

	/* An ELF is tried where it was linked, first of all. */
	return entry->direct || (image->kind == IMAGE_BZIMAGE && image->physically_relocatable);
}

struct error *x86_add_kernel(const struct question *question, const struct unpacked_kernel *kernel,
	const struct arch_entry *entry, uint64_t address, const char *reason, struct layout *layout)
{
	layout->kernel = address;
	if (entry->direct)
		return direct_add(question->image, kernel->payload, entry, address, reason, layout);
	return question->image->kind == IMAGE_BZIMAGE
		       ? add_bzimage(question, address, reason, layout)
		       : add_elf(question->image, address, reason, layout);
}

void x86_initrd_rules(const struct question *question, uint64_t size, struct rules *ret)
{
	const struct image *image = question->image;
	uint64_t limit = image->bzimage.initrd_addr_max
				 ? (uint64_t)image->bzimage.initrd_addr_max + 1
				 : 2 * GIB;
	bool high = may_lie_high(question);
	struct placement placement = {
		.name = "initrd",
		.size = size,
		.alignment = PAGE,
		.minimum = MIB,
		.top_down = true,
	};

	*ret = (struct rules){0};
	/* With XLF_CAN_BE_LOADED_ABOVE_4G the old limit does not hold (boot.rst). */
	limit = high || limit > 4 * GIB ? 4 * GIB : limit;
	/* That of a 32-bit kernel where it need not move it. */
	placement.maximum = limit < LOWMEM_SAFE_END ? limit : LOWMEM_SAFE_END;
	if (image->machine == IMAGE_MACHINE_386)
		snprintf(add_rule(ret, placement)->reason, RULE_TEXT,
			"highest free place below 864 MiB, which every 32-bit kernel maps");
	placement.maximum = limit;
	snprintf(add_rule(ret, placement)->reason, RULE_TEXT,
		"highest free place below 4 GiB that the kernel allows");
	placement.maximum = UINT64_MAX;
	if (high)
		snprintf(add_rule(ret, placement)->reason, RULE_TEXT,
			"nothing free below 4 GiB; highest free place");
}

/* From 1 MiB up and below 4 GiB; in low memory only when there is no other place. */
void x86_small_rules(const char *name, uint64_t size, struct rules *ret)
{
	struct placement placement = {
		.name = name,
		.size = page_align(size),
		.alignment = PAGE,
		.minimum = MIB,
		.maximum = 4 * GIB,
	};

	*ret = (struct rules){0};
	add_rule(ret, placement);
	placement.minimum = 0x10000;
	add_rule(ret, placement);
}
