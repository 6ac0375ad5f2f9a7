/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arch/x86/boot.h"

#include "arch/arch.h"
#include "arch/x86/boot_data_build.h"
#include "arch/x86/boot_params.h"
#include "base/error.h"
#include "decision/decision.h"
#include "decision/layout.h"
#include "decision/question.h"
#include "image/image.h"
#include "machine/machine.h"

#include <stdlib.h>

static void note_memory_map(
	const struct question *question, const struct boot_data *data, struct notes *notes)
{
	const struct machine *machine = question->machine;
	const struct bzimage *header = &question->image->bzimage;
	unsigned int given = data->e820_count + data->e820_extension_count;

	if (machine->memory_reason)
		note_add(notes, NOTE_MEMORY_MAP, "%s", machine->memory_reason);
	if (data->e820_merged)
		note_add(notes, NOTE_MEMORY_MAP,
			"%zu ranges are more than the kernel takes (%d); touching ones of one type "
			"were merged",
			machine->memory.count, boot_data_e820_max(question->image));
	if (data->e820_left_out)
		note_add(notes, NOTE_WARNING,
			"%u ranges of the memory map are left out: boot protocol %u.%02u has room for "
			"%d; the new kernel will not use the memory above",
			data->e820_left_out, header->protocol >> 8, header->protocol & 0xff,
			BP_E820_MAX);
	else if (given > E820_KERNEL_MAX)
		note_add(notes, NOTE_WARNING,
			"the memory map has %u ranges; a kernel built for 1024 NUMA nodes holds %d "
			"and ignores the rest",
			given, E820_KERNEL_MAX);
}

static bool decide_screen(const struct question *question, struct notes *notes)
{
	const struct screen_facts *screen = &question->machine->screen;
	enum screen_policy policy = question->request->screen;
	bool pass = policy == SCREEN_REUSE || (policy == SCREEN_AUTO && screen->valid);

	if (policy != SCREEN_AUTO)
		note_add(notes, NOTE_SCREEN, "screen information %s, as asked for",
			pass ? "handed on" : "left out");
	else
		note_add(notes, NOTE_SCREEN, "screen information %s%s%s",
			pass ? "handed on" : "left out", screen->reason ? ": " : "",
			screen->reason ? screen->reason : "");
	return pass;
}

static bool decide_efi(const struct question *question, struct notes *notes)
{
	const struct machine *machine = question->machine;
	const char *reason;
	bool possible = boot_data_efi_possible(machine, question->image, &reason);

	if (possible && !question->request->no_efi)
		note_add(notes, NOTE_EFI, "runtime services handed on");
	else if (machine->efi.present && question->request->no_efi)
		note_add(notes, NOTE_EFI, "EFI not handed on: as asked for");
	else if (machine->efi.present)
		note_add(notes, NOTE_WARNING, "EFI not handed on: %s", reason);
	return possible && !question->request->no_efi;
}

static void note_lacks(
	const struct question *question, const struct boot_data *data, struct notes *notes)
{
	const struct bzimage *header = &question->image->bzimage;

	if (!data->record)
		note_add(notes, NOTE_WARNING,
			"boot protocol %u.%02u has no setup_data: no handoff record, no seed for the "
			"kernel's random numbers",
			header->protocol >> 8, header->protocol & 0xff);
	if (data->kept_nodes)
		note_add(notes, NOTE_SETUP_DATA, "%u nodes of the running kernel are handed on",
			data->kept_nodes);
}

struct error *x86_make_start_data(const struct question *question, const struct decision *decision,
	struct bytes record, struct notes *notes, struct start_data *ret)
{
	const struct boot_data_options options = {
		.machine = question->machine,
		.image = question->image,
		.command_line = decision->command_line,
		.pass_screen = decide_screen(question, notes),
		.pass_efi = decide_efi(question, notes),
		.device_tree = question->request->device_tree,
		.rng_seed = question->request->seed,
		.record = record,
	};
	struct boot_data *data = calloc(1, sizeof(*data));

	ret->own = data;
	if (!data)
		return error_no_memory();
	TRY(boot_data_build(&options, data));
	note_lacks(question, data, notes);
	note_memory_map(question, data, notes);
	ret->bytes = blob_steal(&data->bytes);
	ret->record = data->record;
	ret->ranges = data->e820_count;
	ret->more_ranges = data->e820_extension_count;
	return NULL;
}

void x86_place_start_data(const struct layout *layout, struct start_data *start)
{
	const struct segment *own = segments_find(&layout->segments, SEGMENT_BOOT_DATA);
	const struct segment *initrd = segments_find(&layout->segments, SEGMENT_INITRD);
	const struct boot_data_addresses addresses = {
		.boot_data = own->address,
		.kernel = layout->kernel,
		.initrd = initrd ? initrd->address : 0,
		.initrd_size = initrd ? initrd->source.size : 0,
		.kaslr = layout->randomized,
	};
	struct boot_data *data = start->own;

	data->bytes = blob_steal(&start->bytes);
	boot_data_place(data, &addresses);
	start->bytes = blob_steal(&data->bytes);
}

void x86_free_start_data(void *own)
{
	boot_data_deinit(own);
	free(own);
}
