/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/fill.h"

#include "arch/x86/page_tables.h"
#include "base/error.h"
#include "image/image.h"
#include "image/payload.h"
#include "image/unpacked.h"
#include "machine/machine.h"
#include "plan/boot.h"
#include "plan/layout.h"
#include "plan/plan.h"
#include "plan/purgatory.h"
#include "plan/question.h"
#include "plan/verify.h"

#include <inttypes.h>
#include <string.h>

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

static struct error *fill_page_tables(const struct layout *layout, struct plan *plan)
{
	struct segment *segment = segments_find(&plan->segments, SEGMENT_PAGE_TABLES);

	if (!segment)
		return NULL;
	TRY(page_tables_build(&layout->mapped, segment->address, &plan->page_tables));
	segment->source = blob_bytes(&plan->page_tables);
	plan->page_table_root = segment->address;
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

struct error *fill(const struct question *question, struct layout *layout,
	struct boot_data *boot_data, struct unpacked_kernel *kernel, struct plan *plan)
{
	plan->segments = layout->segments;
	layout->segments = (struct segments){0};
	plan->mailbox = layout->mailbox;
	TRY(fill_kernel(question, layout, kernel, plan));
	boot_data_fill(layout, boot_data, plan);
	TRY(fill_page_tables(layout, plan));
	TRY(purgatory_fill(question, plan));
	TRY(pvh_entry_fill(plan));
	TRY(plan_verify(plan, question->machine));
	for (unsigned int i = 0; i < plan->segments.count; i++)
		plan->handed_over += plan->segments.list[i].source.size;
	return check_free_memory(question->machine, plan);
}
