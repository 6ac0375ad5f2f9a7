/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/payload.h"

#include "base/error.h"
#include "codec/codec.h"
#include "image/bzimage.h"
#include "image/identify.h"

#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>

enum {
	/* What the build appends after the packed kernel, for all but gzip: its unpacked size
	 * (scripts/Makefile.lib, size_append). gzip ends with it by itself (RFC 1952, ISIZE). */
	SIZE_FIELD = 4,

	RELOCATION_SIZE = 4,

	/* The ELF header and program headers are at the start, in the first page. */
	HEADERS_SIZE = 64 << 10,

	/* xz's dictionary in kernels of today, and some for the rest. */
	DECODER_MEMORY = 48 << 20,

	PAGE = 4096,
	PARTS_MAX = 8, /* of the 16 segments of kexec_load */

	/* arch/x86/boot/compressed/misc.c, handle_relocations(): the lists, each after a zero. */
	LISTS_OF_32BIT = 1,
	LISTS_WITHOUT_INVERSE = 2,
	LISTS_WITH_INVERSE = 3,
};

/* A kernel has less than 2 GiB of address space, from __START_KERNEL_map on. */
#define LINK_ADDRESS_MAX UINT32_C(0x7fffffff)

/* The packed kernel without the size that follows it, and that size. */
static struct error *stated_size(
	const struct image *image, struct bytes *packed, const struct codec *codec, uint64_t *ret)
{
	if (packed->size <= SIZE_FIELD)
		return error_new(
			ERROR_DAMAGED, "payload: %" PRIu64 " bytes are too few", packed->size);
	*ret = load_le32(packed->data + packed->size - SIZE_FIELD);
	/* header.S, INIT_SIZE: room for what is unpacked, and for the decompressor beside it. */
	if (image->bzimage.init_size && *ret > image->bzimage.init_size)
		return error_new(ERROR_DAMAGED,
			"payload: states %" PRIu64 " MiB unpacked, more than the %u MiB that the "
			"setup header has room for; the file is damaged",
			*ret >> 20, image->bzimage.init_size >> 20);
	if (strcmp(codec->name, "gzip") != 0)
		packed->size -= SIZE_FIELD;
	if (*ret > IMAGE_SIZE_LIMIT)
		return error_new(
			ERROR_LIMIT, "payload: states %" PRIu64 " MiB unpacked", *ret >> 20);
	return NULL;
}

/* The kernel copies what is unpacked, and a decoder needs some memory of its own. */
static struct error *check_memory(uint64_t unpacked, uint64_t memory)
{
	uint64_t needed = 2 * unpacked + DECODER_MEMORY;

	if (!memory || needed <= memory)
		return NULL;
	return error_new(ERROR_NO_SPACE,
		"payload: unpacking and loading it takes %" PRIu64 " MiB, but only %" PRIu64
		" MiB are available",
		needed >> 20, memory >> 20);
}

/* More than is stated, as the limit is what is stated. */
static struct error *limit_is_damage(struct error *error)
{
	struct error *damaged;

	if (error_code(error) != ERROR_LIMIT)
		return error;
	damaged = error_new(ERROR_DAMAGED, "%s; the file is damaged", error_message(error));
	error_free(error);
	return damaged;
}

static struct error *unpack(const struct image *image, struct bytes packed,
	const struct codec *codec, uint64_t memory, struct blob *ret)
{
	struct codec_options options = {0};
	uint64_t expected = 0, used;

	TRY(stated_size(image, &packed, codec, &expected));
	TRY(check_memory(expected, memory));
	options.limit = options.expected = expected;
	TRY(error_prefix(
		limit_is_damage(codec->decompress(packed, &options, ret, &used)), "payload"));
	if (ret->size != expected)
		return error_new(ERROR_DAMAGED,
			"payload: unpacks to %" PRIu64 " bytes, but states %" PRIu64
			"; the file is damaged",
			ret->size, expected);
	return NULL;
}

/* The first bytes, and behind them zeros that take no memory, up to the stated size. */
static struct error *unpack_headers(const struct image *image, struct bytes packed,
	const struct codec *codec, uint64_t memory, struct blob *ret)
{
	_cleanup_error_ struct error *error = NULL;
	uint64_t expected = 0, used;

	TRY(stated_size(image, &packed, codec, &expected));
	TRY(check_memory(expected, memory));
	error = codec->decompress(
		packed, &(struct codec_options){.limit = HEADERS_SIZE}, ret, &used);
	if (error && error_code(error) != ERROR_LIMIT)
		return error_new(error_code(error), "payload: %s", error_message(error));
	if (ret->size > expected)
		return error_new(ERROR_DAMAGED,
			"payload: states %" PRIu64 " bytes, but has more; the file is damaged",
			expected);
	return blob_resize(ret, expected);
}

/*
 * The physical link address of the lower half of a virtual one: __START_KERNEL_map less, which is
 * 0xffffffff80000000, or in 32-bit kernels PAGE_OFFSET. What lies below it comes out as very large.
 */
static uint64_t physical_of(const struct payload *payload, uint32_t address)
{
	return (uint32_t)(address - (uint32_t)payload->vmlinux.virtual_difference);
}

static uint32_t relocation_at(const struct payload *payload, uint64_t offset)
{
	return load_le32(payload->vmlinux.bytes.data + offset);
}

/*
 * Where the field of link address @address lies in the file. The lists are sorted, so @part, the
 * index of the last part used, only moves forward.
 */
static uint64_t field_offset(const struct payload *payload, uint32_t address, unsigned int *part)
{
	uint64_t physical = physical_of(payload, address);
	const struct image *vmlinux = &payload->vmlinux;

	while (*part + 1 < vmlinux->part_count &&
		physical >= vmlinux->parts[*part + 1].link_address)
		(*part)++;
	return vmlinux->parts[*part].file_offset + (physical - vmlinux->parts[*part].link_address);
}

static struct error *check_relocation(
	const struct payload *payload, uint32_t address, uint64_t field_size, unsigned int *index)
{
	uint64_t physical = physical_of(payload, address);
	const struct image_part *part;

	/* misc.c, handle_relocations(), stops at these: "relocation outside of kernel". */
	if (physical - payload->vmlinux.parts[0].link_address >= payload->memory_size)
		return error_new(ERROR_DAMAGED,
			"relocations: link address 0x%" PRIx32
			" lies in no segment, but outside of the kernel; the file is damaged",
			address);
	field_offset(payload, address, index);
	part = &payload->vmlinux.parts[*index];
	if (physical < part->link_address || physical - part->link_address > part->file_size ||
		field_size > part->file_size - (physical - part->link_address))
		return error_new(ERROR_UNSUPPORTED,
			"relocations: link address 0x%" PRIx32 " lies in no segment's bytes",
			address);
	return NULL;
}

static struct error *check_list(
	const struct payload *payload, const struct relocations *list, uint64_t field_size)
{
	unsigned int part = 0;
	uint32_t before = 0;

	for (uint64_t i = 0; i < list->count; i++) {
		uint32_t address = relocation_at(payload, list->offset + i * RELOCATION_SIZE);

		if (address <= before)
			return error_new(ERROR_UNSUPPORTED,
				"relocations: 0x%" PRIx32 " follows 0x%" PRIx32 ", not sorted",
				address, before);
		before = address;
		TRY(check_relocation(payload, address, field_size, &part));
	}
	return NULL;
}

/* Split [start, end) at its zeros. The first word must be one. */
static struct error *split_lists(const struct payload *payload, uint64_t start, uint64_t end,
	struct relocations *lists, unsigned int *ret_count)
{
	unsigned int count = 0;

	for (uint64_t offset = start; offset < end; offset += RELOCATION_SIZE) {
		if (relocation_at(payload, offset) != 0) {
			if (!count)
				return error_new(ERROR_UNSUPPORTED,
					"relocations: start with 0x%" PRIx32 ", expected 0",
					relocation_at(payload, offset));
			lists[count - 1].count++;
			continue;
		}
		if (count == LISTS_WITH_INVERSE)
			return error_new(ERROR_UNSUPPORTED, "relocations: more than %d lists",
				LISTS_WITH_INVERSE);
		lists[count++] = (struct relocations){.offset = offset + RELOCATION_SIZE};
	}
	*ret_count = count;
	return NULL;
}

/* The end of the ELF file proper: the build puts the section headers last. */
static struct error *elf_end(struct bytes file, uint64_t *ret, unsigned int *ret_section_count)
{
	bool is_32bit = file.data[EI_CLASS] == ELFCLASS32;
	struct cursor cursor = cursor_at(file,
		is_32bit ? offsetof(Elf32_Ehdr, e_shoff) : offsetof(Elf64_Ehdr, e_shoff),
		"ELF header");
	uint64_t section_offset = is_32bit ? cursor_le32(&cursor) : cursor_le64(&cursor);
	uint16_t size, count;

	cursor_skip(&cursor, 4 + 2 + 2 + 2); /* e_flags, e_ehsize, e_phentsize, e_phnum */
	size = cursor_le16(&cursor);
	count = cursor_le16(&cursor);
	TRY(cursor_error(&cursor));
	if (!section_offset || !bytes_contain(file, section_offset, (uint64_t)size * count))
		return error_new(ERROR_UNSUPPORTED,
			"ELF header: section headers at 0x%" PRIx64
			" lie past the file's 0x%" PRIx64 " bytes",
			section_offset, file.size);
	*ret = section_offset + (uint64_t)size * count;
	*ret_section_count = count;
	return NULL;
}

/* Relocating must not change what is still to be read: the lists were checked as they are. */
static struct error *check_apart(const struct image *vmlinux, uint64_t start)
{
	for (unsigned int i = 0; i < vmlinux->part_count; i++) {
		const struct image_part *part = &vmlinux->parts[i];

		if (part->file_offset + part->file_size > start)
			return error_new(ERROR_UNSUPPORTED,
				"relocations: at 0x%" PRIx64
				", inside the segment that reaches to 0x%" PRIx64,
				start, part->file_offset + part->file_size);
	}
	return NULL;
}

static struct error *check_list_count(const struct payload *payload, unsigned int count)
{
	if (payload->vmlinux.machine == IMAGE_MACHINE_386 && count != LISTS_OF_32BIT)
		return error_new(ERROR_UNSUPPORTED, "relocations: %u lists, expected %d", count,
			LISTS_OF_32BIT);
	if (payload->vmlinux.machine != IMAGE_MACHINE_386 && count < LISTS_WITHOUT_INVERSE)
		return error_new(ERROR_UNSUPPORTED, "relocations: %u list, expected %d or %d",
			count, LISTS_WITHOUT_INVERSE, LISTS_WITH_INVERSE);
	return NULL;
}

static struct error *find_relocations(struct payload *payload)
{
	struct relocations lists[LISTS_WITH_INVERSE] = {{0}};
	uint64_t end = payload->vmlinux.bytes.size, start = 0;
	unsigned int count = 0;

	TRY(elf_end(payload->vmlinux.bytes, &start, &payload->section_count));
	if (start == end)
		return NULL;
	if ((end - start) % RELOCATION_SIZE)
		return error_new(ERROR_UNSUPPORTED,
			"relocations: 0x%" PRIx64 " bytes follow the ELF file, not a multiple of 4",
			end - start);
	TRY(check_apart(&payload->vmlinux, start));
	TRY(split_lists(payload, start, end, lists, &count));
	TRY(check_list_count(payload, count));
	payload->has_relocations = true;
	if (count > LISTS_OF_32BIT)
		payload->absolute_64 = lists[0];
	if (count == LISTS_WITH_INVERSE)
		payload->inverse_32 = lists[1];
	payload->absolute_32 = lists[count - 1];
	TRY(check_list(payload, &payload->absolute_64, 8));
	TRY(check_list(payload, &payload->inverse_32, 4));
	return check_list(payload, &payload->absolute_32, 4);
}

/*
 * The build writes bss into the file as zeros. What is zero at a part's end need not be handed
 * over: memory past a segment's bytes is zero anyway.
 */
static void trim_zeros(struct payload *payload)
{
	struct image *vmlinux = &payload->vmlinux;

	for (unsigned int i = 0; i < vmlinux->part_count; i++) {
		struct image_part *part = &vmlinux->parts[i];
		const uint8_t *data = vmlinux->bytes.data + part->file_offset;
		uint64_t end = part->file_offset + part->file_size;

		/* By pages first: bss is some twenty MiB. */
		while (part->file_size >= PAGE &&
			bytes_are_zero(bytes_of(data + part->file_size - PAGE, PAGE)))
			part->file_size -= PAGE;
		while (part->file_size >= 8 && load_le64(data + part->file_size - 8) == 0)
			part->file_size -= 8;
		blob_discard_zeros(&vmlinux->storage, part->file_offset + part->file_size, end);
	}
}

/* Each part becomes a segment of its own, which must not share pages with another. */
static struct error *check_pages(const struct image *vmlinux)
{
	uint64_t end = 0;

	for (unsigned int i = 0; i < vmlinux->part_count; i++) {
		const struct image_part *part = &vmlinux->parts[i];

		/* Where a part may end at most is elf.c's to say: nothing wraps around here. */
		if (part->link_address % PAGE || part->link_address < end ||
			!align_up(part->link_address + part->memory_size, PAGE, &end))
			return error_new(ERROR_UNSUPPORTED,
				"payload: the part linked at 0x%" PRIx64
				" shares a page with another",
				part->link_address);
	}
	if (vmlinux->part_count > PARTS_MAX)
		return error_new(ERROR_UNSUPPORTED, "payload: more than %d parts", PARTS_MAX);
	return NULL;
}

static struct error *describe(struct payload *payload)
{
	const struct image *vmlinux = &payload->vmlinux;
	const struct image_part *last = &vmlinux->parts[vmlinux->part_count - 1];

	/* In 32-bit kernels relocations move it physically as well, to any page. */
	if (vmlinux->machine != IMAGE_MACHINE_386 && !vmlinux->physically_relocatable)
		return error_new(ERROR_UNSUPPORTED,
			"payload: linked for 0x%" PRIx64 ", not a multiple of 2 MiB",
			vmlinux->parts[0].link_address);
	if (last->link_address + last->memory_size > LINK_ADDRESS_MAX)
		return error_new(ERROR_UNSUPPORTED, "payload: linked past 2 GiB");
	payload->memory_size =
		last->link_address + last->memory_size - vmlinux->parts[0].link_address;
	TRY(check_pages(vmlinux));
	return NULL;
}

/*
 * The image's own decompressor takes nothing but an ELF file either (misc.c, parse_elf()), and
 * believes all that this one checks.
 */
static struct error *identify_vmlinux(struct blob *unpacked, struct image *ret)
{
	struct error *error = image_identify("payload", unpacked, "ELF", ret), *damaged;

	if (error_code(error) != ERROR_FORMAT && error_code(error) != ERROR_UNSUPPORTED)
		return error;
	damaged = error_new(ERROR_DAMAGED, "%s", error_message(error));
	error_free(error);
	return damaged;
}

struct error *payload_describe(struct blob *unpacked, struct payload *ret)
{
	_cleanup_payload_ struct payload payload = {0};

	*ret = (struct payload){0};
	TRY(identify_vmlinux(unpacked, &payload.vmlinux));
	TRY(describe(&payload));
	/* First, so that a relocation of what is not handed over is found out of range. */
	trim_zeros(&payload);
	TRY(find_relocations(&payload));
	*ret = payload;
	payload = (struct payload){0};
	return NULL;
}

static struct error *find_packed(
	const struct image *image, struct bytes *ret_packed, const struct codec **ret_codec)
{
	TRY(bzimage_payload(image, ret_packed));
	*ret_codec = codec_probe(*ret_packed);
	if (!*ret_codec)
		return error_new(ERROR_UNSUPPORTED, "payload: packed in a way unknown to baton");
	return NULL;
}

struct error *payload_unpack(const struct image *image, uint64_t memory, struct payload *ret)
{
	_cleanup_blob_ struct blob unpacked = {0};
	const struct codec *codec = NULL;
	struct bytes packed;

	*ret = (struct payload){0};
	TRY(find_packed(image, &packed, &codec));
	TRY(unpack(image, packed, codec, memory, &unpacked));
	TRY(payload_describe(&unpacked, ret));
	ret->codec = codec->name;
	return NULL;
}

/* @kernel->prepared in place of what payload_unpack() would unpack; checked in the same way. */
static struct error *take_prepared(const struct image *image, uint64_t memory,
	struct unpacked_kernel *kernel, struct payload *ret)
{
	const struct codec *codec = NULL;
	uint64_t expected = 0;
	struct bytes packed;

	TRY(find_packed(image, &packed, &codec));
	TRY(stated_size(image, &packed, codec, &expected));
	TRY(check_memory(expected, memory));
	if (kernel->prepared.size != expected)
		return error_new(ERROR_FORMAT,
			"payload: prepared with %" PRIu64 " bytes, but states %" PRIu64,
			kernel->prepared.size, expected);
	TRY(payload_describe(&kernel->prepared, ret));
	ret->codec = codec->name;
	ret->prepared = true;
	return NULL;
}

/*
 * Whatever is wrong with what was prepared: the image itself decides. Want of memory is nothing
 * wrong with it, and is met again.
 */
static struct error *take_or_unpack(const struct image *image, uint64_t memory,
	struct unpacked_kernel *kernel, struct payload *ret)
{
	_cleanup_error_ struct error *error = NULL;

	if (!kernel->prepared.size)
		return payload_unpack(image, memory, ret);
	error = take_prepared(image, memory, kernel, ret);
	blob_deinit(&kernel->prepared);
	if (!error)
		return NULL;
	if (error_code(error) != ERROR_NO_SPACE && error_code(error) != ERROR_NO_MEMORY) {
		free(kernel->prepared_declined);
		kernel->prepared_declined = strdup(error_message(error));
		if (!kernel->prepared_declined)
			return error_no_memory();
	}
	return payload_unpack(image, memory, ret);
}

struct error *payload_read_headers(const struct image *image, uint64_t memory, struct payload *ret)
{
	_cleanup_payload_ struct payload payload = {.headers_only = true};
	_cleanup_blob_ struct blob unpacked = {0};
	const struct codec *codec = NULL;
	struct bytes packed;
	uint64_t end = 0;

	*ret = (struct payload){0};
	TRY(find_packed(image, &packed, &codec));
	TRY(unpack_headers(image, packed, codec, memory, &unpacked));
	TRY(identify_vmlinux(&unpacked, &payload.vmlinux));
	TRY(describe(&payload));
	TRY(elf_end(payload.vmlinux.bytes, &end, &payload.section_count));
	payload.has_relocations = end < payload.vmlinux.bytes.size;
	payload.codec = codec->name;
	*ret = payload;
	payload = (struct payload){0};
	return NULL;
}

static void relocate_list(
	struct payload *payload, const struct relocations *list, bool wide, uint64_t delta)
{
	uint8_t *data = payload->vmlinux.storage.data;
	unsigned int part = 0;

	for (uint64_t i = 0; i < list->count; i++) {
		uint32_t address = relocation_at(payload, list->offset + i * RELOCATION_SIZE);
		uint8_t *field = data + field_offset(payload, address, &part);

		if (wide)
			store_le64(field, load_le64(field) + delta);
		else
			store_le32(field, load_le32(field) + (uint32_t)delta);
	}
}

void payload_relocate(struct payload *payload, uint64_t delta)
{
	uint64_t change = delta - payload->moved_by;

	if (!change)
		return;
	relocate_list(payload, &payload->absolute_64, true, change);
	relocate_list(payload, &payload->inverse_32, false, -change);
	relocate_list(payload, &payload->absolute_32, false, change);
	payload->moved_by = delta;
}

/* Take up what @read makes of @image's payload, or why it does not. */
static struct error *take_payload(const struct image *image, uint64_t memory,
	struct unpacked_kernel *kernel,
	struct error *(*read)(
		const struct image *, uint64_t, struct unpacked_kernel *, struct payload *))
{
	struct payload *payload = calloc(1, sizeof(*payload));
	struct error *error, *note;

	if (!payload)
		return error_no_memory();
	error = read(image, memory, kernel, payload);
	if (!error) {
		kernel->payload = payload;
		return NULL;
	}
	free(payload);
	/* For want of memory too: the packed kernel needs none. */
	kernel->declined = strdup(error_message(error));
	kernel->short_of_memory = error_is_of_memory(error);
	note = error_code(error) == ERROR_DAMAGED
		       ? unpacked_kernel_note_damage(kernel, error_message(error))
		       : NULL;
	error_free(error);
	TRY(note);
	return kernel->declined ? NULL : error_no_memory();
}

struct error *unpacked_kernel_make(
	const struct image *image, uint64_t memory, struct unpacked_kernel *kernel)
{
	return take_payload(image, memory, kernel, take_or_unpack);
}

static struct error *read_headers(const struct image *image, uint64_t memory,
	struct unpacked_kernel *kernel, struct payload *ret)
{
	return payload_read_headers(image, memory, ret);
}

struct error *unpacked_kernel_read_headers(
	const struct image *image, uint64_t memory, struct unpacked_kernel *kernel)
{
	return take_payload(image, memory, kernel, read_headers);
}
