/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/lay_out.h"

#include "arch/x86/purgatory.h"
#include "base/error.h"
#include "base/handoff_mailbox.h"
#include "image/image.h"
#include "image/initrd.h"
#include "image/unpacked.h"
#include "machine/machine.h"
#include "plan/allocator.h"
#include "plan/decision.h"
#include "plan/direct.h"
#include "plan/entry_mode.h"
#include "plan/layout.h"
#include "plan/memmap_option.h"
#include "plan/page_levels.h"
#include "plan/place.h"
#include "plan/question.h"

#include <inttypes.h>

enum { PAGE = HANDOFF_MAILBOX_SIZE };

/* With paging off, and of a 32-bit program. */
#define REACH_32BIT (UINT64_C(1) << 32)

/* What the steps of one alternative share. */
struct laying {
	const struct question *question;
	const struct decision *decision;
	const struct unpacked_kernel *kernel;
	struct direct direct; /* not `possible`: the kernel is entered at its decompressor */
	enum purgatory_kind purgatory_kind;
	uint64_t boot_data_size;
	struct allocator allocator;
	struct layout *layout;
};

void layout_deinit(struct layout *layout)
{
	segments_deinit(&layout->segments);
	range_set_deinit(&layout->mapped);
	notes_deinit(&layout->entry_notes);
	notes_deinit(&layout->notes);
	*layout = (struct layout){0};
}

/* Usable memory, less what the new command line takes away from it. */
static struct error *init_allocator(struct laying *laying)
{
	const struct request *request = laying->question->request;
	uint64_t maximum = request->memory_max ? request->memory_max : UINT64_MAX;
	uint64_t reach = page_levels_reach(laying->question, laying->decision);
	_cleanup_memmap_option_ struct memmap_option memmap = {0};

	if ((laying->purgatory_kind == PURGATORY_I386 || request->loader_32bit) &&
		maximum > REACH_32BIT)
		maximum = REACH_32BIT;
	maximum = maximum < reach ? maximum : reach;
	TRY(allocator_init(&laying->allocator, &laying->question->machine->usable,
		request->memory_min, maximum));
	TRY(memmap_option_read(laying->decision->command_line, &memmap));
	return range_set_subtract(&laying->allocator.free, &memmap.taken);
}

static struct error *place_the_kernel(struct laying *laying)
{
	const struct request *request = laying->question->request;

	if (laying->direct.possible)
		return direct_place(laying->layout, &laying->allocator, laying->question,
			&laying->direct, laying->kernel->payload);
	TRY(place_kernel(laying->layout, &laying->allocator, laying->question));
	if (request->has_entry)
		laying->layout->kernel_entry = request->entry;
	return NULL;
}

/* May the kernel go elsewhere than where it was linked? An ELF is tried there first. */
static bool is_movable(const struct laying *laying)
{
	const struct image *image = laying->question->image;

	return laying->direct.possible ||
	       (image->kind == IMAGE_BZIMAGE && image->physically_relocatable);
}

/* Is the page RAM that purgatory reads, but above all that may be placed? */
static bool is_out_of_the_way(const struct laying *laying, uint64_t page)
{
	return laying->purgatory_kind != PURGATORY_I386 && page % PAGE == 0 &&
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
		mailbox >= REACH_32BIT && laying->purgatory_kind == PURGATORY_I386
			? "below 4 GiB, where a 32-bit purgatory reads"
			: "free RAM");
	return NULL;
}

/* One of baton's own, below 4 GiB. */
static struct error *place_own(struct laying *laying, enum segment_role role, const char *name,
	uint64_t size, const char *reason)
{
	struct segment segment = {.role = role, .name = name};

	align_up(size, PAGE, &segment.memory_size);
	TRY(place_low(&laying->allocator, name, segment.memory_size, &segment.address));
	return segments_add(&laying->layout->segments, &segment, "%s", reason);
}

static struct error *place_page_tables(struct laying *laying)
{
	bool wanted;

	TRY(page_levels_decide(laying->question, laying->decision, laying->layout, &wanted));
	return wanted ? page_levels_place(laying->layout, &laying->allocator) : NULL;
}

/*
 * The small and the bounded pieces first; a kernel that can move last, at one of the places that
 * are left, as its own decompressor would choose. One that cannot goes before anything is in its
 * way.
 */
static struct error *place_everything(struct laying *laying)
{
	static const char low[] = "lowest free place from 1 MiB up, below 4 GiB";
	bool movable = is_movable(laying);

	if (!movable)
		TRY(place_the_kernel(laying));
	TRY(keep_mailbox(laying));
	TRY(place_own(laying, SEGMENT_BOOT_DATA, "boot data", laying->boot_data_size,
		"lowest free place from 1 MiB up, below 4 GiB: every kernel maps it early"));
	TRY(place_own(laying, SEGMENT_PURGATORY, "purgatory",
		purgatory_memory_size(laying->purgatory_kind), low));
	TRY(place_initrd(laying->layout, &laying->allocator, laying->question));
	if (movable)
		TRY(place_the_kernel(laying));
	TRY(place_page_tables(laying));
	if (laying->decision->method == METHOD_ELF)
		TRY(place_own(laying, SEGMENT_PVH_ENTRY, "PVH entry", pvh_entry_memory_size(),
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
	laying->direct.possible = false;
	note_add(&laying->layout->entry_notes, NOTE_ENTRY,
		"no room for the unpacked kernel: its own decompressor after all");
	return lay(laying);
}

static struct error *lay_alternatives(struct laying *laying)
{
	struct error *error;

	TRY(direct_decide(laying->question, laying->decision, laying->kernel,
		&laying->layout->entry_notes, &laying->direct));
	error = lay(laying);
	if (!laying->direct.possible || error_code(error) != ERROR_NO_SPACE ||
		laying->question->request->entry_choice == ENTRY_DIRECT)
		return error;
	error_free(error);
	return lay_at_stub(laying);
}

struct error *lay_out(const struct question *question, const struct decision *decision,
	const struct unpacked_kernel *kernel, uint64_t boot_data_size, struct layout *ret)
{
	struct laying laying = {
		.question = question,
		.decision = decision,
		.kernel = kernel,
		.purgatory_kind = purgatory_for(question->machine, decision->method),
		.boot_data_size = boot_data_size,
		.layout = ret,
	};
	struct error *error;

	*ret = (struct layout){0};
	error = lay_alternatives(&laying);
	if (error)
		layout_deinit(ret);
	return error;
}
