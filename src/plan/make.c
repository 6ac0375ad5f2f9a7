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
#include "plan/command_line.h"
#include "plan/direct.h"
#include "plan/entry_mode.h"
#include "plan/file_load.h"
#include "plan/memmap_option.h"
#include "plan/method.h"
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

static struct error *make_command_line(struct planning *planning)
{
	struct plan *plan = planning->plan;
	const struct initrd *initrd = planning->initrd_source;
	bool by_file = plan->method == METHOD_FILE_LOAD;
	struct composing composing = {
		.request = planning->request,
		.machine = planning->machine,
		.image = planning->image,
		.initrd = planning->initrd,
		.initrd_in_files = initrd && initrd->in_files,
		.leaves_record = !by_file && boot_data_takes_setup_data(planning->image),
		.max = by_file ? file_load_command_line_max(planning->image)
			       : boot_data_command_line_max(planning->image),
	};
	uint64_t length;

	TRY(command_line_compose(&composing, &plan->composition));
	plan->command_line = plan->composition.text;
	plan->composition.text = NULL;
	command_line_note(&plan->composition, &plan->notes);
	length = strlen(plan->command_line);
	if (length > composing.max)
		return error_new(ERROR_USAGE,
			"command line: %" PRIu64 " bytes, but this kernel takes at most %" PRIu64
			"%s; shorten it, nothing is cut silently",
			length, composing.max, by_file ? " by kexec_file_load" : "");
	return NULL;
}

/* Between boot data, which they map, and purgatory, which is told where they are. */
static struct error *add_page_tables(struct planning *planning)
{
	struct range purgatory = {planning->purgatory,
		planning->purgatory + purgatory_memory_size(planning->purgatory_kind)};
	bool wanted;

	TRY(page_levels_decide(
		planning->request, planning->image, planning->machine, planning->plan, &wanted));
	return wanted ? page_levels_place(planning->plan, &planning->allocator, purgatory) : NULL;
}

static struct error *check_free_memory(const struct planning *planning)
{
	uint64_t available = planning->machine->memory_available;
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
		error = direct_place(plan, &planning->allocator, planning->request, planning->image,
			&planning->direct, planning->kernel, &planning->addresses.kernel);
		plan->direct = !error;
		planning->addresses.kaslr = plan->direct && planning->direct.randomize_virtual;
		if (!error || error_code(error) != ERROR_NO_SPACE ||
			planning->request->entry_choice == ENTRY_DIRECT)
			return error;
		error_free(error);
		notes_drop(&plan->notes, NOTE_ENTRY);
		notes_drop(&plan->notes, NOTE_KASLR);
		note_add(&plan->notes, NOTE_ENTRY,
			"no room for the unpacked kernel: its own decompressor after all");
	}
	TRY(place_kernel(plan, &planning->allocator, planning->request, planning->image,
		&planning->addresses.kernel));
	if (planning->request->has_entry)
		plan->kernel_entry = planning->request->entry;
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
	       (planning->image->bzimage.setup_size && planning->image->physically_relocatable);
}

/* Is the page RAM that purgatory reads, but above all that may be placed? */
static bool is_out_of_the_way(const struct planning *planning, uint64_t page)
{
	return planning->purgatory_kind != PURGATORY_I386 && page % PAGE == 0 &&
	       page >= planning->allocator.maximum &&
	       range_set_contains(&planning->machine->usable, (struct range){page, page + PAGE});
}

/*
 * Keep everything away from the page of the mailbox, which the old system goes on writing to after
 * the load. A kernel that must lie there goes first: the mailbox is for the ledger alone.
 */
static struct error *keep_mailbox(struct planning *planning)
{
	uint64_t mailbox = planning->request->mailbox;
	bool taken = false;

	if (!mailbox && planning->request->no_mailbox)
		note_add(&planning->plan->notes, NOTE_LEDGER, "no mailbox: %s",
			planning->request->no_mailbox);
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
	TRY(place_initrd(plan, allocator, planning->request, planning->image, planning->initrd,
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
	const struct request *request = planning->request;
	uint64_t maximum = request->memory_max ? request->memory_max : UINT64_MAX;
	uint64_t reach = page_levels_reach(planning->image, planning->machine, planning->plan);
	_cleanup_memmap_option_ struct memmap_option memmap = {0};

	if ((planning->purgatory_kind == PURGATORY_I386 || request->loader_32bit) &&
		maximum > REACH_32BIT)
		maximum = REACH_32BIT;
	maximum = maximum < reach ? maximum : reach;
	TRY(allocator_init(
		&planning->allocator, &planning->machine->usable, request->memory_min, maximum));
	TRY(memmap_option_read(planning->plan->command_line, &memmap));
	return range_set_subtract(&planning->allocator.free, &memmap.taken);
}

static struct error *check_memory_map(const struct machine *machine)
{
	if (machine->memory.count && machine->usable.count)
		return NULL;
	return error_new(ERROR_UNSUPPORTED,
		"memory: no memory map is known (neither /sys/firmware/memmap nor boot_params nor "
		"/proc/iomem); run as root");
}

static struct error *plan_segments(struct planning *planning)
{
	const struct request *request = planning->request;
	struct plan *plan = planning->plan;

	TRY(check_memory_map(planning->machine));
	planning->purgatory_kind = purgatory_for(planning->machine, plan->method);
	TRY(init_allocator(planning));
	TRY(direct_decide(request, planning->image, planning->kernel, planning->machine, plan,
		&planning->direct));
	TRY(build_boot_data(planning));
	TRY(place_everything(planning));
	TRY(add_boot_data(planning));
	TRY(add_page_tables(planning));
	TRY(add_purgatory(planning));
	if (plan->method == METHOD_ELF)
		TRY(place_pvh_entry(planning));
	TRY(plan_verify(plan, planning->machine));
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
	const struct initrd *initrd = planning->initrd_source;
	const struct image *image = planning->image;
	const struct unpacked_kernel *kernel = planning->kernel;
	const char *name = image->name ? image->name : "kernel";

	if (kernel->damage && planning->request->entry_choice != ENTRY_STUB)
		return error_new(ERROR_DAMAGED,
			"%s: %s; install it anew, or load it all the same with baton load --entry=stub",
			name, kernel->damage);
	if (kernel->damage)
		note_add(&planning->plan->notes, NOTE_WARNING,
			"%s: %s; it is loaded all the same, as --entry=stub asks for", name,
			kernel->damage);
	if (!initrd || !initrd->damage)
		return NULL;
	if (planning->request->initrd_choice != INITRD_KEEP)
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
	const struct initrd *initrd = planning->initrd_source;
	const struct image *image = planning->image;
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

static struct error *check_bounds(const struct request *request)
{
	if (!request->memory_max || request->memory_min < request->memory_max)
		return NULL;
	return error_new(ERROR_USAGE,
		"memory: nothing lies from 0x%" PRIx64 " up and below 0x%" PRIx64
		"; --mem-min must be less than --mem-max",
		request->memory_min, request->memory_max);
}

/* What is decided, and refused, without a look at anything packed. */
static struct error *decide(struct planning *planning)
{
	TRY(check_bounds(planning->request));
	TRY(method_choose(planning->request, planning->image, planning->machine, planning->plan));
	TRY(entry_mode_check(
		planning->request, planning->image, planning->machine, planning->plan));
	return make_command_line(planning);
}

struct error *plan_check(
	const struct request *request, const struct image *image, const struct machine *machine)
{
	_cleanup_plan_ struct plan plan = {.target = request->target, .format = image->format};
	struct planning planning = {
		.request = request, .image = image, .machine = machine, .plan = &plan};

	TRY(decide(&planning));
	if (plan.method != METHOD_FILE_LOAD)
		TRY(check_memory_map(machine));
	return request->describe_only || plan.method == METHOD_ELF
		       ? NULL
		       : method_refusal(plan.method, request->target, machine);
}

static struct error *make(struct planning *planning)
{
	TRY(decide(planning));
	TRY(check_damage(planning));
	TRY(new_memory_check(planning->request, planning->image, planning->initrd_source,
		planning->machine, planning->plan));
	note_unchecked(planning);
	if (planning->plan->method == METHOD_FILE_LOAD)
		return file_load_plan(planning->request, planning->image, planning->initrd_source,
			planning->machine, planning->plan);
	return plan_segments(planning);
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

struct error *plan_make(const struct request *request, const struct image *image,
	struct unpacked_kernel *kernel, const struct initrd *initrd, const struct machine *machine,
	struct plan *ret)
{
	struct unpacked_kernel none = {0};
	_cleanup_plan_ struct plan plan = {.target = request->target, .format = image->format};
	struct planning planning = {
		.request = request,
		.image = image,
		.kernel = kernel ? kernel : &none,
		.machine = machine,
		.initrd_source = initrd,
		.initrd = initrd ? blob_bytes(&initrd->bytes) : (struct bytes){0},
		.plan = &plan,
	};
	struct error *error;

	*ret = (struct plan){0};
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
