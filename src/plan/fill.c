/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/fill.h"

#include "arch/arch.h"
#include "base/error.h"
#include "decision/layout.h"
#include "decision/question.h"
#include "image/image.h"
#include "image/payload.h"
#include "image/unpacked.h"
#include "machine/machine.h"
#include "plan/plan.h"
#include "plan/purgatory.h"
#include "plan/verify.h"
#include "wire/handoff.h"

#include <inttypes.h>
#include <string.h>

/* Their reasons are the plan's from here on; the layout goes on telling where they are. */
static void take_segments(struct layout *layout, struct plan *plan)
{
	plan->segments = layout->segments;
	plan->mailbox = layout->mailbox;
	plan->cleared = layout->cleared;
	for (unsigned int i = 0; i < layout->segments.count; i++)
		layout->segments.list[i].reason = NULL;
}

/* The plan moves the kernel to its address, and so it is nobody else's from here on. */
static void take_payload(
	const struct layout *layout, struct unpacked_kernel *kernel, struct plan *plan)
{
	plan->payload = kernel->payload;
	kernel->payload = NULL;
	plan->incomplete = plan->payload->headers_only;
	plan->virtual_offset = layout->virtual_offset;
	if (!plan->incomplete)
		payload_relocate(plan->payload, plan->virtual_offset);
}

/* One buffer with every part in its place, for parts that share pages. */
static struct error *flatten(const struct image *image, struct range span, struct plan *plan)
{
	uint64_t end = 0;

	for (unsigned int i = 0; i < image->part_count; i++) {
		const struct image_part *part = &image->parts[i];
		uint64_t last = part->link_address - span.start + part->file_size;

		end = last > end ? last : end;
	}
	TRY(blob_resize(&plan->kernel, end));
	for (unsigned int i = 0; i < image->part_count; i++) {
		const struct image_part *part = &image->parts[i];

		if (part->file_size)
			memcpy(plan->kernel.data + (part->link_address - span.start),
				image->bytes.data + part->file_offset, part->file_size);
	}
	return NULL;
}

static struct error *fill_kernel(const struct question *question, const struct layout *layout,
	struct unpacked_kernel *kernel, struct plan *plan)
{
	plan->direct = layout->direct;
	plan->kernel_entry = layout->kernel_entry;
	if (layout->direct)
		take_payload(layout, kernel, plan);
	if (!range_size(layout->flattened))
		return NULL;
	TRY(flatten(question->image, layout->flattened, plan));
	segments_find(&plan->segments, SEGMENT_KERNEL)->source = blob_bytes(&plan->kernel);
	return NULL;
}

static void fill_start_data(const struct arch *arch, const struct layout *layout,
	struct start_data *data, struct plan *plan)
{
	struct segment *segment = segments_find(&plan->segments, SEGMENT_BOOT_DATA);

	arch->place_start_data(layout, data);
	plan->boot_params = segment->address;
	plan->ranges_in_start_data = data->ranges;
	plan->ranges_in_extension = data->more_ranges;
	if (data->record) {
		plan->record = segment->address + data->record;
		store_le32(data->bytes.data + data->record + offsetof(struct handoff_record, entry),
			plan->direct ? HANDOFF_ENTRY_DIRECT : HANDOFF_ENTRY_STUB);
	}
	plan->boot_data = blob_steal(&data->bytes);
	segment->source = blob_bytes(&plan->boot_data);
}

static struct error *fill_page_tables(
	const struct arch *arch, const struct layout *layout, struct plan *plan)
{
	struct segment *segment = segments_find(&plan->segments, SEGMENT_PAGE_TABLES);

	if (!segment)
		return NULL;
	TRY(arch->make_tables(layout, segment->address, &plan->page_tables));
	segment->source = blob_bytes(&plan->page_tables);
	plan->page_table_root = segment->address;
	plan->page_table_levels = layout->table_levels;
	return NULL;
}

/* Stands for the first kernel, where the plan is an ELF file. */
static struct error *fill_first_kernel(const struct arch *arch, struct plan *plan)
{
	struct segment *segment = segments_find(&plan->segments, SEGMENT_PVH_ENTRY);

	if (!segment)
		return NULL;
	TRY(arch->make_first_kernel(segment->address, plan->entry, &plan->pvh_entry));
	segment->source = blob_bytes(&plan->pvh_entry);
	return NULL;
}

static struct error *check_free_memory(const struct machine *machine, const struct plan *plan)
{
	uint64_t available = machine->memory_available, needed = plan->handed_over;

	if (!available || needed <= available)
		return NULL;
	return error_new(ERROR_NO_SPACE,
		"memory: the kernel must copy %" PRIu64 " MiB, but only %" PRIu64
		" MiB are available; free some memory, or use a smaller initrd",
		(needed >> 20) + 1, available >> 20);
}

struct error *fill(const struct arch *arch, const struct question *question, struct layout *layout,
	struct start_data *data, struct unpacked_kernel *kernel, struct plan *plan)
{
	take_segments(layout, plan);
	TRY(fill_kernel(question, layout, kernel, plan));
	fill_start_data(arch, layout, data, plan);
	TRY(fill_page_tables(arch, layout, plan));
	TRY(purgatory_fill(arch, question, plan));
	TRY(fill_first_kernel(arch, plan));
	TRY(plan_verify(arch, plan, question->machine));
	for (unsigned int i = 0; i < plan->segments.count; i++)
		plan->handed_over += plan->segments.list[i].source.size;
	return check_free_memory(question->machine, plan);
}
