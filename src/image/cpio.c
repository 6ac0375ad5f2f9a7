/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/cpio.h"

#include "base/range.h"

/*
 * cpio "newc", Documentation/driver-api/early-userspace/buffer-format.rst: a magic of six
 * characters, thirteen fields of eight hexadecimal digits, the name with its NUL, zeros up to a
 * multiple of four, the contents, zeros up to a multiple of four. Offsets are from the header.
 */
enum {
	CPIO_MODE = 14,
	CPIO_FILE_SIZE = 54,
	CPIO_NAME_SIZE = 94,
	CPIO_HEADER_SIZE = 110,
	CPIO_DIGITS = 8,
};

bool cpio_begins_at(struct bytes bytes, uint64_t offset)
{
	return bytes_match(bytes, offset, "070701", 6) || bytes_match(bytes, offset, "070702", 6);
}

static bool read_hex(struct bytes bytes, uint64_t offset, uint32_t *ret)
{
	*ret = 0;
	for (unsigned int i = 0; i < CPIO_DIGITS; i++) {
		uint8_t c = bytes.data[offset + i];
		uint8_t lower = c | 0x20;

		if (c >= '0' && c <= '9')
			*ret = *ret << 4 | (uint32_t)(c - '0');
		else if (lower >= 'a' && lower <= 'f')
			*ret = *ret << 4 | (uint32_t)(lower - 'a' + 10);
		else
			return false;
	}
	return true;
}

bool cpio_read_header(struct bytes bytes, uint64_t offset, struct cpio_member *ret)
{
	uint32_t file_size, name_size;
	uint64_t name, contents;

	if (!cpio_begins_at(bytes, offset) || !bytes_contain(bytes, offset, CPIO_HEADER_SIZE) ||
		!read_hex(bytes, offset + CPIO_MODE, &ret->mode) ||
		!read_hex(bytes, offset + CPIO_FILE_SIZE, &file_size) ||
		!read_hex(bytes, offset + CPIO_NAME_SIZE, &name_size) || !name_size)
		return false;
	name = offset + CPIO_HEADER_SIZE;
	if (!bytes_contain(bytes, name, name_size) ||
		!align_up(name + name_size, CPIO_ALIGNMENT, &contents))
		return false;
	ret->name = bytes_part(bytes, name, name_size - 1);
	ret->contents = contents;
	ret->end = contents + file_size;
	return true;
}

bool cpio_read_member(struct bytes bytes, uint64_t offset, struct cpio_member *ret)
{
	return cpio_read_header(bytes, offset, ret) && ret->end <= bytes.size;
}

bool cpio_is_cut_off(struct bytes bytes, uint64_t offset)
{
	static const char magic[] = "070701";
	struct cpio_member entry;
	uint64_t left = offset < bytes.size ? bytes.size - offset : 0;

	/* Not even all of the magic may be there; the one for checksums differs in the last digit.
	 */
	if (left && left < sizeof(magic) - 1)
		return bytes_match(bytes, offset, magic, left);
	return cpio_begins_at(bytes, offset) && !cpio_read_member(bytes, offset, &entry);
}

bool cpio_skip_zeros(struct bytes bytes, uint64_t *offset)
{
	if (!align_up(*offset, CPIO_ALIGNMENT, offset))
		return false;
	while (bytes_match(bytes, *offset, "\0\0\0\0", 4))
		*offset += 4;
	return *offset < bytes.size;
}

bool cpio_is_trailer(const struct cpio_member *entry)
{
	static const char trailer[] = "TRAILER!!!";

	return entry->name.size == sizeof(trailer) - 1 &&
	       bytes_match(entry->name, 0, trailer, sizeof(trailer) - 1);
}
