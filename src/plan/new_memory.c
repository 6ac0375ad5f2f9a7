/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/new_memory.h"

#include "base/command_line.h"
#include "base/error.h"
#include "decision/notes.h"
#include "decision/question.h"
#include "decision/request.h"
#include "image/image.h"
#include "image/initrd.h"
#include "machine/machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define MIB (UINT64_C(1) << 20)

enum {
	/* struct page, 64 bytes for each 4096. */
	PAGE_STRUCTURES_SHARE = 64,
	/* What the codecs make of usual initrds, if nothing better is known. */
	USUAL_RATIO = 3,
};

/*
 * What the kernel keeps free, whoever wants it: from 1 GiB on set_recommended_min_free_kbytes()
 * (mm/khugepaged.c), which runs before the initrd is unpacked, sets min_free_kbytes to 66 MiB for
 * the three zones of a 64-bit kernel, and at most to a twentieth of memory.
 */
#define KEPT_FREE	(66 * MIB)
#define KEPT_FREE_SHARE 20

/* What else it has allocated by then, on one CPU: measured with Debian's 6.12 in 1 GiB. */
#define AT_WORK		(24 * MIB)

/* Before an initrd is refused for good: what the reckoning may be wrong by. */
#define SLACK		(16 * MIB)

/* What the new kernel is told of: for a crash kernel, what was kept for it. */
static struct error *find_ram(
	const struct request *request, const struct machine *machine, struct range_set *ret)
{
	if (request->target == TARGET_CRASH)
		return machine->crash_reserved.count
			       ? range_set_copy(&machine->crash_reserved, ret)
			       : range_set_add(ret, (struct range){0, machine->kexec.crash_size});
	for (size_t i = 0; i < machine->memory.count; i++) {
		const struct memory_range *range = &machine->memory.ranges[i];

		if (range->type == MEMORY_RAM)
			TRY(range_set_add(ret, (struct range){range->start, range->end}));
	}
	return ret->count ? NULL : range_set_add(ret, (struct range){0, machine->memory_total});
}

static uint64_t parts_size(const struct image *image)
{
	uint64_t total = 0;

	for (unsigned int i = 0; i < image->part_count; i++)
		total += image->parts[i].memory_size;
	return total;
}

/* That the kernel itself takes: as much as it says, and what it has at the very least. */
static uint64_t kernel_size(const struct image *image)
{
	return image->bzimage.init_size ? image->bzimage.init_size : parts_size(image);
}

static uint64_t kernel_least(const struct image *image)
{
	return image->kind == IMAGE_BZIMAGE ? image->bytes.size : parts_size(image);
}

static uint64_t kernel_needs(const struct image *image, uint64_t memory)
{
	uint64_t kept_free = memory / KEPT_FREE_SHARE;

	return kernel_size(image) + memory / PAGE_STRUCTURES_SHARE + AT_WORK +
	       (kept_free < KEPT_FREE ? kept_free : KEPT_FREE);
}

static uint64_t less(uint64_t memory, uint64_t taken)
{
	return memory > taken ? memory - taken : 0;
}

struct error *new_memory_find(
	const struct question *question, const char *command_line, struct new_memory *ret)
{
	const struct machine *machine = question->machine;
	_cleanup_range_set_ struct range_set ram = {0};
	const struct memory_words_for what = {
		.memory = &ram,
		.cpus = machine->cpu_present_count ? machine->cpu_present_count
						   : machine->cpu_count,
		.kernel_32bit = question->image->machine == IMAGE_MACHINE_386,
	};

	*ret = (struct new_memory){0};
	TRY(find_ram(question->request, machine, &ram));
	TRY(memory_words_read(command_line, &what, &ret->words));
	ret->known = ram.count;
	ret->rest = less(ret->words.memory, ret->words.taken);
	ret->rest = less(ret->rest, kernel_needs(question->image, ret->words.memory));
	return NULL;
}

void new_memory_deinit(struct new_memory *memory)
{
	memory_words_deinit(&memory->words);
}

uint64_t new_memory_for_initrd(const struct new_memory *memory)
{
	return memory->known ? memory->rest / 4 : UINT64_MAX;
}

struct error *new_memory_why(const struct new_memory *memory, char **ret)
{
	const struct memory_words *words = &memory->words;
	int length = words->text ? asprintf(ret,
					   "the new command line takes %" PRIu64
					   " MiB with %s, and leaves %" PRIu64 " MiB for it",
					   (words->kept_back + words->taken) >> 20, words->text,
					   memory->rest >> 20)
				 : asprintf(ret, "the new kernel has %" PRIu64 " MiB for it",
					   memory->rest >> 20);

	if (length >= 0)
		return NULL;
	*ret = NULL;
	return error_no_memory();
}

static bool is_packed(const struct initrd_part *part)
{
	return part->content && strcmp(part->content, "cpio") != 0 &&
	       strcmp(part->content, "unknown data") != 0;
}

/*
 * Bytes of the files that it will become: at the least those of what is compressed, which nobody
 * would have compressed to more. What is not may be zeros for the most part.
 */
static uint64_t least_contents(const struct initrd *initrd)
{
	uint64_t total = 0;

	if (initrd->contents)
		return initrd->contents;
	for (unsigned int i = 0; i < initrd->count; i++)
		total += is_packed(&initrd->parts[i]) ? initrd->parts[i].size : 0;
	return total > initrd->contents_least ? total : initrd->contents_least;
}

static uint64_t likely_contents(const struct initrd *initrd)
{
	uint64_t total = 0, least = least_contents(initrd);

	if (initrd->contents)
		return initrd->contents;
	for (unsigned int i = 0; i < initrd->count; i++) {
		const struct initrd_part *part = &initrd->parts[i];

		total += is_packed(part) ? USUAL_RATIO * part->size : part->size;
	}
	return total > least ? total : least;
}

/* "the new kernel … to unpack its initrd: that has 40 MiB, and its files 160 MiB; …" */
static struct error *explain(
	const struct new_memory *memory, const struct initrd *initrd, bool sure, char **ret)
{
	char *why = NULL;
	int length;

	TRY(new_memory_why(memory, &why));
	length = asprintf(ret,
		"the new kernel %s the memory to unpack its initrd: that has %" PRIu64
		" MiB, and its files %s%" PRIu64 " MiB; %s",
		sure ? "has not" : "will hardly have", initrd_size(initrd) >> 20,
		initrd->contents ? "" : "perhaps ", likely_contents(initrd) >> 20, why);
	free(why);
	if (length >= 0)
		return NULL;
	*ret = NULL;
	return error_no_memory();
}

static struct error *refuse(const struct request *request, const char *text,
	const struct new_memory *memory, struct notes *notes)
{
	if (request->initrd_choice != INITRD_AUTO) {
		note_add(notes, NOTE_WARNING, "memory: %s", text);
		return NULL;
	}
	return error_new(ERROR_NO_SPACE,
		"memory: %s; %suse a smaller initrd, or load it all the same with baton load "
		"--unpack-initrd=never",
		text, memory->words.text ? "leave the words out, " : "");
}

static struct error *check(
	const struct question *question, const struct new_memory *memory, struct notes *notes)
{
	const struct initrd *initrd = question->initrd;
	uint64_t size = initrd_size(initrd), least = least_contents(initrd);
	bool sure = size + least + kernel_least(question->image) >
		    less(memory->words.memory, memory->words.surely) + SLACK;
	struct error *error = NULL;
	char *text;

	if (!sure && size + likely_contents(initrd) <= memory->rest)
		return NULL;
	TRY(explain(memory, initrd, sure, &text));
	if (sure)
		error = refuse(question->request, text, memory, notes);
	else
		note_add(notes, NOTE_WARNING, "memory: %s", text);
	free(text);
	return error;
}

/* What it says that it needs before it looks at a memory map is not for anybody to lift. What its
 * command line takes later, as huge pages, it takes of the rest. */
static struct error *check_kernel(const struct image *image, const struct new_memory *memory)
{
	const struct memory_words *words = &memory->words;
	uint64_t there = words->memory, size = kernel_size(image);

	if (size <= there)
		return NULL;
	if (!words->text)
		return error_new(ERROR_NO_SPACE,
			"memory: the new kernel takes %" PRIu64
			" MiB before it starts anything, and there are %" PRIu64 " MiB",
			size >> 20, there >> 20);
	return error_new(ERROR_NO_SPACE,
		"memory: the new kernel takes %" PRIu64
		" MiB before it starts anything, and the new command line leaves it %" PRIu64
		" MiB with %s; leave the words out",
		size >> 20, there >> 20, words->text);
}

struct error *new_memory_check(
	const struct question *question, const char *line, struct notes *notes)
{
	const struct initrd *initrd = question->initrd;
	_cleanup_new_memory_ struct new_memory memory = {0};

	/* Then what there is was enough for a place, and maps of a large machine take a while. */
	if (!initrd && !command_line_has(line, "mem") && !command_line_has(line, "memmap"))
		return NULL;
	TRY(new_memory_find(question, line, &memory));
	if (!memory.known)
		return NULL;
	TRY(check_kernel(question->image, &memory));
	return initrd && initrd_size(initrd) ? check(question, &memory, notes) : NULL;
}
