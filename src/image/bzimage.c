/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/bzimage.h"

#include "base/error.h"
#include "image/format.h"
#include "image/pe.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* 2.05 and later kernels may still leave it 0; then it is what the 4 KiB page demands. */
#define ALIGNMENT_MIN	   UINT64_C(0x1000)

/* arch/x86/Kconfig, PHYSICAL_START: 1 or 16 MiB by default. */
#define PHYSICAL_START_MAX UINT64_C(0x1000000)

static bool probe(struct bytes bytes, const char **ret_reason)
{
	if (!bytes_match(bytes, SETUP_HEADER, "HdrS", 4)) {
		*ret_reason = "no \"HdrS\" at 0x202";
		return false;
	}
	return true;
}

static uint16_t header_u16(struct bytes file, unsigned int offset)
{
	return load_le16(file.data + offset);
}

static uint32_t header_u32(struct bytes file, unsigned int offset)
{
	return load_le32(file.data + offset);
}

static struct error *header_error(const char *format, ...) BATON_PRINTF(1, 2);
static struct error *header_error(const char *format, ...)
{
	va_list arguments;
	char message[256];

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	return error_new(ERROR_FORMAT, "setup header: %s", message);
}

/* Offset past the last field that @protocol promises and baton reads. */
static uint64_t header_end_min(uint16_t protocol)
{
	if (protocol >= BZIMAGE_PROTOCOL_KERNEL_INFO)
		return SETUP_KERNEL_INFO_OFFSET + 4;
	if (protocol >= BZIMAGE_PROTOCOL_HANDOVER)
		return SETUP_HANDOVER_OFFSET + 4;
	if (protocol >= BZIMAGE_PROTOCOL_INIT_SIZE)
		return SETUP_INIT_SIZE + 4;
	if (protocol >= BZIMAGE_PROTOCOL_SETUP_DATA)
		return SETUP_SETUP_DATA + 8;
	if (protocol >= BZIMAGE_PROTOCOL_PAYLOAD)
		return SETUP_PAYLOAD_LENGTH + 4;
	return SETUP_CMDLINE_SIZE + 4;
}

/* Everything that must hold before the fields can be read. */
static struct error *check_layout(struct bytes file, struct bzimage *ret)
{
	uint16_t boot_flag = header_u16(file, SETUP_BOOT_FLAG);
	unsigned int sects = file.data[SETUP_SECTS];

	if (boot_flag != SETUP_BOOT_FLAG_VALUE)
		return header_error("boot flag at 0x1fe is 0x%04x, expected 0xaa55; the file is "
				    "damaged",
			boot_flag);
	ret->protocol = header_u16(file, SETUP_VERSION);
	if (ret->protocol < BZIMAGE_PROTOCOL_CMDLINE_SIZE)
		return error_new(ERROR_UNSUPPORTED,
			"setup header: boot protocol %u.%02u is too old, baton reads 2.06 (Linux "
			"2.6.22) and later",
			ret->protocol >> 8, ret->protocol & 0xff);
	ret->setup_header_end = SETUP_HEADER + file.data[SETUP_JUMP_LENGTH];
	if (ret->setup_header_end > SETUP_HEADER_SPACE_END ||
		ret->setup_header_end < header_end_min(ret->protocol))
		return header_error("ends at 0x%" PRIx64 ", expected 0x%" PRIx64
				    " to 0x%x for boot protocol %u.%02u; the file is damaged",
			ret->setup_header_end, header_end_min(ret->protocol),
			SETUP_HEADER_SPACE_END, ret->protocol >> 8, ret->protocol & 0xff);
	ret->setup_size = (uint64_t)((sects ? sects : SETUP_SECTS_DEFAULT) + 1) * SETUP_SECTOR_SIZE;
	if (ret->setup_size + BZIMAGE_ENTRY_64 >= file.size)
		return header_error("setup code ends at 0x%" PRIx64
				    " and leaves no room for the kernel in the file's 0x%" PRIx64
				    " bytes; the file is truncated",
			ret->setup_size, file.size);
	return NULL;
}

static void read_fields(struct bytes file, struct bzimage *ret)
{
	ret->loadflags = file.data[SETUP_LOADFLAGS];
	ret->code32_start = header_u32(file, SETUP_CODE32_START);
	ret->initrd_addr_max = header_u32(file, SETUP_INITRD_ADDR_MAX);
	ret->kernel_alignment = header_u32(file, SETUP_KERNEL_ALIGNMENT);
	ret->relocatable = file.data[SETUP_RELOCATABLE_KERNEL];
	ret->cmdline_size = header_u32(file, SETUP_CMDLINE_SIZE);
	if (ret->protocol >= BZIMAGE_PROTOCOL_PAYLOAD) {
		ret->payload_offset = header_u32(file, SETUP_PAYLOAD_OFFSET);
		ret->payload_length = header_u32(file, SETUP_PAYLOAD_LENGTH);
	}
	if (ret->protocol >= BZIMAGE_PROTOCOL_INIT_SIZE) {
		ret->min_alignment = file.data[SETUP_MIN_ALIGNMENT];
		ret->pref_address = load_le64(file.data + SETUP_PREF_ADDRESS);
		ret->init_size = header_u32(file, SETUP_INIT_SIZE);
	}
	if (ret->protocol >= BZIMAGE_PROTOCOL_HANDOVER)
		ret->handover_offset = header_u32(file, SETUP_HANDOVER_OFFSET);
	if (ret->protocol >= BZIMAGE_PROTOCOL_XLOADFLAGS)
		ret->xloadflags = header_u16(file, SETUP_XLOADFLAGS);
}

/*
 * The protected-mode code must be there in full. Its size is rounded up to 16 bytes in syssize,
 * the file need not be; and what follows it, such as a signature, is not counted.
 */
static struct error *check_code(struct bytes file, const struct bzimage *header)
{
	uint64_t code = file.size - header->setup_size;
	uint64_t stated = (uint64_t)header_u32(file, SETUP_SYSSIZE) * 16;

	if (stated > code + 15)
		return header_error("kernel code ends at 0x%" PRIx64 ", past the file's 0x%" PRIx64
				    " bytes; the file is truncated",
			header->setup_size + stated, file.size);
	if (header->init_size && header->init_size < stated)
		return header_error("init_size 0x%x is less than the 0x%" PRIx64
				    " bytes of kernel code; the file is damaged",
			header->init_size, stated);
	return NULL;
}

static struct error *check_payload(struct bytes file, const struct bzimage *header)
{
	uint64_t end = (uint64_t)header->payload_offset + header->payload_length;

	if (end > file.size - header->setup_size)
		return header_error("payload ends at 0x%" PRIx64 ", past the file's 0x%" PRIx64
				    " bytes; the file is truncated",
			header->setup_size + end, file.size);
	return NULL;
}

static struct error *check_alignment(const struct bzimage *header)
{
	if (header->min_alignment > 31)
		return header_error("min_alignment is 2^%u, expected at most 2^31; the file is "
				    "damaged",
			header->min_alignment);
	if (!header->relocatable)
		return NULL;
	if (!is_power_of_two(header->kernel_alignment) || header->kernel_alignment < ALIGNMENT_MIN)
		return header_error("kernel_alignment is 0x%x, expected a power of two from "
				    "0x%" PRIx64 "; the file is damaged",
			header->kernel_alignment, ALIGNMENT_MIN);
	if (header->pref_address % header->kernel_alignment)
		return header_error("pref_address 0x%" PRIx64 " is not a multiple of "
				    "kernel_alignment 0x%x; the file is damaged",
			header->pref_address, header->kernel_alignment);
	return NULL;
}

/*
 * boot.rst, kernel_version: a string at this offset from 0x200, inside the setup. It is shown to
 * people, so nothing but printable ASCII is kept.
 */
static struct error *read_version(struct bytes file, struct bzimage *ret)
{
	uint64_t at = header_u16(file, SETUP_KERNEL_VERSION);
	size_t length = 0;

	if (!at)
		return NULL;
	at += 0x200;
	if (at >= ret->setup_size)
		return header_error("version string at 0x%" PRIx64 " lies past the setup code's "
				    "end at 0x%" PRIx64 "; the file is damaged",
			at, ret->setup_size);
	while (length < sizeof(ret->kernel_version) - 1 && at + length < ret->setup_size) {
		uint8_t c = file.data[at + length];

		if (!c)
			break;
		ret->kernel_version[length++] = c >= 0x20 && c < 0x7f ? (char)c : '?';
	}
	ret->kernel_version[length] = '\0';
	return NULL;
}

struct error *bzimage_read_header(struct bytes file, struct bzimage *ret)
{
	*ret = (struct bzimage){0};
	if (!bytes_contain(file, SETUP_HEADER_START, SETUP_HEADER_SPACE_END - SETUP_HEADER_START))
		return header_error("ends past the file's 0x%" PRIx64
				    " bytes; the file is truncated",
			file.size);
	TRY(check_layout(file, ret));
	read_fields(file, ret);
	TRY(check_code(file, ret));
	TRY(check_payload(file, ret));
	TRY(check_alignment(ret));
	return read_version(file, ret);
}

bool bzimage_file_end(struct bytes head, uint64_t *ret)
{
	const char *reason;
	uint64_t pe;

	if (!probe(head, &reason))
		return false;
	*ret = ((uint64_t)(head.data[SETUP_SECTS] ? head.data[SETUP_SECTS] : SETUP_SECTS_DEFAULT) +
		       1) *
		       SETUP_SECTOR_SIZE +
	       (uint64_t)header_u32(head, SETUP_SYSSIZE) * 16;
	pe = bytes_match(head, 0, "MZ", 2) ? pe_file_end(head) : 0;
	*ret = pe > *ret ? pe : *ret;
	return true;
}

static struct error *check_supported(const struct bzimage *header)
{
	if (!(header->loadflags & LOADED_HIGH))
		return error_new(ERROR_UNSUPPORTED,
			"is a zImage, loaded below 1 MiB; baton starts bzImages");
	return NULL;
}

/*
 * Before 2.12 the header does not tell 32-bit kernels from 64-bit ones, and both have only the
 * 32-bit entry in common with it.
 */
static enum image_machine find_machine(const struct bzimage *header)
{
	return header->xloadflags & XLF_KERNEL_64 ? IMAGE_MACHINE_X86_64 : IMAGE_MACHINE_386;
}

/*
 * Kernels state init_size since 2.10. One that leaves it out gets room for the code, for what the
 * payload says it unpacks to (its last four bytes, boot.rst; before 2.08, which has no payload
 * field, for three times the code, as gzip packs a kernel) and for as much again as the code:
 * decompressor, heap, stack, bss and page tables are smaller than that. And one that does not say
 * where it will move itself to may move to CONFIG_PHYSICAL_START, at most 16 MiB by default.
 */
static uint64_t memory_size(const struct image *image, uint64_t code)
{
	const struct bzimage *header = &image->bzimage;
	uint64_t size = 2 * code;
	struct bytes payload;

	if (header->init_size)
		return header->init_size > code ? header->init_size : code;
	if (header->protocol < BZIMAGE_PROTOCOL_INIT_SIZE && !header->relocatable)
		size += PHYSICAL_START_MAX;
	if (header->protocol < BZIMAGE_PROTOCOL_PAYLOAD)
		return size + 3 * code;
	if (header->payload_length < 4)
		return size;
	payload = bytes_part(
		image->bytes, header->setup_size + header->payload_offset, header->payload_length);
	return size + load_le32(payload.data + payload.size - 4);
}

static uint64_t link_address(const struct bzimage *header)
{
	if (header->pref_address || header->relocatable)
		return header->pref_address;
	return BZIMAGE_ADDRESS_OLD;
}

static struct error *parse(struct image *image)
{
	struct bzimage *header = &image->bzimage;
	uint64_t code;

	TRY(bzimage_read_header(image->bytes, header));
	TRY(check_supported(header));
	code = image->bytes.size - header->setup_size;
	image->kind = IMAGE_BZIMAGE;
	image->machine = find_machine(header);
	image->protocol = IMAGE_PROTOCOL_LINUX_X86;
	image->entry = image->machine == IMAGE_MACHINE_X86_64 ? BZIMAGE_ENTRY_64 : BZIMAGE_ENTRY_32;
	image->physically_relocatable = header->relocatable;
	image->alignment = header->relocatable ? header->kernel_alignment : ALIGNMENT_MIN;
	image->parts[0] = (struct image_part){
		.file_offset = header->setup_size,
		.file_size = code,
		.memory_size = memory_size(image, code),
		.link_address = link_address(header),
	};
	image->part_count = 1;
	return NULL;
}

struct error *bzimage_payload(const struct image *image, struct bytes *ret)
{
	const struct bzimage *header = &image->bzimage;

	*ret = (struct bytes){0};
	if (!header->payload_length)
		return error_new(ERROR_UNSUPPORTED, "%s: the image states no payload",
			image->format ? image->format : "image");
	*ret = bytes_part(
		image->bytes, header->setup_size + header->payload_offset, header->payload_length);
	return NULL;
}

const struct image_format image_format_bzimage = {
	.name = "bzImage", .title = "bzImage", .probe = probe, .parse = parse};
