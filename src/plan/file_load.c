/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which files the kernel is given. The very ones that were named, wherever the bytes are theirs:
 * IMA measures and appraises files, by their labels and their names, and no copy takes memory then.
 * One that is made in memory has neither a label nor a name, and most policies know its file system
 * as one to look away from; so it is not given to a kernel that refuses kexec_load for want of a
 * file.
 */
#include "plan/file_load.h"

#include "base/error.h"
#include "decision/question.h"
#include "image/image.h"
#include "image/initrd.h"
#include "machine/machine.h"

#include <inttypes.h>

enum {
	NUL = 1,
	ELFCOREHDR_ROOM = 30, /* MAX_ELFCOREHDR_STR_LEN */
};

uint64_t file_load_command_line_max(uint64_t max)
{
	return max > NUL + ELFCOREHDR_ROOM ? max - NUL - ELFCOREHDR_ROOM : 0;
}

static struct plan_file kernel_file(const struct image *image)
{
	return (struct plan_file){
		.present = true,
		.size = image->bytes.size,
		.bytes = image->bytes,
		.itself = image_is_its_file(image) ? &image->file : NULL,
	};
}

static struct plan_file initrd_file(const struct initrd *initrd)
{
	bool one =
		initrd && initrd->in_files && initrd->count == 1 && initrd->parts[0].file.regular;

	if (!initrd || !initrd_size(initrd))
		return (struct plan_file){0};
	return (struct plan_file){
		.present = true,
		.size = initrd_size(initrd),
		.bytes = blob_bytes(&initrd->bytes),
		.itself = one ? &initrd->parts[0].file : NULL,
		.parts = initrd->in_files && !one ? initrd : NULL,
	};
}

/* Why a file is made in memory. */
static const char *why_kernel_is_made(const struct image *image)
{
	return image->file.device     ? "it lies on a block device"
	       : image->wrapper_count ? "its file is compressed as a whole"
				      : "it is no regular file";
}

static const char *why_initrd_is_made(const struct initrd *initrd)
{
	if (initrd->count > 1)
		return "it is put together out of several files";
	return initrd->packed_size ? "it was unpacked beforehand" : "it lies on a block device";
}

/* Secure boot has the signature in the image checked, which a copy has as well. */
static bool policy_wants_files(const struct machine *machine)
{
	return machine->kexec.load_refused && machine->efi.secure_boot != TRISTATE_YES;
}

static struct error *check_made(const struct plan_file *file, const char *what, const char *why,
	const char *remedy, const struct machine *machine, struct plan *plan)
{
	if (!file->present || file->itself)
		return NULL;
	if (policy_wants_files(machine))
		return error_new(ERROR_NOT_PERMITTED,
			"the security policy (IMA) appraises files, and the %s would be given to the "
			"kernel as a copy in memory, which has no label: %s; %s",
			what, why, remedy);
	note_add(&plan->notes, NOTE_FILES, "the kernel is given the %s as a copy in memory: %s",
		what, why);
	return NULL;
}

static struct error *check_files(const struct question *question, struct plan *plan)
{
	const struct machine *machine = question->machine;

	if (plan->file_kernel.present)
		TRY(check_made(&plan->file_kernel, "kernel", why_kernel_is_made(question->image),
			"make a file of what the kernel is to get and label that", machine, plan));
	if (!plan->file_initrd.present)
		return NULL;
	return check_made(&plan->file_initrd, "initrd", why_initrd_is_made(question->initrd),
		"make one file of what the kernel is to get, label that and name it alone", machine,
		plan);
}

/*
 * The kernel reads each file into memory of its own (fs/kernel_read_file.c) and copies that into
 * the segments' pages, all of them (kimage_load_segment(), kernel/kexec_core.c), before it gives
 * the first back. A crash kernel's pages are reserved. What baton holds comes on top.
 */
static uint64_t memory_needed(const struct question *question, const struct plan *plan)
{
	const struct image *image = question->image;
	const struct initrd *initrd = question->initrd;
	const struct plan_file *kernel = &plan->file_kernel, *archives = &plan->file_initrd;
	uint64_t needed = image->bytes.size + (initrd ? initrd->bytes.size : 0);

	needed += kernel->size + archives->size;
	if (!kernel->itself)
		needed += kernel->size;
	if (!archives->itself)
		needed += archives->size;
	if (plan->target == TARGET_CRASH)
		return needed;
	needed += kernel->size > image->bzimage.init_size ? kernel->size : image->bzimage.init_size;
	return needed + archives->size;
}

static struct error *check_memory(const struct question *question, const struct plan *plan)
{
	const struct machine *machine = question->machine;
	uint64_t needed = memory_needed(question, plan);

	if (!machine->memory_available || needed <= machine->memory_available)
		return NULL;
	return error_new(ERROR_NO_SPACE,
		"memory: the kernel reads the files and then copies them, for which %" PRIu64
		" MiB are needed, but only %" PRIu64
		" MiB are available; free some memory, or use a smaller initrd",
		(needed >> 20) + 1, machine->memory_available >> 20);
}

struct error *file_load_plan(const struct question *question, struct plan *plan)
{
	plan->file_kernel = kernel_file(question->image);
	plan->file_initrd = initrd_file(question->initrd);
	plan->file_flags = question->request->file_flags;
	/* Until it is measured that segments from CMA have zeros past their bytes, as the kernel's
	 * own digest assumes (docs/boot-protocol.md, Loading). */
	plan->file_flags |= question->machine->kexec.file_flags & FILE_FLAG_NO_CMA;
	plan->handed_over = plan->file_kernel.size + plan->file_initrd.size;
	note_add(&plan->notes, NOTE_PLACEMENT,
		"the kernel chooses the addresses, and its own purgatory runs; there is no handoff "
		"record");
	TRY(check_files(question, plan));
	return check_memory(question, plan);
}
