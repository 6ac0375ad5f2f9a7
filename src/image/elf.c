/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vmlinux, the kernel as it was linked. Offsets, sizes and constants: Tool Interface Standard ELF
 * specification 1.2 and the ELF-64 object file format 1.5; names as in <elf.h>.
 */
#include "image/elf.h"

#include "base/error.h"
#include "image/format.h"

#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>

/*
 * x86-64 Linux is linked to run in the upper half of the address space, at and above
 * __START_KERNEL_map (Documentation/arch/x86/x86_64/mm.rst), and needs it within 2 GiB. 32-bit
 * Linux lies above its user space, at 1 GiB at the lowest (arch/x86/Kconfig, PAGE_OFFSET).
 */
#define UPPER_HALF	  (UINT64_C(1) << 63)
#define UPPER_PART_32	  (UINT64_C(1) << 30)
#define SPAN_MAX	  (UINT64_C(1) << 31)

/* Intel SDM volume 3, 4.1.4: MAXPHYADDR is at most 52. */
#define PHYSICAL_END	  (UINT64_C(1) << 52)
#define PHYSICAL_END_32	  (UINT64_C(1) << 32)

/* arch/x86/kernel/head64.c, __startup_64: where it runs must be a multiple of 2 MiB (PMD_SIZE). */
#define STARTUP_ALIGNMENT (UINT64_C(2) << 20)

#define PAGE_ALIGNMENT	  UINT64_C(0x1000)

struct machine_name {
	uint16_t machine;
	const char *name;
};

static const struct machine_name machine_names[] = {
	{EM_386, "32-bit x86"},
	{EM_X86_64, "x86-64"},
	{EM_ARM, "32-bit Arm"},
	{EM_AARCH64, "AArch64"},
	{EM_RISCV, "RISC-V"},
	{258, "LoongArch"}, /* EM_LOONGARCH, missing in older <elf.h> */
	{EM_PPC, "32-bit PowerPC"},
	{EM_PPC64, "64-bit PowerPC"},
	{EM_S390, "s390"},
	{EM_MIPS, "MIPS"},
	{EM_SPARCV9, "64-bit SPARC"},
	{EM_IA_64, "Itanium"},
};

static const char *machine_name(uint16_t machine)
{
	for (size_t i = 0; i < sizeof(machine_names) / sizeof(machine_names[0]); i++) {
		if (machine_names[i].machine == machine)
			return machine_names[i].name;
	}
	return NULL;
}

static bool probe(struct bytes bytes, const char **ret_reason)
{
	if (!bytes_match(bytes, 0, ELFMAG, SELFMAG)) {
		*ret_reason = "no \"\\177ELF\" at 0x0";
		return false;
	}
	return true;
}

/* The fields of the file header that matter here. */
struct file_header {
	bool is_32bit;
	uint16_t type;
	uint16_t machine;
	uint64_t entry;
	uint64_t phoff;
	uint16_t phentsize;
	uint16_t phnum;
};

static struct error *check_ident(struct bytes bytes)
{
	if (!bytes_contain(bytes, 0, sizeof(Elf64_Ehdr)))
		return error_new(ERROR_FORMAT,
			"ELF header: the file has %" PRIu64 " bytes, fewer than the header's %zu; "
			"the file is truncated",
			bytes.size, sizeof(Elf64_Ehdr));
	if (bytes.data[EI_CLASS] != ELFCLASS32 && bytes.data[EI_CLASS] != ELFCLASS64)
		return error_new(ERROR_FORMAT,
			"ELF header: class %u, expected 1 (32-bit) or 2 (64-bit); the file is "
			"damaged",
			bytes.data[EI_CLASS]);
	if (bytes.data[EI_DATA] == ELFDATA2MSB)
		return error_new(ERROR_UNSUPPORTED,
			"is a big-endian ELF file, this baton starts x86 kernels");
	if (bytes.data[EI_DATA] != ELFDATA2LSB || bytes.data[EI_VERSION] != EV_CURRENT)
		return error_new(ERROR_FORMAT,
			"ELF header: byte order %u and version %u, expected 1 and 1; the file is "
			"damaged",
			bytes.data[EI_DATA], bytes.data[EI_VERSION]);
	return NULL;
}

static struct error *check_machine(const struct file_header *header)
{
	const char *name = machine_name(header->machine);

	if (header->machine == (header->is_32bit ? EM_386 : EM_X86_64))
		return NULL;
	if (name)
		return error_new(ERROR_UNSUPPORTED,
			"is a %d-bit ELF file for %s, this baton starts x86 kernels",
			header->is_32bit ? 32 : 64, name);
	return error_new(ERROR_UNSUPPORTED,
		"is a %d-bit ELF file for machine type %u, this baton starts x86 kernels (3, 62)",
		header->is_32bit ? 32 : 64, header->machine);
}

static struct error *check_os(uint8_t os)
{
	const char *name = os == ELFOSABI_FREEBSD   ? "FreeBSD"
			   : os == ELFOSABI_NETBSD  ? "NetBSD"
			   : os == ELFOSABI_OPENBSD ? "OpenBSD"
						    : NULL;

	if (name)
		return error_new(ERROR_UNSUPPORTED,
			"is a file for %s; this baton starts Linux kernels", name);
	return NULL;
}

static struct error *check_type(uint16_t type)
{
	static const char *const names[] = {[ET_NONE] = "none",
		[ET_REL] = "an object file or module",
		[ET_CORE] = "a core dump"};

	if (type == ET_EXEC || type == ET_DYN)
		return NULL;
	return error_new(ERROR_FORMAT, "ELF header: type %u (%s), expected an executable", type,
		type <= ET_CORE && names[type] ? names[type] : "unknown");
}

/* An address, an offset or a size: as wide as the file's class. */
static uint64_t cursor_word(struct cursor *cursor, bool is_32bit)
{
	return is_32bit ? cursor_le32(cursor) : cursor_le64(cursor);
}

static struct error *read_file_header(struct bytes bytes, struct file_header *ret)
{
	struct cursor cursor = cursor_at(bytes, EI_NIDENT, "ELF header");
	uint64_t program_header;

	TRY(check_ident(bytes));
	ret->is_32bit = bytes.data[EI_CLASS] == ELFCLASS32;
	program_header = ret->is_32bit ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr);
	ret->type = cursor_le16(&cursor);
	ret->machine = cursor_le16(&cursor);
	cursor_skip(&cursor, 4); /* e_version */
	ret->entry = cursor_word(&cursor, ret->is_32bit);
	ret->phoff = cursor_word(&cursor, ret->is_32bit);
	cursor_word(&cursor, ret->is_32bit); /* e_shoff */
	cursor_skip(&cursor, 4 + 2);	     /* e_flags, e_ehsize */
	ret->phentsize = cursor_le16(&cursor);
	ret->phnum = cursor_le16(&cursor);
	TRY(cursor_error(&cursor));
	TRY(check_machine(ret));
	TRY(check_os(bytes.data[EI_OSABI]));
	TRY(check_type(ret->type));
	if (!ret->phnum)
		return error_new(ERROR_FORMAT,
			"ELF header: no program headers, so nothing says what to load");
	if (ret->phnum == PN_XNUM)
		return error_new(
			ERROR_UNSUPPORTED, "ELF header: more than %u program headers", PN_XNUM - 1);
	if (ret->phentsize != program_header)
		return error_new(ERROR_FORMAT,
			"ELF header: program headers of %u bytes, expected %" PRIu64
			"; the file is damaged",
			ret->phentsize, program_header);
	return NULL;
}

/* A PT_LOAD, with what image_part does not keep. */
struct segment {
	struct image_part part;
	uint64_t virtual_address;
};

struct segments {
	struct segment at[IMAGE_PARTS_MAX];
	unsigned int count;
	bool is_32bit;
};

static struct error *check_segment(const struct segment *segment, unsigned int index,
	struct bytes bytes, uint64_t physical_end)
{
	const struct image_part *part = &segment->part;
	uint64_t end;

	if (!bytes_contain(bytes, part->file_offset, part->file_size))
		return error_new(ERROR_FORMAT,
			"program header %u: 0x%" PRIx64 " bytes at offset 0x%" PRIx64
			" reach past the file's 0x%" PRIx64 " bytes; the file is truncated",
			index, part->file_size, part->file_offset, bytes.size);
	if (part->file_size > part->memory_size)
		return error_new(ERROR_FORMAT,
			"program header %u: 0x%" PRIx64 " bytes in the file for 0x%" PRIx64
			" in memory; the file is damaged",
			index, part->file_size, part->memory_size);
	if (__builtin_add_overflow(part->link_address, part->memory_size, &end) ||
		end > physical_end)
		return error_new(ERROR_FORMAT,
			"program header %u: 0x%" PRIx64 " bytes at physical address 0x%" PRIx64
			" lie past the address space; the file is damaged",
			index, part->memory_size, part->link_address);
	return NULL;
}

/* Take up the program header at the cursor, if it is for a segment to load. */
static struct error *read_program_header(
	struct cursor *cursor, unsigned int index, struct segments *ret)
{
	struct segment segment = {0};
	uint32_t type = cursor_le32(cursor);

	if (!ret->is_32bit)
		cursor_skip(cursor, 4); /* p_flags; in a 32-bit file it comes later */
	segment.part.file_offset = cursor_word(cursor, ret->is_32bit);
	segment.virtual_address = cursor_word(cursor, ret->is_32bit);
	segment.part.link_address = cursor_word(cursor, ret->is_32bit);
	segment.part.file_size = cursor_word(cursor, ret->is_32bit);
	segment.part.memory_size = cursor_word(cursor, ret->is_32bit);
	cursor_skip(cursor, 8); /* p_align (and p_flags): of no use, Linux wants more */
	TRY(cursor_error(cursor));
	if (type == PT_INTERP)
		return error_new(ERROR_FORMAT,
			"is a dynamically linked program, not a kernel (program header %u names "
			"an interpreter)",
			index);
	if (type != PT_LOAD || (!segment.part.memory_size && !segment.part.file_size))
		return NULL;
	TRY(check_segment(
		&segment, index, cursor->bytes, ret->is_32bit ? PHYSICAL_END_32 : PHYSICAL_END));
	if (ret->count == IMAGE_PARTS_MAX)
		return error_new(ERROR_LIMIT, "more than %u segments to load", IMAGE_PARTS_MAX);
	ret->at[ret->count++] = segment;
	return NULL;
}

static int compare_segments(const void *a, const void *b)
{
	const struct segment *first = a, *second = b;

	if (first->part.link_address == second->part.link_address)
		return 0;
	return first->part.link_address < second->part.link_address ? -1 : 1;
}

static uint64_t part_end(const struct image_part *part)
{
	return part->link_address + part->memory_size;
}

static struct error *check_placement(const struct segments *segments)
{
	const struct image_part *first = &segments->at[0].part;
	const struct image_part *last = &segments->at[segments->count - 1].part;

	for (unsigned int i = 1; i < segments->count; i++) {
		const struct image_part *before = &segments->at[i - 1].part;
		const struct image_part *part = &segments->at[i].part;

		if (part_end(before) > part->link_address)
			return error_new(ERROR_FORMAT,
				"segments overlap at physical address 0x%" PRIx64
				": one reaches from 0x%" PRIx64 " to 0x%" PRIx64
				"; the file is damaged",
				part->link_address, before->link_address, part_end(before));
	}
	if (part_end(last) - first->link_address > SPAN_MAX)
		return error_new(ERROR_FORMAT,
			"segments span physical addresses 0x%" PRIx64 " to 0x%" PRIx64
			", more than the 2 GiB that an x86 kernel can use; the file is damaged",
			first->link_address, part_end(last));
	return NULL;
}

static struct error *read_segments(
	struct bytes bytes, const struct file_header *header, struct segments *ret)
{
	struct cursor cursor = cursor_at(bytes, header->phoff, "ELF program headers");
	uint64_t lowest = header->is_32bit ? UPPER_PART_32 : UPPER_HALF;
	bool upper = false;

	ret->is_32bit = header->is_32bit;
	for (unsigned int i = 0; i < header->phnum; i++)
		TRY(read_program_header(&cursor, i, ret));
	if (!ret->count)
		return error_new(ERROR_FORMAT, "ELF program headers: none is PT_LOAD, so there is "
					       "nothing to load");
	for (unsigned int i = 0; i < ret->count; i++)
		upper = upper || ret->at[i].virtual_address >= lowest;
	if (!upper)
		return error_new(ERROR_FORMAT,
			"is not a Linux kernel: no segment is linked to run in the upper %s of "
			"the address space, where the kernel lives",
			header->is_32bit ? "part" : "half");
	qsort(ret->at, ret->count, sizeof(ret->at[0]), compare_segments);
	return check_placement(ret);
}

/* True if @address lies in the @size bytes at @start; *@ret_offset is how far in. */
static bool address_inside(uint64_t address, uint64_t start, uint64_t size, uint64_t *ret_offset)
{
	*ret_offset = address - start;
	return address >= start && *ret_offset < size;
}

/*
 * The entry's physical address. Linux states a physical one (vmlinux.lds.S, phys_startup_64);
 * others may state the virtual one. The physical reading goes first, because the percpu segment of
 * kernels up to 6.14 has virtual address 0. Only what the file fills counts: bss holds no code.
 */
static struct error *find_entry(const struct segments *segments, uint64_t entry, uint64_t *ret)
{
	uint64_t offset;

	for (unsigned int i = 0; i < segments->count; i++) {
		const struct image_part *part = &segments->at[i].part;

		if (address_inside(entry, part->link_address, part->file_size, &offset)) {
			*ret = entry;
			return NULL;
		}
	}
	for (unsigned int i = 0; i < segments->count; i++) {
		const struct segment *segment = &segments->at[i];

		if (address_inside(
			    entry, segment->virtual_address, segment->part.file_size, &offset)) {
			*ret = segment->part.link_address + offset;
			return NULL;
		}
	}
	return error_new(ERROR_FORMAT,
		"ELF header: entry point 0x%" PRIx64 " lies in no segment's bytes; the file is "
		"damaged",
		entry);
}

/* What a program header has loaded; empty if nothing, or if what it says is beyond sense. */
static struct range loaded_range(
	struct bytes head, const struct file_header *header, unsigned int index)
{
	struct cursor cursor = cursor_at(
		head, header->phoff + (uint64_t)index * header->phentsize, "ELF program header");
	uint32_t type = cursor_le32(&cursor);
	struct range range;

	if (!header->is_32bit)
		cursor_skip(&cursor, 4); /* p_flags */
	range.start = cursor_word(&cursor, header->is_32bit);
	cursor_word(&cursor, header->is_32bit); /* p_vaddr */
	cursor_word(&cursor, header->is_32bit); /* p_paddr */
	if (type != PT_LOAD || __builtin_add_overflow(range.start,
				       cursor_word(&cursor, header->is_32bit), &range.end))
		return (struct range){0};
	return range;
}

/* False if @head is no ELF file's, or has not all of its program headers. */
static bool read_head(struct bytes head, struct file_header *ret, uint64_t *ret_end)
{
	_cleanup_error_ struct error *error = NULL;
	const char *reason;
	uint64_t table;

	if (!probe(head, &reason))
		return false;
	/* What is wrong with it comes to light when it is parsed. */
	error = read_file_header(head, ret);
	table = (uint64_t)ret->phnum * ret->phentsize;
	*ret_end = ret->phoff + table;
	return !error && bytes_contain(head, ret->phoff, table);
}

bool elf_file_end(struct bytes head, uint64_t *ret)
{
	struct file_header header = {0};

	if (!read_head(head, &header, ret))
		return false;
	for (unsigned int i = 0; i < header.phnum; i++) {
		struct range range = loaded_range(head, &header, i);

		*ret = range.end > *ret ? range.end : *ret;
	}
	return true;
}

struct error *elf_file_ranges(struct bytes head, struct range_set *ret)
{
	struct file_header header = {0};
	uint64_t end;

	if (!read_head(head, &header, &end))
		return NULL;
	TRY(range_set_add(ret, (struct range){0, head.size}));
	for (unsigned int i = 0; i < header.phnum; i++)
		TRY(range_set_add(ret, loaded_range(head, &header, i)));
	return NULL;
}

static struct error *parse(struct image *image)
{
	struct file_header header = {0};
	struct segments segments = {0};

	TRY(read_file_header(image->bytes, &header));
	TRY(read_segments(image->bytes, &header, &segments));
	TRY(find_entry(&segments, header.entry, &image->entry));
	image->kind = IMAGE_ELF;
	image->machine = header.is_32bit ? IMAGE_MACHINE_386 : IMAGE_MACHINE_X86_64;
	image->protocol = IMAGE_PROTOCOL_LINUX_X86;
	image->part_count = segments.count;
	image->virtual_difference =
		segments.at[0].virtual_address - segments.at[0].part.link_address;
	for (unsigned int i = 0; i < segments.count; i++)
		image->parts[i] = segments.at[i].part;
	image->alignment = PAGE_ALIGNMENT;
	/* It is mapped at a fixed distance from where it lies, so to move it is to relocate it. */
	if (header.is_32bit) {
		image->format = "ELF32 vmlinux";
		return NULL;
	}
	/*
	 * startup_64 finds out where it runs and corrects its page tables by the difference, which
	 * works for any multiple of 2 MiB and needs no relocation (facts/kernel.md, D).
	 */
	image->physically_relocatable = image->parts[0].link_address % STARTUP_ALIGNMENT == 0;
	image->alignment = image->physically_relocatable ? STARTUP_ALIGNMENT : PAGE_ALIGNMENT;
	return NULL;
}

const struct image_format image_format_elf64 = {
	.name = "ELF", .title = "ELF64 vmlinux", .probe = probe, .parse = parse};
