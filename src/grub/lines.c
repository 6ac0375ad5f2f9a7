/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/lines.h"

#include <string.h>

/* A file that ends with a newline has no line behind it; other text has an empty one. */
static bool read_line(struct grub_lines *lines, struct bytes *ret)
{
	uint64_t left = lines->text.size - lines->offset;
	/* Nothing of nothing: arithmetic on NULL is not defined. */
	const uint8_t *start = left ? lines->text.data + lines->offset : NULL, *end;

	if (lines->over || (lines->is_file && !left))
		return false;
	end = left ? memchr(start, '\n', left) : NULL;
	*ret = bytes_of(start, end ? (uint64_t)(end - start) : left);
	lines->offset += ret->size + (end != NULL);
	lines->over = !end;
	lines->number++;
	return true;
}

/* Its first byte that is no carriage return. */
static bool is_comment(struct bytes line)
{
	uint64_t i = 0;

	while (i < line.size && line.data[i] == '\r')
		i++;
	return i < line.size && line.data[i] == '#';
}

bool grub_lines_next(struct grub_lines *lines, struct bytes *ret)
{
	while (read_line(lines, ret))
		if (!lines->is_file || !is_comment(*ret))
			return true;
	return false;
}
