/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/verify.h"

#include "arch/arch.h"
#include "base/error.h"
#include "machine/machine.h"

#include <inttypes.h>

enum { PAGE = 4096 };

static struct error *verify_place(const struct segment *segment, const struct machine *machine)
{
	struct range range = {.start = segment->address};

	if (__builtin_add_overflow(range.start, segment->memory_size, &range.end))
		return error_new(ERROR_OTHER, "wraps around the end of the address space");
	if (range.start % PAGE || segment->memory_size % PAGE)
		return error_new(ERROR_OTHER, "is not page-aligned");
	if (segment->source.size > segment->memory_size)
		return error_new(ERROR_OTHER, "has more bytes than memory");
	if (!range_set_contains(&machine->usable, range))
		return error_new(ERROR_OTHER, "0x%" PRIx64 " to 0x%" PRIx64 " is not usable RAM",
			range.start, range.end);
	return NULL;
}

static struct error *verify_segment(const struct segment *segment, const struct machine *machine)
{
	TRY(verify_place(segment, machine));
	/* kernel/kexec_core.c: a segment of more than half of RAM is refused. */
	if (machine->memory_total && segment->memory_size > machine->memory_total / 2)
		return error_new(ERROR_NO_SPACE,
			"needs %" PRIu64 " MiB, more than half of this machine's %" PRIu64
			" MiB, which is more than the kernel accepts; use a smaller one",
			segment->memory_size >> 20, machine->memory_total >> 20);
	return NULL;
}

static bool overlap(const struct segment *a, const struct segment *b)
{
	return a->address < b->address + b->memory_size && b->address < a->address + a->memory_size;
}

static bool covers(const struct segment *segment, uint64_t address)
{
	return segment->address <= address && address < segment->address + segment->memory_size;
}

/* Purgatory writes there after everything was verified. */
static struct error *verify_cleared(
	const struct arch *arch, const struct plan *plan, const struct machine *machine)
{
	struct segment cleared = {
		.address = plan->cleared.start,
		.memory_size = range_size(plan->cleared),
	};

	if (range_is_empty(plan->cleared))
		return NULL;
	TRY(error_prefix(verify_place(&cleared, machine), "plan: what is cleared"));
	if (covers(&cleared, plan->mailbox))
		return error_new(ERROR_OTHER, "plan: what is cleared holds the mailbox's page");
	for (unsigned int i = 0; i < plan->segments.count; i++)
		if (overlap(&cleared, &plan->segments.list[i]))
			return error_new(ERROR_OTHER,
				"plan: what is cleared overlaps segment \"%s\"",
				plan->segments.list[i].name);
	if (!plan->page_table_root && !arch->runs_unpaged(machine, plan->method))
		return error_new(ERROR_OTHER,
			"plan: what is cleared may hold the page tables that purgatory runs on");
	return NULL;
}

static struct error *verify_tables(const struct arch *arch, const struct plan *plan)
{
	struct bytes tables = blob_bytes(&plan->page_tables);

	if (!plan->page_table_root)
		return NULL;
	for (unsigned int i = 0; i < plan->segments.count; i++) {
		const struct segment *segment = &plan->segments.list[i];
		struct range range = {segment->address, segment->address + segment->memory_size};

		if (!arch->tables_map(
			    tables, plan->page_table_root, plan->page_table_levels, range))
			return error_new(ERROR_OTHER,
				"plan: the page tables do not map segment \"%s\"", segment->name);
	}
	if (arch->tables_map(tables, plan->page_table_root, plan->page_table_levels, plan->cleared))
		return NULL;
	return error_new(ERROR_OTHER, "plan: the page tables do not map what is cleared");
}

struct error *plan_verify(
	const struct arch *arch, const struct plan *plan, const struct machine *machine)
{
	uint64_t total = 0;

	TRY(verify_cleared(arch, plan, machine));
	TRY(verify_tables(arch, plan));

	for (unsigned int i = 0; i < plan->segments.count; i++) {
		const struct segment *segment = &plan->segments.list[i];

		TRY(error_prefix(
			verify_segment(segment, machine), "plan: segment \"%s\"", segment->name));
		if (covers(segment, plan->mailbox))
			return error_new(ERROR_OTHER,
				"plan: segment \"%s\" lies on the mailbox's page", segment->name);
		for (unsigned int j = 0; j < i; j++)
			if (overlap(segment, &plan->segments.list[j]))
				return error_new(ERROR_OTHER,
					"plan: segments \"%s\" and \"%s\" overlap", segment->name,
					plan->segments.list[j].name);
		total += segment->memory_size;
	}
	if (machine->memory_total && total > machine->memory_total / 2)
		return error_new(ERROR_NO_SPACE,
			"plan: all segments together need %" PRIu64
			" MiB, more than half of this machine's %" PRIu64
			" MiB, which is more than the kernel accepts; use a smaller initrd",
			total >> 20, machine->memory_total >> 20);
	return NULL;
}
