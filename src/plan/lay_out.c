/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/lay_out.h"

#include "arch/arch.h"
#include "base/error.h"
#include "decision/decision.h"
#include "decision/layout.h"
#include "decision/question.h"
#include "image/initrd.h"
#include "machine/machine.h"
#include "plan/allocator.h"
#include "plan/place.h"
#include "wire/handoff.h"

#include <inttypes.h>
#include <stdio.h>

enum { PAGE = HANDOFF_MAILBOX_SIZE };

/* Of a 32-bit program. */
#define REACH_32BIT (UINT64_C(1) << 32)

/* What the steps of one alternative share. */
struct laying {
	const struct arch *arch;
	const struct question *question;
	const struct decision *decision;
	const struct unpacked_kernel *kernel;
	struct arch_entry entry;
	struct arch_limits limits;
	uint64_t start_data_size;
	struct allocator allocator;
	struct layout *layout;
};

/* Usable memory, less what the new command line takes away from it. */
static struct error *init_allocator(struct laying *laying)
{
	const struct request *request = laying->question->request;
	uint64_t maximum = request->memory_max ? request->memory_max : UINT64_MAX;

	if (request->loader_32bit && maximum > REACH_32BIT)
		maximum = REACH_32BIT;
	maximum = maximum < laying->limits.reach ? maximum : laying->limits.reach;
	TRY(allocator_init(&laying->allocator, &laying->question->machine->usable,
		request->memory_min, maximum));
	return range_set_subtract(&laying->allocator.free, &laying->limits.taken);
}

static struct error *place_the_kernel(struct laying *laying)
{
	const struct request *request = laying->question->request;
	struct layout *layout = laying->layout;
	char reason[RULE_TEXT];
	struct rules rules;
	uint64_t address;

	laying->arch->kernel_rules(laying->question, laying->kernel, &laying->entry, &rules);
	TRY(place_by_rules(&laying->allocator, &rules, &address, reason));
	TRY(laying->arch->add_kernel(
		laying->question, laying->kernel, &laying->entry, address, reason, layout));
	if (request->has_entry && !layout->direct)
		layout->kernel_entry = request->entry;
	return NULL;
}

static struct error *place_the_initrd(struct laying *laying)
{
	const struct initrd *initrd = laying->question->initrd;
	struct segment segment = {.role = SEGMENT_INITRD, .name = "initrd"};
	char reason[RULE_TEXT];
	struct rules rules;

	if (!initrd || !initrd->bytes.size)
		return NULL;
	segment.source = blob_bytes(&initrd->bytes);
	align_up(segment.source.size, PAGE, &segment.memory_size);
	laying->arch->initrd_rules(laying->question, segment.memory_size, &rules);
	TRY(place_by_rules(&laying->allocator, &rules, &segment.address, reason));
	return segments_add(&laying->layout->segments, &segment, "%s", reason);
}

/* Is the page RAM that purgatory reads, but above all that may be placed? */
static bool is_out_of_the_way(const struct laying *laying, uint64_t page)
{
	return laying->limits.purgatory_reach == UINT64_MAX && page % PAGE == 0 &&
	       page >= laying->allocator.maximum &&
	       range_set_contains(
		       &laying->question->machine->usable, (struct range){page, page + PAGE});
}

/*
 * Keep everything away from the page of the mailbox, which the old system goes on writing to after
 * the load. A kernel that must lie there goes first: the mailbox is for the ledger alone.
 */
static struct error *keep_mailbox(struct laying *laying)
{
	const struct request *request = laying->question->request;
	uint64_t mailbox = request->mailbox;
	struct notes *notes = &laying->layout->notes;
	bool taken = false;

	if (!mailbox && request->no_mailbox)
		note_add(notes, NOTE_LEDGER, "no mailbox: %s", request->no_mailbox);
	if (!mailbox)
		return NULL;
	if (mailbox % PAGE == 0)
		TRY(allocator_take(&laying->allocator, mailbox, PAGE, &taken));
	taken = taken || is_out_of_the_way(laying, mailbox);
	if (taken) {
		laying->layout->mailbox = mailbox;
		return NULL;
	}
	note_add(notes, NOTE_LEDGER,
		"no mailbox: its page at 0x%" PRIx64
		" is not %s; the old system's times will be unknown",
		mailbox,
		mailbox >= laying->limits.purgatory_reach ? laying->limits.purgatory_reach_text
							  : "free RAM");
	return NULL;
}

/* One of baton's own. */
static struct error *place_own(struct laying *laying, enum segment_role role, const char *name,
	uint64_t size, const char *reason)
{
	struct segment segment = {.role = role, .name = name};
	char unused[RULE_TEXT];
	struct rules rules;

	align_up(size, PAGE, &segment.memory_size);
	laying->arch->small_rules(name, segment.memory_size, &rules);
	TRY(place_by_rules(&laying->allocator, &rules, &segment.address, unused));
	return segments_add(&laying->layout->segments, &segment, "%s", reason);
}

/* They map themselves as well. */
static struct error *place_page_tables(struct laying *laying)
{
	struct layout *layout = laying->layout;
	const struct segment *tables;
	char reason[RULE_TEXT];
	uint64_t size;

	TRY(laying->arch->tables_size(laying->question, laying->decision, layout, &size));
	if (!size)
		return NULL;
	snprintf(reason, sizeof(reason),
		"%u levels, 2 MiB pages; lowest free place from 1 MiB up, below 4 GiB",
		layout->table_levels);
	TRY(place_own(laying, SEGMENT_PAGE_TABLES, "page tables", size, reason));
	tables = segments_find(&layout->segments, SEGMENT_PAGE_TABLES);
	return range_set_add(&layout->mapped,
		(struct range){tables->address, tables->address + tables->memory_size});
}

/*
 * The small and the bounded pieces first; a kernel that can move last, at one of the places that
 * are left, as its own decompressor would choose. One that cannot goes before anything is in its
 * way.
 */
static struct error *place_everything(struct laying *laying)
{
	static const char low[] = "lowest free place from 1 MiB up, below 4 GiB";
	const struct machine *machine = laying->question->machine;
	enum method method = laying->decision->method;
	bool movable = laying->arch->is_movable(laying->question, &laying->entry);

	if (!movable)
		TRY(place_the_kernel(laying));
	TRY(keep_mailbox(laying));
	TRY(place_own(laying, SEGMENT_BOOT_DATA, "boot data", laying->start_data_size,
		"lowest free place from 1 MiB up, below 4 GiB: every kernel maps it early"));
	TRY(place_own(laying, SEGMENT_PURGATORY, "purgatory",
		laying->arch->purgatory_size(machine, method), low));
	TRY(place_the_initrd(laying));
	if (movable)
		TRY(place_the_kernel(laying));
	TRY(place_page_tables(laying));
	if (method == METHOD_ELF)
		TRY(place_own(laying, SEGMENT_PVH_ENTRY, "PVH entry",
			laying->arch->first_kernel_size(),
			"stands for the first kernel; QEMU enters it"));
	segments_sort(&laying->layout->segments);
	return NULL;
}

static struct error *lay(struct laying *laying)
{
	struct error *error = init_allocator(laying);

	if (!error)
		error = place_everything(laying);
	allocator_deinit(&laying->allocator);
	laying->allocator = (struct allocator){0};
	return error;
}

/* At its own decompressor after all, as if nothing had been tried. */
static struct error *lay_at_stub(struct laying *laying)
{
	layout_deinit(laying->layout);
	laying->entry.direct = false;
	note_add(&laying->layout->entry_notes, NOTE_ENTRY,
		"no room for the unpacked kernel: its own decompressor after all");
	return lay(laying);
}

static struct error *lay_alternatives(struct laying *laying)
{
	struct error *error;

	TRY(laying->arch->limits(laying->question, laying->decision, &laying->limits));
	TRY(laying->arch->enter(laying->question, laying->decision, laying->kernel,
		&laying->layout->entry_notes, &laying->entry));
	error = lay(laying);
	if (!laying->entry.direct || error_code(error) != ERROR_NO_SPACE ||
		laying->question->request->entry_choice == ENTRY_DIRECT)
		return error;
	error_free(error);
	return lay_at_stub(laying);
}

struct error *lay_out(const struct arch *arch, const struct question *question,
	const struct decision *decision, const struct unpacked_kernel *kernel,
	uint64_t start_data_size, struct layout *ret)
{
	struct laying laying = {
		.arch = arch,
		.question = question,
		.decision = decision,
		.kernel = kernel,
		.start_data_size = start_data_size,
		.layout = ret,
	};
	struct error *error;

	*ret = (struct layout){0};
	error = lay_alternatives(&laying);
	range_set_deinit(&laying.limits.taken);
	if (error)
		layout_deinit(ret);
	return error;
}
