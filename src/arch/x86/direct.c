/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arch/x86/direct.h"

#include "arch/arch.h"
#include "arch/x86/entry_mode.h"
#include "base/command_line.h"
#include "base/error.h"
#include "base/memmap_option.h"
#include "base/wide.h"
#include "decision/decision.h"
#include "decision/layout.h"
#include "decision/question.h"
#include "image/bzimage.h"
#include "image/image.h"
#include "image/payload.h"
#include "machine/machine.h"

#include <inttypes.h>
#include <stdio.h>

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

enum {
	PAGE = 4096,
	PMD_SIZE = 2 << 20,
	/* A kernel has some dozens of sections; function-granular KASLR makes thousands. */
	SECTIONS_MAX = 1000,
	/* kaslr.c, MAX_MEMMAP_REGIONS: with more it does not randomise physically. */
	MEMMAP_MAX = 4,
};

/* KERNEL_IMAGE_SIZE with CONFIG_RANDOMIZE_BASE (arch/x86/include/asm/page_64_types.h). */
#define KERNEL_IMAGE_SIZE    (1 * GIB)

/* kaslr.c, choose_random_location(): the lowest physical address is at most this. */
#define PHYSICAL_MINIMUM_MAX (512 * MIB)

/* KERNEL_IMAGE_SIZE of 32-bit kernels (arch/x86/include/asm/page_32_types.h): where they are put at
 * random; the highest end otherwise is LOWMEM_END. */
#define KERNEL_IMAGE_SIZE_32 (512 * MIB)

static bool is_32bit(const struct image *image)
{
	return image->machine == IMAGE_MACHINE_386;
}

const char *direct_hazard(const struct question *question, const char *command_line)
{
	const struct request *request = question->request;
	const struct image *image = question->image;
	const struct machine *machine = question->machine;

	if (image->kind != IMAGE_BZIMAGE)
		return NULL;
	if (request->entry_32bit)
		return "the 32-bit entry was asked for";
	if (request->has_entry)
		return "an entry address was given";
	/* Does not tell which word size is inside, and none was at hand to try. */
	if (image->bzimage.protocol < BZIMAGE_PROTOCOL_XLOADFLAGS)
		return "its boot protocol is older than 2.12";
	if (!image->bzimage.relocatable)
		return "it is not relocatable";
	if (machine->confidential_guest)
		return "this is a confidential guest (SEV or TDX)";
	if (machine->memory_encryption || command_line_mentions(command_line, "mem_encrypt"))
		return "memory encryption must be set up at start";
	if (machine->efi.present && machine->efi.platform_size == 32 && !is_32bit(image))
		return "the EFI is 32-bit";
	return NULL;
}

/* The same of what was unpacked. */
static const char *payload_hazard(const struct image *image, const struct unpacked_kernel *kernel)
{
	if (kernel->declined)
		return kernel->declined;
	if (!kernel->payload)
		return "its payload was not unpacked";
	if (kernel->payload->vmlinux.machine != image->machine)
		return "the kernel inside has another word size than its header says";
	if (kernel->payload->section_count > SECTIONS_MAX)
		return "its functions are to be shuffled at start (function-granular KASLR)";
	return NULL;
}

static struct error *note_gigantic(const char *value, void *data)
{
	bool *gigantic = data;
	uint64_t size;

	*gigantic = *gigantic || (command_line_size(&value, &size) && size == GIB);
	return NULL;
}

/*
 * Pages of 1 GiB can only be had in one piece; kaslr.c, parse_gb_huge_pages(), looks at no other
 * size.
 */
static struct error *wants_gigantic_pages(const char *command_line, bool *ret)
{
	*ret = false;
	TRY(command_line_each(command_line, "hugepagesz", note_gigantic, ret));
	return command_line_each(command_line, "default_hugepagesz", note_gigantic, ret);
}

/* Why the physical address stays where it is, where kaslr.c would not choose one. NULL: choose. */
static const char *fixed_physical(
	const char *command_line, const struct memmap_option *memmap, bool gigantic_pages)
{
	if (command_line_has(command_line, "mem"))
		return "mem= limits memory";
	if (memmap->limits)
		return "memmap= without an address limits memory";
	if (command_line_has(command_line, "efi_fake_mem"))
		return "efi_fake_mem= changes what memory is for";
	if (memmap->count > MEMMAP_MAX)
		return "more than four memmap= regions";
	if (!memmap->understood)
		return "memmap= is not understood";
	if (command_line_mentions(command_line, "movable_node"))
		return "movable_node restricts memory";
	if (gigantic_pages)
		return "huge pages of 1 GiB are to be reserved at start";
	return NULL;
}

static uint64_t random_word(const struct request *request, unsigned int index)
{
	/* The first 32 bytes are the new kernel's RNG seed. */
	return load_le64(request->seed + 32 + 8 * index);
}

/*
 * Bytes of memory that belong to the kernel until it has read the memory map, as misc.c,
 * extract_kernel(), has them (needed_size). Not init_size: that is more, as it has room for the
 * decompressor's work as well, and would leave fewer places than the decompressor chooses among.
 */
static uint64_t reserved_size(const struct payload *payload)
{
	uint64_t unpacked = payload->vmlinux.bytes.size, size = payload->memory_size;

	size = unpacked > size ? unpacked : size;
	align_up(size, PMD_SIZE, &size);
	return size;
}

/* kaslr.c, find_random_virt_addr(): a multiple of the alignment in what KERNEL_IMAGE_SIZE leaves.
 */
static uint64_t choose_virtual_offset(const struct request *request, const struct image *image,
	const struct payload *payload, uint64_t *ret_slots)
{
	uint64_t minimum = payload->vmlinux.parts[0].link_address;
	uint64_t size = reserved_size(payload), slots;

	*ret_slots = 0;
	if (minimum + size > KERNEL_IMAGE_SIZE)
		return 0;
	slots = 1 + (KERNEL_IMAGE_SIZE - minimum - size) / image->alignment;
	*ret_slots = slots;
	return scale_random(random_word(request, 0), slots) * image->alignment;
}

static void note_randomization(struct notes *notes, const struct image *image,
	const struct arch_entry *direct, uint64_t slots, const char *fixed)
{
	/* Not where to: notes are for logs as well, and what is loaded is to have a secret. */
	if (!direct->randomize_virtual) {
		note_add(notes, NOTE_KASLR, "none: %s", fixed);
	} else if (is_32bit(image)) {
		note_add(notes, NOTE_KASLR,
			"physical base, and with it the virtual base of a 32-bit kernel");
	} else {
		note_add(notes, NOTE_KASLR, "virtual base moved to one of %" PRIu64 " places",
			slots);
		if (fixed)
			note_add(notes, NOTE_KASLR, "physical base not randomised: %s", fixed);
	}
}

static struct error *decide_randomization(const struct question *question, const char *command_line,
	const struct payload *payload, struct notes *notes, struct arch_entry *direct)
{
	const struct image *image = question->image;
	_cleanup_memmap_option_ struct memmap_option memmap = {0};
	const char *fixed = NULL;
	uint64_t slots = 0;
	bool gigantic_pages;

	TRY(wants_gigantic_pages(command_line, &gigantic_pages));
	TRY(memmap_option_read(command_line, &memmap));
	if (!payload->has_relocations)
		fixed = "the kernel was built without it";
	else if (command_line_mentions(command_line, "nokaslr"))
		fixed = "nokaslr is on the command line";
	direct->randomize_virtual = !fixed;
	if (!fixed) {
		fixed = fixed_physical(command_line, &memmap, gigantic_pages);
		direct->randomize_physical = !fixed;
		if (is_32bit(image))
			direct->randomize_virtual = !fixed;
		else
			direct->virtual_offset =
				choose_virtual_offset(question->request, image, payload, &slots);
	}
	note_randomization(notes, image, direct, slots, fixed);
	return NULL;
}

bool direct_clears(const struct question *question, const struct decision *decision)
{
	return purgatory_for(question->machine, decision->method) == PURGATORY_I386 ||
	       !enters_in_32bit(question->request, question->image);
}

struct error *direct_decide(const struct question *question, const struct decision *decision,
	const struct unpacked_kernel *kernel, struct notes *notes, struct arch_entry *ret)
{
	const struct request *request = question->request;
	const struct image *image = question->image;
	const struct payload *payload = kernel->payload;
	const char *reason;

	*ret = (struct arch_entry){0};
	if (image->kind != IMAGE_BZIMAGE)
		return NULL;
	if (request->entry_choice == ENTRY_STUB) {
		note_add(notes, NOTE_ENTRY, "the kernel's own decompressor, as asked for");
		return NULL;
	}
	reason = decision->hazard ?: payload_hazard(image, kernel);
	if (reason && request->entry_choice == ENTRY_DIRECT)
		return error_new(ERROR_UNSUPPORTED,
			"direct entry is not possible: %s; leave out --entry=direct", reason);
	if (reason) {
		note_add(notes, NOTE_ENTRY, "the kernel's own decompressor: %s", reason);
		return NULL;
	}
	ret->direct = true;
	ret->clears = direct_clears(question, decision);
	note_add(notes, NOTE_ENTRY,
		"direct: the kernel %s unpacked (%s)%s and relocated beforehand; its decompressor "
		"does not run",
		payload->prepared ? "was" : "is", payload->codec,
		payload->prepared ? " when it was prepared," : "");
	return decide_randomization(question, decision->command_line, payload, notes, ret);
}

/* Where a 32-bit kernel may lie; without relocations, where it was linked. */
static void bound_32bit(
	const struct payload *payload, const struct arch_entry *direct, struct placement *placement)
{
	placement->maximum = direct->randomize_physical ? KERNEL_IMAGE_SIZE_32 : LOWMEM_END;
	if (payload->has_relocations)
		return;
	placement->alignment = PAGE;
	placement->maximum = placement->minimum + placement->size;
}

void direct_rules(const struct question *question, const struct payload *payload,
	const struct arch_entry *entry, struct rules *ret)
{
	const struct image *image = question->image;
	struct rule *rule = &ret->list[ret->count++];
	struct placement *placement = &rule->placement;

	*placement = (struct placement){
		.name = "kernel",
		.size = reserved_size(payload),
		.alignment = image->alignment > PMD_SIZE ? image->alignment : PMD_SIZE,
		.minimum = payload->vmlinux.parts[0].link_address,
		.maximum = UINT64_MAX,
	};
	snprintf(rule->reason, RULE_TEXT, "lowest free place from its link address up");
	if (is_32bit(image))
		bound_32bit(payload, entry, placement);
	if (!entry->randomize_physical)
		return;
	if (placement->minimum > PHYSICAL_MINIMUM_MAX)
		placement->minimum = PHYSICAL_MINIMUM_MAX;
	rule->random = true;
	rule->draw = random_word(question->request, 1);
}

const char *kernel_part_name(unsigned int part)
{
	static const char *const names[KERNEL_PARTS_NAMED] = {"kernel", "kernel part 2",
		"kernel part 3", "kernel part 4", "kernel part 5", "kernel part 6", "kernel part 7",
		"kernel part 8"};

	return names[part < KERNEL_PARTS_NAMED ? part : KERNEL_PARTS_NAMED - 1];
}

/*
 * The zeros at the kernel's end, some twenty MiB of bss, are purgatory's to write: handed over, the
 * old kernel would copy each of their pages, up to three times.
 */
static void leave_out_zeros(struct segment *segment, struct layout *layout)
{
	uint64_t end = segment->address + segment->memory_size;

	align_up(segment->source.size, PAGE, &segment->memory_size);
	if (!segment->memory_size)
		segment->memory_size = PAGE;
	layout->cleared = (struct range){segment->address + segment->memory_size, end};
}

static struct error *add_parts(const struct payload *payload, const struct arch_entry *entry,
	uint64_t address, const char *reason, struct layout *layout)
{
	const struct image *vmlinux = &payload->vmlinux;

	for (unsigned int i = 0; i < vmlinux->part_count; i++) {
		const struct image_part *part = &vmlinux->parts[i];
		struct segment segment = {
			.role = SEGMENT_KERNEL,
			.name = kernel_part_name(i),
			.source = bytes_part(vmlinux->bytes, part->file_offset, part->file_size),
			.address = address + (part->link_address - vmlinux->parts[0].link_address),
		};

		align_up(part->memory_size, PAGE, &segment.memory_size);
		if (entry->clears && i == vmlinux->part_count - 1)
			leave_out_zeros(&segment, layout);
		TRY(segments_add(&layout->segments, &segment, "%s", reason));
	}
	return NULL;
}

struct error *direct_add(const struct image *image, const struct payload *payload,
	const struct arch_entry *entry, uint64_t address, const char *reason, struct layout *layout)
{
	const struct image *vmlinux = &payload->vmlinux;
	uint64_t link_address = vmlinux->parts[0].link_address;

	layout->direct = true;
	layout->randomized = entry->randomize_virtual;
	/* Modulo 2^32 in a 32-bit kernel, which may also be moved down. */
	layout->virtual_offset = is_32bit(image) ? address - link_address : entry->virtual_offset;
	layout->kernel_entry = address + (vmlinux->entry - link_address);
	return add_parts(payload, entry, address, reason, layout);
}
