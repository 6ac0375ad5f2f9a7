/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/purgatory.h"

#include <stdio.h>

#include "arch/arch.h"
#include "base/error.h"
#include "decision/question.h"
#include "image/initrd.h"
#include "plan/plan.h"

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

static struct purgatory_params make_params(
	const struct arch *arch, const struct question *question, const struct plan *plan)
{
	const struct request *request = question->request;
	struct purgatory_params params = {
		.entry = plan->kernel_entry,
		.boot_params = plan->boot_params,
		.record = plan->record,
		.mailbox = plan->mailbox,
		.mailbox_nonce = request->mailbox_nonce,
		.page_tables = plan->page_table_root,
		.page_table_levels = plan->page_table_levels,
		.clear_address = plan->cleared.start,
		.clear_size = range_size(plan->cleared),
		.console = request->console,
		.serial_baud = request->serial_baud,
		.verify = !request->no_verify,
		.algorithm = arch->digest(question->machine),
	};

	arch->fill_params(question, &params);
	if (!request->no_verify && !plan->incomplete)
		add_regions(question->initrd, plan, &params);
	return params;
}

struct error *purgatory_fill(
	const struct arch *arch, const struct question *question, struct plan *plan)
{
	struct purgatory_params params = make_params(arch, question, plan);
	struct segment *segment = segments_find(&plan->segments, SEGMENT_PURGATORY);

	TRY(arch->make_purgatory(
		question->machine, plan->method, &params, segment->address, &plan->purgatory));
	segment->source = blob_bytes(&plan->purgatory);
	plan->entry = segment->address;
	if (question->request->no_verify)
		note_add(&plan->notes, NOTE_WARNING,
			"no digests, as asked for: a device that still writes to memory will not "
			"be noticed");
	return NULL;
}
