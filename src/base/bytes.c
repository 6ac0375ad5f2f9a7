/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/bytes.h"

#include "base/error.h"

#include <inttypes.h>

struct cursor cursor_at(struct bytes bytes, uint64_t offset, const char *part)
{
	return (struct cursor){.bytes = bytes, .offset = offset, .part = part};
}

struct bytes cursor_take(struct cursor *cursor, uint64_t length)
{
	struct bytes taken;

	if (cursor->failed)
		return bytes_of(NULL, 0);
	if (!bytes_contain(cursor->bytes, cursor->offset, length)) {
		cursor->failed = true;
		cursor->failed_at = cursor->offset;
		cursor->failed_size = length;
		return bytes_of(NULL, 0);
	}
	taken = bytes_part(cursor->bytes, cursor->offset, length);
	cursor->offset += length;
	return taken;
}

uint8_t cursor_u8(struct cursor *cursor)
{
	struct bytes taken = cursor_take(cursor, 1);

	return taken.data ? taken.data[0] : 0;
}

uint16_t cursor_le16(struct cursor *cursor)
{
	struct bytes taken = cursor_take(cursor, 2);

	return taken.data ? load_le16(taken.data) : 0;
}

uint32_t cursor_le32(struct cursor *cursor)
{
	struct bytes taken = cursor_take(cursor, 4);

	return taken.data ? load_le32(taken.data) : 0;
}

uint64_t cursor_le64(struct cursor *cursor)
{
	struct bytes taken = cursor_take(cursor, 8);

	return taken.data ? load_le64(taken.data) : 0;
}

void cursor_skip(struct cursor *cursor, uint64_t length)
{
	cursor_take(cursor, length);
}

struct error *cursor_error(const struct cursor *cursor)
{
	if (!cursor->failed)
		return NULL;
	return error_new(ERROR_FORMAT,
		"%s: %" PRIu64 " bytes at offset 0x%" PRIx64 " reach past the end at 0x%" PRIx64
		"; the file is truncated",
		cursor->part, cursor->failed_size, cursor->failed_at, cursor->bytes.size);
}
