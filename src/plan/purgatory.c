/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/purgatory.h"

#include <stdio.h>

#include "arch/x86/purgatory.h"
#include "base/error.h"
#include "image/image.h"
#include "image/initrd.h"
#include "machine/machine.h"
#include "plan/entry_mode.h"
#include "plan/plan.h"
#include "plan/question.h"

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
static struct digest segment_digest(
	const struct initrd *initrd, const struct segment *segment, enum digest_algorithm algorithm)
{
	if (segment->role == SEGMENT_INITRD && initrd->algorithm == algorithm)
		return initrd->digest;
	return digest_of(algorithm, segment->source.data, segment->source.size);
}

static void add_regions(
	const struct initrd *initrd, const struct plan *plan, struct purgatory_params *params)
{
	for (unsigned int i = 0; i < plan->segments.count; i++) {
		const struct segment *segment = &plan->segments.list[i];
		struct purgatory_region *region = &params->regions[params->region_count];

		if (!segment->source.size)
			continue;
		*region = (struct purgatory_region){
			.address = segment->address,
			.size = segment->source.size,
			.digest = segment_digest(initrd, segment, params->algorithm),
		};
		snprintf(region->name, sizeof(region->name), "%s", segment->name);
		params->region_count++;
	}
}

static struct purgatory_params make_params(const struct question *question, const struct plan *plan)
{
	const struct request *request = question->request;
	struct purgatory_params params = {
		.entry = plan->kernel_entry,
		.boot_params = plan->boot_params,
		.record = plan->record,
		.mailbox = plan->mailbox,
		.mailbox_nonce = request->mailbox_nonce,
		.page_tables = plan->page_table_root,
		.entry_mode = enters_in_32bit(request, question->image) ? PURGATORY_ENTRY_32
									: PURGATORY_ENTRY_64,
		.console = request->console,
		.serial_port = request->serial_port ? request->serial_port : 0x3f8,
		.serial_baud = request->serial_baud,
		.verify = !request->no_verify,
		.algorithm = plan_digest_algorithm(question->machine),
	};

	fill_reset(&question->machine->reset, &params);
	if (!request->no_verify && !plan->incomplete)
		add_regions(question->initrd, plan, &params);
	return params;
}

struct error *purgatory_fill(const struct question *question, struct plan *plan)
{
	struct purgatory_params params = make_params(question, plan);
	struct segment *segment = segments_find(&plan->segments, SEGMENT_PURGATORY);

	TRY(purgatory_build(purgatory_for(question->machine, plan->method), &params,
		segment->address, &plan->purgatory));
	segment->source = blob_bytes(&plan->purgatory);
	plan->entry = segment->address;
	if (question->request->no_verify)
		note_add(&plan->notes, NOTE_WARNING,
			"no digests, as asked for: a device that still writes to memory will not "
			"be noticed");
	return NULL;
}

struct error *pvh_entry_fill(struct plan *plan)
{
	struct segment *segment = segments_find(&plan->segments, SEGMENT_PVH_ENTRY);

	if (!segment)
		return NULL;
	TRY(pvh_entry_build(segment->address, plan->entry, &plan->pvh_entry));
	segment->source = blob_bytes(&plan->pvh_entry);
	return NULL;
}
