/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An environment block: a line of its own as signature, then NAME=VALUE lines, in which a backslash
 * stands before a backslash or a newline of the value, and # up to the end (GRUB's lib/envblk.c).
 */
#include <string.h>

#include "base/error.h"
#include "grub/interpreter.h"

#define SIGNATURE "# GRUB Environment Block\n"

static bool is_wanted(const struct grub_words *only, const char *name)
{
	for (size_t i = 0; i < only->count; i++)
		if (strcmp(only->list[i], name) == 0)
			return true;
	return !only->count;
}

/* The end of the value at @at; @block.size if it has none. */
static uint64_t value_end(struct bytes block, uint64_t at)
{
	while (at < block.size && block.data[at] != '\n')
		at += block.data[at] == '\\' ? 2 : 1;
	return at < block.size ? at : block.size;
}

static struct error *set(
	struct grub *grub, struct bytes name, struct bytes value, const struct grub_words *only)
{
	char *key, *text, *to;

	TAKE(&grub->scratch, key, arena_text(&grub->scratch, (const char *)name.data, name.size));
	if (!is_wanted(only, key))
		return NULL;
	TAKE(&grub->scratch, text, arena_take(&grub->scratch, value.size + 1));
	to = text;
	for (uint64_t i = 0; i < value.size; i++) {
		if (value.data[i] == '\\' && i + 1 < value.size)
			i++;
		*to++ = (char)value.data[i];
	}
	return grub_variable_set(&grub->context->variables, &grub->arena, key, text);
}

static uint64_t pass_line(struct bytes block, uint64_t at)
{
	while (at < block.size && block.data[at] != '\n')
		at++;
	return at < block.size ? at + 1 : at;
}

struct error *grub_environment_block(
	struct grub *grub, struct bytes block, const struct grub_words *only, enum grub_status *ret)
{
	uint64_t at = strlen(SIGNATURE);

	*ret = bytes_match(block, 0, SIGNATURE, at) ? GRUB_OK : GRUB_BAD_FILE_TYPE;
	if (*ret != GRUB_OK)
		return NULL;
	while (at < block.size) {
		uint64_t start = at, equals, end;

		if (block.data[at] == '#') {
			at = pass_line(block, at);
			continue;
		}
		for (equals = start; equals < block.size && block.data[equals] != '=';)
			equals++;
		if (equals == block.size)
			break;
		end = value_end(block, equals + 1);
		if (end == block.size)
			break;
		TRY(set(grub, bytes_part(block, start, equals - start),
			bytes_part(block, equals + 1, end - equals - 1), only));
		at = end + 1;
	}
	return NULL;
}
