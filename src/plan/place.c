/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/place.h"

#include "base/error.h"
#include "image/image.h"
#include "image/initrd.h"
#include "plan/entry_mode.h"
#include "plan/layout.h"
#include "plan/question.h"

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

/*
 * Try below 4 GiB first, where every kernel and every entry can cope, then above it.
 */
static struct error *place_below_4g_first(
	struct allocator *allocator, struct placement placement, bool high, uint64_t *ret)
{
	struct error *error;

	placement.maximum = placement.maximum < 4 * GIB ? placement.maximum : 4 * GIB;
	error = allocator_place(allocator, &placement, ret);
	if (error_code(error) != ERROR_NO_SPACE || !high)
		return error;
	error_free(error);
	placement.maximum = UINT64_MAX;
	return allocator_place(allocator, &placement, ret);
}

static struct error *place_bzimage(
	struct layout *layout, struct allocator *allocator, const struct question *question)
{
	const struct image *image = question->image;
	const struct image_part *part = &image->parts[0];
	struct segment segment = {
		.role = SEGMENT_KERNEL,
		.name = "kernel",
		.source = bytes_part(image->bytes, part->file_offset, part->file_size),
		.memory_size = page_align(part->memory_size),
	};
	struct placement placement = {
		.name = "kernel",
		.size = segment.memory_size,
		.alignment = image->alignment > PAGE ? image->alignment : PAGE,
		.minimum = image->bzimage.pref_address > MIB ? image->bzimage.pref_address : MIB,
		.maximum = image->machine == IMAGE_MACHINE_386 ? LOWMEM_END : UINT64_MAX,
	};
	bool taken;

	if (!image->physically_relocatable) {
		segment.address = part->link_address;
		TRY(allocator_take(allocator, segment.address, segment.memory_size, &taken));
		if (!taken)
			return error_new(ERROR_NO_SPACE,
				"memory: the kernel is not relocatable and must lie at 0x%" PRIx64
				", but that is not free RAM; use a relocatable kernel",
				segment.address);
		layout->kernel = segment.address;
		return segments_add(&layout->segments, &segment, "the kernel is not relocatable");
	}
	/*
	 * Never below: there the kernel copies itself up to the preferred address, over whatever
	 * lies there by then (arch/x86/boot/compressed/head_64.S; the initrd was seen destroyed).
	 */
	TRY(error_hint(place_below_4g_first(
			       allocator, placement, may_lie_high(question), &segment.address),
		"it must lie at 0x%" PRIx64
		" or above, where the kernel prefers to be; raise --mem-max, or use a "
		"smaller initrd",
		placement.minimum));
	layout->kernel = segment.address;
	return segments_add(&layout->segments, &segment,
		"lowest free place of %" PRIu64 " MiB (%s) from the preferred "
		"address 0x%" PRIx64 " up, aligned to 0x%" PRIx64 "%s",
		segment.memory_size >> 20, image->bzimage.init_size ? "its init_size" : "estimated",
		placement.minimum, placement.alignment,
		image->machine == IMAGE_MACHINE_386 ? ", below 896 MiB" : "");
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

/* Where the span goes: where it was linked if that is free, else elsewhere if it may be moved. */
static struct error *place_span(
	struct allocator *allocator, const struct image *image, struct range span, uint64_t *ret)
{
	struct placement placement = {
		.name = "kernel",
		.size = range_size(span),
		.alignment = image->alignment > PAGE ? image->alignment : PAGE,
		.minimum = span.start > MIB ? span.start : MIB,
		.maximum = UINT64_MAX,
	};
	bool taken;

	TRY(allocator_take(allocator, span.start, range_size(span), &taken));
	*ret = span.start;
	if (taken)
		return NULL;
	if (!image->physically_relocatable || span.start & (placement.alignment - 1))
		return error_new(ERROR_NO_SPACE,
			"memory: the kernel must lie at 0x%" PRIx64 " to 0x%" PRIx64
			", where it was linked, but that is not all free RAM; use its bzImage, "
			"which can be moved",
			span.start, span.end);
	return place_below_4g_first(allocator, placement, true, ret);
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
	static const char *const names[] = {"kernel", "kernel part 2", "kernel part 3",
		"kernel part 4", "kernel part 5", "kernel part 6", "kernel part 7",
		"kernel part 8"};
	const unsigned int room = sizeof(names) / sizeof(names[0]);

	if (!parts_are_segments(image, room)) {
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
			.name = names[i],
			.source = bytes_part(image->bytes, part->file_offset, part->file_size),
			.address = address + (part->link_address - span.start),
			.memory_size = page_align(part->memory_size),
		};

		TRY(segments_add(&layout->segments, &segment, "%s", reason));
	}
	return NULL;
}

static struct error *place_elf(
	struct layout *layout, struct allocator *allocator, const struct image *image)
{
	struct range span = elf_span(image);
	uint64_t address;

	TRY(place_span(allocator, image, span, &address));
	layout->kernel_entry = image->entry - span.start + address;
	layout->kernel = address;
	return add_elf_segments(layout, image, span, address,
		address == span.start
			? "where the kernel was linked"
			: "where the kernel was linked is not free; moved as a whole");
}

struct error *place_kernel(
	struct layout *layout, struct allocator *allocator, const struct question *question)
{
	const struct image *image = question->image;

	if (image->kind != IMAGE_BZIMAGE)
		return place_elf(layout, allocator, image);
	TRY(place_bzimage(layout, allocator, question));
	layout->kernel_entry = layout->kernel + (question->request->entry_32bit ? 0 : image->entry);
	return NULL;
}

/* The initrd of a 32-bit kernel, where that need not move it. */
static struct error *place_initrd_in_lowmem(
	struct allocator *allocator, struct placement placement, uint64_t *ret, bool *ret_placed)
{
	struct error *error;

	if (placement.maximum > LOWMEM_SAFE_END)
		placement.maximum = LOWMEM_SAFE_END;
	error = allocator_place(allocator, &placement, ret);
	*ret_placed = !error;
	if (error_code(error) != ERROR_NO_SPACE)
		return error;
	error_free(error);
	return NULL;
}

/* The address of the initrd's segment, and why. */
static struct error *find_initrd_place(struct allocator *allocator, const struct question *question,
	uint64_t size, uint64_t *ret, const char **ret_reason)
{
	const struct image *image = question->image;
	uint64_t limit = image->bzimage.initrd_addr_max
				 ? (uint64_t)image->bzimage.initrd_addr_max + 1
				 : 2 * GIB;
	bool high = may_lie_high(question), placed = false;
	struct placement placement = {
		.name = "initrd",
		.size = size,
		.alignment = PAGE,
		.minimum = MIB,
		/* With XLF_CAN_BE_LOADED_ABOVE_4G the old limit does not hold (boot.rst). */
		.maximum = high ? UINT64_MAX : limit,
		.top_down = true,
	};

	if (image->machine == IMAGE_MACHINE_386)
		TRY(place_initrd_in_lowmem(allocator, placement, ret, &placed));
	*ret_reason = "highest free place below 864 MiB, which every 32-bit kernel maps";
	if (placed)
		return NULL;
	TRY(place_below_4g_first(allocator, placement, high, ret));
	*ret_reason = *ret + size <= 4 * GIB
			      ? "highest free place below 4 GiB that the kernel allows"
			      : "nothing free below 4 GiB; highest free place";
	return NULL;
}

struct error *place_initrd(
	struct layout *layout, struct allocator *allocator, const struct question *question)
{
	const struct initrd *initrd = question->initrd;
	struct segment segment = {.role = SEGMENT_INITRD, .name = "initrd"};
	const char *reason;

	if (!initrd || !initrd->bytes.size)
		return NULL;
	segment.source = blob_bytes(&initrd->bytes);
	segment.memory_size = page_align(segment.source.size);
	TRY(find_initrd_place(allocator, question, segment.memory_size, &segment.address, &reason));
	return segments_add(&layout->segments, &segment, "%s", reason);
}

struct error *place_low(
	struct allocator *allocator, const char *name, uint64_t size, uint64_t *ret_address)
{
	struct placement placement = {
		.name = name,
		.size = page_align(size),
		.alignment = PAGE,
		.minimum = MIB,
		.maximum = 4 * GIB,
	};
	_cleanup_error_ struct error *error = allocator_place(allocator, &placement, ret_address);

	if (!error)
		return NULL;
	placement.minimum = 0x10000;
	return allocator_place(allocator, &placement, ret_address);
}
