/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/make.h"

#include "arch/x86/boot_data.h"
#include "base/error.h"
#include "base/handoff_mailbox.h"
#include "image/image.h"
#include "image/initrd.h"
#include "image/unpacked.h"
#include "plan/allocator.h"
#include "plan/boot.h"
#include "plan/decide.h"
#include "plan/decision.h"
#include "plan/direct.h"
#include "plan/entry_mode.h"
#include "plan/file_load.h"
#include "plan/memmap_option.h"
#include "plan/new_memory.h"
#include "plan/page_levels.h"
#include "plan/place.h"
#include "plan/planning.h"
#include "plan/purgatory.h"
#include "plan/verify.h"

#include <inttypes.h>
#include <stdlib.h>

enum { PAGE = HANDOFF_MAILBOX_SIZE };

/* With paging off, and of a 32-bit program. */
#define REACH_32BIT (UINT64_C(1) << 32)

/* Between boot data, which they map, and purgatory, which is told where they are. */
static struct error *add_page_tables(struct planning *planning)
{
	struct range purgatory = {planning->purgatory,
		planning->purgatory + purgatory_memory_size(planning->purgatory_kind)};
	bool wanted;

	TRY(page_levels_decide(planning->question, planning->plan, &wanted));
	return wanted ? page_levels_place(planning->plan, &planning->allocator, purgatory) : NULL;
}

static struct error *check_free_memory(const struct planning *planning)
{
	uint64_t available = planning->question->machine->memory_available;
	uint64_t needed = planning->plan->handed_over;

	if (!available || needed <= available)
		return NULL;
	return error_new(ERROR_NO_SPACE,
		"memory: the kernel must copy %" PRIu64 " MiB, but only %" PRIu64
		" MiB are available; free some memory, or use a smaller initrd",
		(needed >> 20) + 1, available >> 20);
}

/* The kernel, directly entered if that was decided and there is room, else at its decompressor. */
static struct error *place_the_kernel(struct planning *planning)
{
	struct plan *plan = planning->plan;
	struct error *error;

	if (planning->direct.possible) {
		error = direct_place(plan, &planning->allocator, planning->question,
			&planning->direct, planning->kernel, &planning->addresses.kernel);
		plan->direct = !error;
		planning->addresses.kaslr = plan->direct && planning->direct.randomize_virtual;
		if (!error || error_code(error) != ERROR_NO_SPACE ||
			planning->question->request->entry_choice == ENTRY_DIRECT)
			return error;
		error_free(error);
		notes_drop(&plan->notes, NOTE_ENTRY);
		notes_drop(&plan->notes, NOTE_KASLR);
		note_add(&plan->notes, NOTE_ENTRY,
			"no room for the unpacked kernel: its own decompressor after all");
	}
	TRY(place_kernel(
		plan, &planning->allocator, planning->question, &planning->addresses.kernel));
	if (planning->question->request->has_entry)
		plan->kernel_entry = planning->question->request->entry;
	return NULL;
}

static int compare_roles(const void *a, const void *b)
{
	const struct segment *first = a, *second = b;

	if (first->role != second->role)
		return (int)first->role - (int)second->role;
	return first->address < second->address ? -1 : first->address > second->address;
}

/* May the kernel go elsewhere than where it was linked? An ELF is tried there first. */
static bool is_movable(const struct planning *planning)
{
	return planning->direct.possible ||
	       (planning->question->image->kind == IMAGE_BZIMAGE &&
		       planning->question->image->physically_relocatable);
}

/* Is the page RAM that purgatory reads, but above all that may be placed? */
static bool is_out_of_the_way(const struct planning *planning, uint64_t page)
{
	return planning->purgatory_kind != PURGATORY_I386 && page % PAGE == 0 &&
	       page >= planning->allocator.maximum &&
	       range_set_contains(
		       &planning->question->machine->usable, (struct range){page, page + PAGE});
}

/*
 * Keep everything away from the page of the mailbox, which the old system goes on writing to after
 * the load. A kernel that must lie there goes first: the mailbox is for the ledger alone.
 */
static struct error *keep_mailbox(struct planning *planning)
{
	uint64_t mailbox = planning->question->request->mailbox;
	bool taken = false;

	if (!mailbox && planning->question->request->no_mailbox)
		note_add(&planning->plan->notes, NOTE_LEDGER, "no mailbox: %s",
			planning->question->request->no_mailbox);
	if (!mailbox)
		return NULL;
	if (mailbox % PAGE == 0)
		TRY(allocator_take(&planning->allocator, mailbox, PAGE, &taken));
	taken = taken || is_out_of_the_way(planning, mailbox);
	if (taken) {
		planning->plan->mailbox = mailbox;
		return NULL;
	}
	note_add(&planning->plan->notes, NOTE_LEDGER,
		"no mailbox: its page at 0x%" PRIx64
		" is not %s; the old system's times will be unknown",
		mailbox,
		mailbox >= REACH_32BIT && planning->purgatory_kind == PURGATORY_I386
			? "below 4 GiB, where a 32-bit purgatory reads"
			: "free RAM");
	return NULL;
}

/*
 * The small and the bounded pieces first; a kernel that can move last, at one of the places that
 * are left, as its own decompressor would choose. One that cannot goes before anything is in its
 * way.
 */
static struct error *place_everything(struct planning *planning)
{
	struct plan *plan = planning->plan;
	struct allocator *allocator = &planning->allocator;
	bool movable = is_movable(planning);

	if (!movable)
		TRY(place_the_kernel(planning));
	TRY(keep_mailbox(planning));
	TRY(place_low(allocator, "boot data", planning->boot_data.bytes.size,
		&planning->addresses.boot_data));
	TRY(place_low(allocator, "purgatory", purgatory_memory_size(planning->purgatory_kind),
		&planning->purgatory));
	TRY(place_initrd(plan, allocator, planning->question, planning->initrd,
		&planning->addresses.initrd));
	planning->addresses.initrd_size = planning->initrd.size;
	if (movable)
		TRY(place_the_kernel(planning));
	/* For people who read the plan: in the order of what they are, not of how they were placed.
	 */
	qsort(plan->segments, plan->segment_count, sizeof(plan->segments[0]), compare_roles);
	return NULL;
}

/* Usable memory, less what the new command line takes away from it. */
static struct error *init_allocator(struct planning *planning)
{
	const struct request *request = planning->question->request;
	uint64_t maximum = request->memory_max ? request->memory_max : UINT64_MAX;
	uint64_t reach = page_levels_reach(planning->question, planning->plan);
	_cleanup_memmap_option_ struct memmap_option memmap = {0};

	if ((planning->purgatory_kind == PURGATORY_I386 || request->loader_32bit) &&
		maximum > REACH_32BIT)
		maximum = REACH_32BIT;
	maximum = maximum < reach ? maximum : reach;
	TRY(allocator_init(&planning->allocator, &planning->question->machine->usable,
		request->memory_min, maximum));
	TRY(memmap_option_read(planning->plan->command_line, &memmap));
	return range_set_subtract(&planning->allocator.free, &memmap.taken);
}

static struct error *plan_segments(struct planning *planning)
{
	struct plan *plan = planning->plan;

	planning->purgatory_kind = purgatory_for(planning->question->machine, plan->method);
	TRY(init_allocator(planning));
	TRY(direct_decide(planning->question, planning->decision->hazard, planning->kernel, plan,
		&planning->direct));
	TRY(build_boot_data(planning));
	TRY(place_everything(planning));
	TRY(add_boot_data(planning));
	TRY(add_page_tables(planning));
	TRY(add_purgatory(planning));
	if (plan->method == METHOD_ELF)
		TRY(place_pvh_entry(planning));
	TRY(plan_verify(plan, planning->question->machine));
	for (unsigned int i = 0; i < plan->segment_count; i++)
		plan->handed_over += plan->segments[i].source.size;
	return check_free_memory(planning);
}

/*
 * A damaged file is no matter for a fallback: the next kernel would find the same, when nobody can
 * help it any more. Who knows better says so.
 */
static struct error *check_damage(struct planning *planning)
{
	const struct initrd *initrd = planning->question->initrd;
	const struct image *image = planning->question->image;
	const struct unpacked_kernel *kernel = planning->kernel;
	const char *name = image->name ? image->name : "kernel";

	if (kernel->damage && planning->question->request->entry_choice != ENTRY_STUB)
		return error_new(ERROR_DAMAGED,
			"%s: %s; install it anew, or load it all the same with baton load --entry=stub",
			name, kernel->damage);
	if (kernel->damage)
		note_add(&planning->plan->notes, NOTE_WARNING,
			"%s: %s; it is loaded all the same, as --entry=stub asks for", name,
			kernel->damage);
	if (!initrd || !initrd->damage)
		return NULL;
	if (planning->question->request->initrd_choice != INITRD_KEEP)
		return error_new(ERROR_DAMAGED,
			"%s; make it anew, or load it all the same with baton load --unpack-initrd=never",
			initrd->damage);
	note_add(&planning->plan->notes, NOTE_WARNING,
		"%s; it is loaded all the same, as --unpack-initrd=never asks for", initrd->damage);
	return NULL;
}

/* What nobody has looked at for damage, and what turned out to be of no use on the way. */
static void note_unchecked(struct planning *planning)
{
	const struct initrd *initrd = planning->question->initrd;
	const struct image *image = planning->question->image;
	const struct unpacked_kernel *kernel = planning->kernel;
	const char *name = image->name ? image->name : "kernel";
	struct notes *notes = &planning->plan->notes;

	if (kernel->prepared_declined)
		note_add(notes, NOTE_WARNING,
			"%s: what is kept of it below /var/cache/baton does not fit it (%s), and it "
			"was unpacked again; `baton prepare` makes the file anew",
			name, kernel->prepared_declined);
	if (kernel->unchecked && !kernel->damage)
		note_add(notes, NOTE_NOT_CHECKED, "whether the kernel inside %s is whole: %s", name,
			kernel->unchecked);
	if (initrd && initrd_size(initrd) && !initrd->checked && !initrd->damage)
		note_add(notes, NOTE_NOT_CHECKED,
			"whether the initrd is whole: it is handed on as it is, and the new kernel "
			"would be the first to find damage");
}

static struct error *make(struct planning *planning)
{
	TRY(check_damage(planning));
	TRY(new_memory_check(planning->question, planning->plan));
	note_unchecked(planning);
	return planning->plan->method == METHOD_FILE_LOAD
		       ? file_load_plan(planning->question, planning->plan)
		       : plan_segments(planning);
}

static void note_initrd(const struct initrd *initrd, struct notes *notes)
{
	if (initrd->left_out)
		note_add(notes, NOTE_WARNING, "initrd: %s", initrd->left_out);
	if (initrd->reordered)
		note_add(notes, NOTE_INITRD, "microcode was moved to the front");
	if (initrd->packed_size)
		note_add(notes, NOTE_INITRD,
			"unpacked beforehand, from %" PRIu64 " to %" PRIu64
			" KiB: the new kernel need not",
			initrd->packed_size >> 10, initrd->bytes.size >> 10);
	else if (initrd->kept_reason && initrd->doubtful)
		note_add(notes, NOTE_WARNING,
			"initrd: %s, neither an archive nor compressed in a way known to baton; it is "
			"handed over as it is",
			initrd->kept_reason);
	else if (initrd->kept_reason)
		note_add(notes, NOTE_INITRD, "stays as it is: %s", initrd->kept_reason);
}

/* What was decided becomes part of the plan. */
static void take_decision(struct decision *decision, struct plan *plan)
{
	plan->method = decision->method;
	plan->command_line = decision->command_line;
	plan->composition = decision->composition;
	plan->notes = decision->notes;
	decision->command_line = NULL;
	decision->composition = (struct composition){0};
	decision->notes = (struct notes){0};
}

struct error *plan_finish(const struct question *question, struct decision *decision,
	struct unpacked_kernel *kernel, struct plan *ret)
{
	struct unpacked_kernel none = {0};
	const struct initrd *initrd = question->initrd;
	_cleanup_plan_ struct plan plan = {
		.target = question->request->target, .format = question->image->format};
	struct planning planning = {
		.question = question,
		.decision = decision,
		.kernel = kernel ? kernel : &none,
		.initrd = initrd ? blob_bytes(&initrd->bytes) : (struct bytes){0},
		.plan = &plan,
	};
	struct error *error;

	*ret = (struct plan){0};
	take_decision(decision, &plan);
	error = make(&planning);
	if (!error && initrd)
		note_initrd(initrd, &plan.notes);
	if (!error)
		error = notes_error(&plan.notes);
	allocator_deinit(&planning.allocator);
	boot_data_deinit(&planning.boot_data);
	if (error) {
		/* It is as good as before. */
		planning.kernel->payload = plan.payload ?: planning.kernel->payload;
		plan.payload = NULL;
		return error;
	}
	*ret = plan;
	plan = (struct plan){0};
	return NULL;
}

struct error *plan_make(
	const struct question *question, struct unpacked_kernel *kernel, struct plan *ret)
{
	_cleanup_decision_ struct decision decision = {0};

	*ret = (struct plan){0};
	TRY(decide(question, &decision));
	return plan_finish(question, &decision, kernel, ret);
}
