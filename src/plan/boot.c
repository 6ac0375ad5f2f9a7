/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/boot.h"

#include "arch/x86/boot_params.h"
#include "base/error.h"
#include "image/image.h"
#include "machine/machine.h"
#include "plan/planning.h"
#include "plan/record.h"

static void note_memory_map(struct planning *planning)
{
	struct plan *plan = planning->plan;
	size_t count = planning->question->machine->memory.count;

	if (planning->question->machine->memory_reason)
		note_add(&plan->notes, NOTE_MEMORY_MAP, "%s",
			planning->question->machine->memory_reason);
	if (planning->boot_data.e820_merged)
		note_add(&plan->notes, NOTE_MEMORY_MAP,
			"%zu ranges are more than the kernel takes (%d); touching ones of one type "
			"were merged",
			count, boot_data_e820_max(planning->question->image));
	if (planning->boot_data.e820_left_out)
		note_add(&plan->notes, NOTE_WARNING,
			"%u ranges of the memory map are left out: boot protocol %u.%02u has room for "
			"%d; the new kernel will not use the memory above",
			planning->boot_data.e820_left_out,
			planning->question->image->bzimage.protocol >> 8,
			planning->question->image->bzimage.protocol & 0xff, BP_E820_MAX);
	else if (plan->e820_in_boot_params + plan->e820_in_extension > E820_KERNEL_MAX)
		note_add(&plan->notes, NOTE_WARNING,
			"the memory map has %u ranges; a kernel built for 1024 NUMA nodes holds %d "
			"and ignores the rest",
			plan->e820_in_boot_params + plan->e820_in_extension, E820_KERNEL_MAX);
}

static bool decide_screen(struct planning *planning)
{
	const struct screen_facts *screen = &planning->question->machine->screen;
	enum screen_policy policy = planning->question->request->screen;
	bool pass = policy == SCREEN_REUSE || (policy == SCREEN_AUTO && screen->valid);

	if (policy != SCREEN_AUTO)
		note_add(&planning->plan->notes, NOTE_SCREEN, "screen information %s, as asked for",
			pass ? "handed on" : "left out");
	else
		note_add(&planning->plan->notes, NOTE_SCREEN, "screen information %s%s%s",
			pass ? "handed on" : "left out", screen->reason ? ": " : "",
			screen->reason ? screen->reason : "");
	return pass;
}

static bool decide_efi(struct planning *planning)
{
	struct notes *notes = &planning->plan->notes;
	const char *reason;
	bool possible = boot_data_efi_possible(
		planning->question->machine, planning->question->image, &reason);

	if (possible && !planning->question->request->no_efi)
		note_add(notes, NOTE_EFI, "runtime services handed on");
	else if (planning->question->machine->efi.present && planning->question->request->no_efi)
		note_add(notes, NOTE_EFI, "EFI not handed on: as asked for");
	else if (planning->question->machine->efi.present)
		note_add(notes, NOTE_WARNING, "EFI not handed on: %s", reason);
	return possible && !planning->question->request->no_efi;
}

/* The pieces whose size the rest depends on: everything the kernel reads at its start. */
struct error *build_boot_data(struct planning *planning)
{
	_cleanup_blob_ struct blob record = {0};
	struct boot_data_options options = {
		.machine = planning->question->machine,
		.image = planning->question->image,
		.command_line = planning->plan->command_line,
		.device_tree = planning->question->request->device_tree,
		.rng_seed = planning->question->request->seed,
	};

	TRY(record_make(planning->question, &planning->plan->composition, &record));
	options.record = blob_bytes(&record);
	options.pass_screen = decide_screen(planning);
	options.pass_efi = decide_efi(planning);
	TRY(boot_data_build(&options, &planning->boot_data));
	planning->plan->e820_in_boot_params = planning->boot_data.e820_count;
	planning->plan->e820_in_extension = planning->boot_data.e820_extension_count;
	if (!planning->boot_data.record)
		note_add(&planning->plan->notes, NOTE_WARNING,
			"boot protocol %u.%02u has no setup_data: no handoff record, no seed for the "
			"kernel's random numbers",
			planning->question->image->bzimage.protocol >> 8,
			planning->question->image->bzimage.protocol & 0xff);
	if (planning->boot_data.kept_nodes)
		note_add(&planning->plan->notes, NOTE_SETUP_DATA,
			"%u nodes of the running kernel are handed on",
			planning->boot_data.kept_nodes);
	note_memory_map(planning);
	return NULL;
}

/* Everything has its address: the pointers in boot_params can be stored, and the segment added. */
struct error *add_boot_data(struct planning *planning)
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
