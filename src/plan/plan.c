/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/plan.h"

#include "arch/x86/boot_data.h"
#include "arch/x86/boot_params.h"
#include "arch/x86/purgatory.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/handoff_mailbox.h"
#include "image/image.h"
#include "image/initrd.h"
#include "image/payload.h"
#include "plan/allocator.h"
#include "plan/command_line.h"
#include "plan/direct.h"
#include "plan/entry_mode.h"
#include "plan/file_load.h"
#include "plan/memmap_option.h"
#include "plan/method.h"
#include "plan/new_memory.h"
#include "plan/page_levels.h"
#include "plan/place.h"
#include "plan/reasons.h"
#include "plan/record.h"
#include "plan/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAGE = HANDOFF_MAILBOX_SIZE };

/* With paging off, and of a 32-bit program. */
#define REACH_32BIT (UINT64_C(1) << 32)

/* What the steps below share. */
struct planning {
	const struct request *request;
	const struct image *image;
	const struct machine *machine;
	const struct initrd *initrd_source; /* NULL: none */
	struct bytes initrd;
	struct allocator allocator;
	struct boot_data boot_data;
	struct boot_data_addresses addresses;
	struct direct direct;
	uint64_t purgatory;
	enum purgatory_kind purgatory_kind;
	struct plan *plan;
};

struct error *plan_note(struct plan *plan, const char *topic, const char *format, ...)
{
	struct reason *reason = &plan->reasons[plan->reason_count];
	va_list arguments;
	int length;

	if (plan->reason_count == PLAN_REASONS_MAX)
		return NULL;
	va_start(arguments, format);
	length = vasprintf(&reason->text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		reason->text = NULL;
		return error_no_memory();
	}
	reason->topic = topic;
	plan->reason_count++;
	return NULL;
}

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
	TRY(command_line_note(&plan->composition, plan));
	length = strlen(plan->command_line);
	if (length > composing.max)
		return error_new(ERROR_USAGE,
			"command line: %" PRIu64 " bytes, but this kernel takes at most %" PRIu64
			"%s; shorten it, nothing is cut silently",
			length, composing.max, by_file ? " by kexec_file_load" : "");
	return NULL;
}

static struct error *note_memory_map(struct planning *planning)
{
	struct plan *plan = planning->plan;
	size_t count = planning->machine->memory.count;

	if (planning->machine->memory_reason)
		TRY(plan_note(plan, "memory map", "%s", planning->machine->memory_reason));
	if (planning->boot_data.e820_merged)
		TRY(plan_note(plan, "memory map",
			"%zu ranges are more than the kernel takes (%d); touching ones of one type "
			"were merged",
			count, boot_data_e820_max(planning->image)));
	if (planning->boot_data.e820_left_out)
		return plan_note(plan, "warning",
			"%u ranges of the memory map are left out: boot protocol %u.%02u has room for "
			"%d; the new kernel will not use the memory above",
			planning->boot_data.e820_left_out, planning->image->bzimage.protocol >> 8,
			planning->image->bzimage.protocol & 0xff, BP_E820_MAX);
	if (plan->e820_in_boot_params + plan->e820_in_extension > E820_KERNEL_MAX)
		return plan_note(plan, "warning",
			"the memory map has %u ranges; a kernel built for 1024 NUMA nodes holds %d "
			"and ignores the rest",
			plan->e820_in_boot_params + plan->e820_in_extension, E820_KERNEL_MAX);
	return NULL;
}

static struct error *decide_screen(struct planning *planning, bool *ret)
{
	const struct screen_facts *screen = &planning->machine->screen;
	enum screen_policy policy = planning->request->screen;

	*ret = policy == SCREEN_REUSE || (policy == SCREEN_AUTO && screen->valid);
	if (policy != SCREEN_AUTO)
		return plan_note(planning->plan, "screen", "screen information %s, as asked for",
			*ret ? "handed on" : "left out");
	return plan_note(planning->plan, "screen", "screen information %s%s%s",
		*ret ? "handed on" : "left out", screen->reason ? ": " : "",
		screen->reason ? screen->reason : "");
}

static struct error *decide_efi(struct planning *planning, bool *ret)
{
	const char *reason;

	*ret = boot_data_efi_possible(planning->machine, planning->image, &reason);
	if (planning->request->no_efi) {
		*ret = false;
		reason = "as asked for";
	}
	if (*ret)
		return plan_note(planning->plan, "EFI", "runtime services handed on");
	if (!planning->machine->efi.present)
		return NULL;
	return plan_note(planning->plan, planning->request->no_efi ? "EFI" : "warning",
		"EFI not handed on: %s", reason);
}

/* The pieces whose size the rest depends on: everything the kernel reads at its start. */
static struct error *build_boot_data(struct planning *planning)
{
	_cleanup_blob_ struct blob record = {0};
	struct boot_data_options options = {
		.machine = planning->machine,
		.image = planning->image,
		.command_line = planning->plan->command_line,
		.device_tree = planning->request->device_tree,
		.rng_seed = planning->request->seed,
	};

	TRY(record_make(planning->request, planning->image, planning->machine,
		&planning->plan->composition, &record));
	options.record = blob_bytes(&record);
	TRY(decide_screen(planning, &options.pass_screen));
	TRY(decide_efi(planning, &options.pass_efi));
	TRY(boot_data_build(&options, &planning->boot_data));
	planning->plan->e820_in_boot_params = planning->boot_data.e820_count;
	planning->plan->e820_in_extension = planning->boot_data.e820_extension_count;
	if (!planning->boot_data.record)
		TRY(plan_note(planning->plan, "warning",
			"boot protocol %u.%02u has no setup_data: no handoff record, no seed for the "
			"kernel's random numbers",
			planning->image->bzimage.protocol >> 8,
			planning->image->bzimage.protocol & 0xff));
	if (planning->boot_data.kept_nodes)
		TRY(plan_note(planning->plan, "setup_data",
			"%u nodes of the running kernel are handed on",
			planning->boot_data.kept_nodes));
	return note_memory_map(planning);
}

/* Everything has its address: the pointers in boot_params can be stored, and the segment added. */
static struct error *add_boot_data(struct planning *planning)
{
	struct plan *plan = planning->plan;
	struct boot_data *data = &planning->boot_data;
	struct segment segment = {
		.role = SEGMENT_BOOT_DATA,
		.name = "boot data",
		.address = planning->addresses.boot_data,
	};

	boot_data_place(data, &planning->addresses);
	plan->boot_params = segment.address;
	if (data->record) {
		plan->record = segment.address + data->record;
		store_le32(data->bytes.data + data->record + offsetof(struct handoff_record, entry),
			plan->direct ? HANDOFF_ENTRY_DIRECT : HANDOFF_ENTRY_STUB);
	}
	plan->boot_data = blob_steal(&data->bytes);
	segment.source = blob_bytes(&plan->boot_data);
	align_up(segment.source.size, 4096, &segment.memory_size);
	return plan_add_segment(plan, &segment,
		"lowest free place from 1 MiB up, below 4 GiB: every kernel maps it early");
}

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
	const struct initrd *initrd = planning->initrd_source;

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
	const struct request *request = planning->request;
	struct purgatory_params params = {
		.entry = planning->plan->kernel_entry,
		.boot_params = planning->plan->boot_params,
		.record = planning->plan->record,
		.mailbox = planning->plan->mailbox,
		.mailbox_nonce = request->mailbox_nonce,
		.page_tables = planning->plan->page_table_root,
		.entry_mode = enters_in_32bit(request, planning->image) ? PURGATORY_ENTRY_32
									: PURGATORY_ENTRY_64,
		.console = request->console,
		.serial_port = request->serial_port ? request->serial_port : 0x3f8,
		.serial_baud = request->serial_baud,
		.verify = !request->no_verify,
		.algorithm = plan_digest_algorithm(planning->machine),
	};

	fill_reset(&planning->machine->reset, &params);
	if (!request->no_verify && !planning->plan->incomplete)
		add_regions(planning, &params);
	return params;
}

static struct error *add_purgatory(struct planning *planning)
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
	if (planning->request->no_verify)
		TRY(plan_note(plan, "warning",
			"no digests, as asked for: a device that still writes to memory will not "
			"be noticed"));
	return plan_add_segment(plan, &segment, "lowest free place from 1 MiB up, below 4 GiB");
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

/* Stands for the first kernel: what QEMU enters. */
static struct error *place_pvh_entry(struct planning *planning)
{
	struct plan *plan = planning->plan;
	struct segment segment = {.role = SEGMENT_PVH_ENTRY, .name = "PVH entry"};

	align_up(pvh_entry_memory_size(), 4096, &segment.memory_size);
	TRY(place_low(&planning->allocator, segment.name, segment.memory_size, &segment.address));
	TRY(pvh_entry_build(segment.address, plan->entry, &plan->pvh_entry));
	segment.source = blob_bytes(&plan->pvh_entry);
	return plan_add_segment(plan, &segment, "stands for the first kernel; QEMU enters it");
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

/* Take back what was noted about @topic: it came otherwise. */
static void drop_reasons(struct plan *plan, const char *topic)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < plan->reason_count; i++) {
		if (strcmp(plan->reasons[i].topic, topic) == 0)
			free(plan->reasons[i].text);
		else
			plan->reasons[kept++] = plan->reasons[i];
	}
	plan->reason_count = kept;
}

/* The kernel, directly entered if that was decided and there is room, else at its decompressor. */
static struct error *place_the_kernel(struct planning *planning)
{
	struct plan *plan = planning->plan;
	struct error *error;

	if (planning->direct.possible) {
		error = direct_place(plan, &planning->allocator, planning->request, planning->image,
			&planning->direct, &planning->addresses.kernel);
		plan->direct = !error;
		planning->addresses.kaslr = plan->direct && planning->direct.randomize_virtual;
		if (!error || error_code(error) != ERROR_NO_SPACE ||
			planning->request->entry_choice == ENTRY_DIRECT)
			return error;
		error_free(error);
		drop_reasons(plan, "entry");
		drop_reasons(plan, "KASLR");
		TRY(plan_note(plan, "entry",
			"no room for the unpacked kernel: its own decompressor after all"));
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

	if (!mailbox)
		return planning->request->no_mailbox
			       ? plan_note(planning->plan, "ledger", "no mailbox: %s",
					 planning->request->no_mailbox)
			       : NULL;
	if (mailbox % PAGE == 0)
		TRY(allocator_take(&planning->allocator, mailbox, PAGE, &taken));
	taken = taken || is_out_of_the_way(planning, mailbox);
	if (taken) {
		planning->plan->mailbox = mailbox;
		return NULL;
	}
	return plan_note(planning->plan, "ledger",
		"no mailbox: its page at 0x%" PRIx64
		" is not %s; the old system's times will be unknown",
		mailbox,
		mailbox >= REACH_32BIT && planning->purgatory_kind == PURGATORY_I386
			? "below 4 GiB, where a 32-bit purgatory reads"
			: "free RAM");
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
	TRY(direct_decide(request, planning->image, planning->machine, plan, &planning->direct));
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
	const char *name = image->name ? image->name : "kernel";

	if (image->damage && planning->request->entry_choice != ENTRY_STUB)
		return error_new(ERROR_DAMAGED,
			"%s: %s; install it anew, or load it all the same with baton load --entry=stub",
			name, image->damage);
	if (image->damage)
		TRY(plan_note(planning->plan, "warning",
			"%s: %s; it is loaded all the same, as --entry=stub asks for", name,
			image->damage));
	if (!initrd || !initrd->damage)
		return NULL;
	if (planning->request->initrd_choice != INITRD_KEEP)
		return error_new(ERROR_DAMAGED,
			"%s; make it anew, or load it all the same with baton load --unpack-initrd=never",
			initrd->damage);
	return plan_note(planning->plan, "warning",
		"%s; it is loaded all the same, as --unpack-initrd=never asks for", initrd->damage);
}

/* What nobody has looked at for damage, and what turned out to be of no use on the way. */
static struct error *note_unchecked(struct planning *planning)
{
	const struct initrd *initrd = planning->initrd_source;
	const struct image *image = planning->image;
	const char *name = image->name ? image->name : "kernel";
	struct plan *plan = planning->plan;

	if (image->prepared_declined)
		TRY(plan_note(plan, "warning",
			"%s: what is kept of it below /var/cache/baton does not fit it (%s), and it "
			"was unpacked again; `baton prepare` makes the file anew",
			name, image->prepared_declined));
	if (image->unchecked && !image->damage)
		TRY(plan_note(plan, "not checked", "whether the kernel inside %s is whole: %s",
			name, image->unchecked));
	if (!initrd || !initrd_size(initrd) || initrd->checked || initrd->damage)
		return NULL;
	return plan_note(plan, "not checked",
		"whether the initrd is whole: it is handed on as it is, and the new kernel would be "
		"the first to find damage");
}

/* What is decided, and refused, without a look at anything packed. */
static struct error *decide(struct planning *planning)
{
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
	TRY(note_unchecked(planning));
	if (planning->plan->method == METHOD_FILE_LOAD)
		return file_load_plan(planning->request, planning->image, planning->initrd_source,
			planning->machine, planning->plan);
	return plan_segments(planning);
}

static struct error *note_initrd(const struct initrd *initrd, struct plan *plan)
{
	if (initrd->left_out)
		TRY(plan_note(plan, "warning", "initrd: %s", initrd->left_out));
	if (initrd->reordered)
		TRY(plan_note(plan, "initrd", "microcode was moved to the front"));
	if (initrd->packed_size)
		return plan_note(plan, "initrd",
			"unpacked beforehand, from %" PRIu64 " to %" PRIu64
			" KiB: the new kernel need not",
			initrd->packed_size >> 10, initrd->bytes.size >> 10);
	if (initrd->kept_reason && initrd->doubtful)
		return plan_note(plan, "warning",
			"initrd: %s, neither an archive nor compressed in a way known to baton; it is "
			"handed over as it is",
			initrd->kept_reason);
	if (initrd->kept_reason)
		return plan_note(plan, "initrd", "stays as it is: %s", initrd->kept_reason);
	return NULL;
}

struct error *plan_make(const struct request *request, const struct image *image,
	const struct initrd *initrd, const struct machine *machine, struct plan *ret)
{
	_cleanup_plan_ struct plan plan = {.target = request->target, .format = image->format};
	struct planning planning = {
		.request = request,
		.image = image,
		.machine = machine,
		.initrd_source = initrd,
		.initrd = initrd ? blob_bytes(&initrd->bytes) : (struct bytes){0},
		.plan = &plan,
	};
	struct error *error;

	*ret = (struct plan){0};
	error = make(&planning);
	if (!error && initrd)
		error = note_initrd(initrd, &plan);
	allocator_deinit(&planning.allocator);
	boot_data_deinit(&planning.boot_data);
	if (error)
		return error;
	*ret = plan;
	plan = (struct plan){0};
	return NULL;
}

void plan_deinit(struct plan *plan)
{
	for (unsigned int i = 0; i < plan->segment_count; i++)
		free(plan->segments[i].reason);
	for (unsigned int i = 0; i < plan->reason_count; i++)
		free(plan->reasons[i].text);
	free(plan->command_line);
	composition_deinit(&plan->composition);
	blob_deinit(&plan->kernel);
	blob_deinit(&plan->boot_data);
	blob_deinit(&plan->page_tables);
	blob_deinit(&plan->purgatory);
	blob_deinit(&plan->pvh_entry);
	*plan = (struct plan){0};
}
