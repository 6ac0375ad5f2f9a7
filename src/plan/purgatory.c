/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/purgatory.h"

#include <stdio.h>

#include "base/error.h"
#include "image/image.h"
#include "image/initrd.h"
#include "machine/machine.h"
#include "plan/entry_mode.h"
#include "plan/place.h"
#include "plan/planning.h"

static void fill_reset(const struct reset_facts *reset, struct purgatory_params *params)
{
	if (!reset->present || reset->space > 1)
		return;
	params->reset_space = reset->space ? PURGATORY_RESET_IO : PURGATORY_RESET_MEMORY;
	params->reset_address = reset->address;
	params->reset_value = reset->value;
}

enum digest_algorithm plan_digest_algorithm(const struct machine *machine)
{
	return machine->cpu_crc32c ? DIGEST_CRC32C_LANES : DIGEST_XXH3_128;
}

/* An initrd's was made while it was unpacked. */
static struct digest segment_digest(const struct planning *planning, const struct segment *segment,
	enum digest_algorithm algorithm)
{
	const struct initrd *initrd = planning->question->initrd;

	if (segment->role == SEGMENT_INITRD && initrd->algorithm == algorithm)
		return initrd->digest;
	return digest_of(algorithm, segment->source.data, segment->source.size);
}

static void add_regions(const struct planning *planning, struct purgatory_params *params)
{
	const struct plan *plan = planning->plan;

	for (unsigned int i = 0; i < plan->segment_count; i++) {
		const struct segment *segment = &plan->segments[i];
		struct purgatory_region *region = &params->regions[params->region_count];

		if (!segment->source.size)
			continue;
		*region = (struct purgatory_region){
			.address = segment->address,
			.size = segment->source.size,
			.digest = segment_digest(planning, segment, params->algorithm),
		};
		snprintf(region->name, sizeof(region->name), "%s", segment->name);
		params->region_count++;
	}
}

static struct purgatory_params make_purgatory_params(const struct planning *planning)
{
	const struct request *request = planning->question->request;
	struct purgatory_params params = {
		.entry = planning->plan->kernel_entry,
		.boot_params = planning->plan->boot_params,
		.record = planning->plan->record,
		.mailbox = planning->plan->mailbox,
		.mailbox_nonce = request->mailbox_nonce,
		.page_tables = planning->plan->page_table_root,
		.entry_mode = enters_in_32bit(request, planning->question->image)
				      ? PURGATORY_ENTRY_32
				      : PURGATORY_ENTRY_64,
		.console = request->console,
		.serial_port = request->serial_port ? request->serial_port : 0x3f8,
		.serial_baud = request->serial_baud,
		.verify = !request->no_verify,
		.algorithm = plan_digest_algorithm(planning->question->machine),
	};

	fill_reset(&planning->question->machine->reset, &params);
	if (!request->no_verify && !planning->plan->incomplete)
		add_regions(planning, &params);
	return params;
}

struct error *add_purgatory(struct planning *planning)
{
	struct plan *plan = planning->plan;
	struct purgatory_params params = make_purgatory_params(planning);
	struct segment segment = {
		.role = SEGMENT_PURGATORY,
		.name = "purgatory",
		.address = planning->purgatory,
	};

	align_up(purgatory_memory_size(planning->purgatory_kind), 4096, &segment.memory_size);
	TRY(purgatory_build(planning->purgatory_kind, &params, segment.address, &plan->purgatory));
	segment.source = blob_bytes(&plan->purgatory);
	plan->entry = segment.address;
	if (planning->question->request->no_verify)
		note_add(&plan->notes, NOTE_WARNING,
			"no digests, as asked for: a device that still writes to memory will not "
			"be noticed");
	return plan_add_segment(plan, &segment, "lowest free place from 1 MiB up, below 4 GiB");
}

/* Stands for the first kernel: what QEMU enters. */
struct error *place_pvh_entry(struct planning *planning)
{
	struct plan *plan = planning->plan;
	struct segment segment = {.role = SEGMENT_PVH_ENTRY, .name = "PVH entry"};

	align_up(pvh_entry_memory_size(), 4096, &segment.memory_size);
	TRY(place_low(&planning->allocator, segment.name, segment.memory_size, &segment.address));
	TRY(pvh_entry_build(segment.address, plan->entry, &plan->pvh_entry));
	segment.source = blob_bytes(&plan->pvh_entry);
	return plan_add_segment(plan, &segment, "stands for the first kernel; QEMU enters it");
}
