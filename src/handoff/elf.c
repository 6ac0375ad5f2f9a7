/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan as an ELF file that QEMU boots: a PT_LOAD for each segment and the note that names the PVH
 * entry point (xen/include/public/elfnote.h, XEN_ELFNOTE_PHYS32_ENTRY = 18). No first kernel runs.
 */
#include "handoff/handoff.h"

#include "base/error.h"
#include "plan/plan.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { XEN_ELFNOTE_PHYS32_ENTRY = 18, PAGE = 4096 };

struct pvh_note {
	Elf64_Nhdr header;
	char name[4];
	uint64_t entry;
};

struct elf_start {
	Elf64_Ehdr header;
	Elf64_Phdr programs[SEGMENTS_MAX + 1];
	struct pvh_note note;
};

static Elf64_Ehdr make_header(uint16_t program_count, uint64_t entry)
{
	Elf64_Ehdr header = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			EV_CURRENT},
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_entry = entry,
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = program_count,
	};

	return header;
}

static uint64_t pvh_entry(const struct plan *plan)
{
	for (unsigned int i = 0; i < plan->segments.count; i++)
		if (plan->segments.list[i].role == SEGMENT_PVH_ENTRY)
			return plan->segments.list[i].address;
	return 0;
}

static struct elf_start make_start(const struct plan *plan)
{
	struct elf_start start = {
		.header = make_header((uint16_t)(plan->segments.count + 1), pvh_entry(plan)),
		.note =
			{
				.header = {.n_namesz = 4,
					.n_descsz = 8,
					.n_type = XEN_ELFNOTE_PHYS32_ENTRY},
				.name = "Xen",
				.entry = pvh_entry(plan),
			},
	};
	uint64_t offset = PAGE;

	start.programs[0] = (Elf64_Phdr){
		.p_type = PT_NOTE,
		.p_flags = PF_R,
		.p_offset = offsetof(struct elf_start, note),
		.p_filesz = sizeof(start.note),
		.p_memsz = sizeof(start.note),
		.p_align = 4,
	};
	for (unsigned int i = 0; i < plan->segments.count; i++) {
		const struct segment *segment = &plan->segments.list[i];

		start.programs[i + 1] = (Elf64_Phdr){
			.p_type = PT_LOAD,
			.p_flags = PF_R | PF_W | PF_X,
			.p_offset = offset,
			.p_vaddr = segment->address,
			.p_paddr = segment->address,
			.p_filesz = segment->source.size,
			.p_memsz = segment->memory_size,
			.p_align = PAGE,
		};
		offset += (segment->source.size + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	}
	return start;
}

static bool write_at(FILE *file, uint64_t offset, const void *data, uint64_t size)
{
	return fseeko(file, (off_t)offset, SEEK_SET) == 0 &&
	       (size == 0 || fwrite(data, size, 1, file) == 1);
}

static bool write_contents(FILE *file, const struct plan *plan)
{
	struct elf_start start = make_start(plan);

	_Static_assert(sizeof(start) <= PAGE, "headers fit the first page");
	if (!write_at(file, 0, &start, sizeof(start)))
		return false;
	for (unsigned int i = 0; i < plan->segments.count; i++)
		if (!write_at(file, start.programs[i + 1].p_offset,
			    plan->segments.list[i].source.data, plan->segments.list[i].source.size))
			return false;
	return fflush(file) == 0;
}

struct error *handoff_write_elf(const struct plan *plan, const char *path)
{
	char *temporary;
	struct error *error = NULL;
	struct stat status;
	FILE *file;
	int fd;

	if (plan->method != METHOD_ELF || plan->incomplete)
		return error_new(ERROR_USAGE, "%s: the plan was not made as an ELF", path);
	/* Renaming over a device or a link to one would destroy it. */
	if (lstat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return error_new(ERROR_USAGE, "%s: is not a regular file; name another", path);
	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return error_no_memory();
	fd = mkstemp(temporary);
	file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file || !write_contents(file, plan))
		error = error_system(errno, "%s", path);
	if (file && fclose(file) != 0 && !error)
		error = error_system(errno, "%s", path);
	if (!error && rename(temporary, path) < 0)
		error = error_system(errno, "%s", path);
	if (error && fd >= 0)
		unlink(temporary);
	free(temporary);
	return error;
}
