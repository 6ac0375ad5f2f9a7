/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/environment.h"

#include <string.h>

#include "base/error.h"

enum { VARIABLES_MAX = 4096, VALUE_MAX = 1 << 20 };

/* The index of a variable, or of where it would be; @ret_found says which. */
static size_t find(const struct grub_variables *variables, const char *name, bool *ret_found)
{
	size_t low = 0, high = variables->count;

	*ret_found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(variables->list[middle].name, name);

		if (order == 0) {
			*ret_found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const char *grub_variable_get(const struct grub_variables *variables, const char *name)
{
	bool found;
	size_t index = find(variables, name, &found);

	return found ? variables->list[index].value : NULL;
}

static struct error *make_room(struct grub_variables *variables, struct arena *arena)
{
	size_t room = variables->room ? variables->room * 2 : 64;
	struct grub_variable *list;

	if (variables->count < variables->room)
		return NULL;
	if (variables->count == VARIABLES_MAX)
		return error_new(ERROR_LIMIT, "more than %d variables", VARIABLES_MAX);
	TAKE(arena, list, arena_take(arena, room * sizeof(*list)));
	if (variables->count)
		memcpy(list, variables->list, variables->count * sizeof(*list));
	variables->list = list;
	variables->room = room;
	return NULL;
}

static struct error *insert(
	struct grub_variables *variables, struct arena *arena, const char *name, size_t index)
{
	struct grub_variable *place;
	const char *copy;

	TRY(make_room(variables, arena));
	TAKE(arena, copy, arena_text(arena, name, strlen(name)));
	place = variables->list + index;
	memmove(place + 1, place, (variables->count - index) * sizeof(*place));
	*place = (struct grub_variable){.name = copy, .value = ""};
	variables->count++;
	return NULL;
}

struct error *grub_variable_set(
	struct grub_variables *variables, struct arena *arena, const char *name, const char *value)
{
	size_t length = strlen(value), index;
	bool found;

	if (length > VALUE_MAX)
		return error_new(ERROR_LIMIT, "a variable of more than %d MiB", VALUE_MAX >> 20);
	index = find(variables, name, &found);
	if (found && strcmp(variables->list[index].value, value) == 0)
		return NULL;
	if (!found)
		TRY(insert(variables, arena, name, index));
	TAKE(arena, variables->list[index].value, arena_text(arena, value, length));
	return NULL;
}

void grub_variable_unset(struct grub_variables *variables, const char *name)
{
	bool found;
	size_t index = find(variables, name, &found);

	if (!found)
		return;
	variables->count--;
	memmove(variables->list + index, variables->list + index + 1,
		(variables->count - index) * sizeof(*variables->list));
}

struct error *grub_variable_export(
	struct grub_variables *variables, struct arena *arena, const char *name)
{
	bool found;
	size_t index = find(variables, name, &found);

	if (!found)
		TRY(insert(variables, arena, name, index));
	variables->list[index].exported = true;
	return NULL;
}

struct error *grub_variables_copy(const struct grub_variables *from, bool exported,
	struct arena *arena, struct grub_variables *ret)
{
	*ret = (struct grub_variables){.room = from->count};
	if (!from->count)
		return NULL;
	TAKE(arena, ret->list, arena_take(arena, from->count * sizeof(*ret->list)));
	for (size_t i = 0; i < from->count; i++)
		if (!exported || from->list[i].exported)
			ret->list[ret->count++] = from->list[i];
	return NULL;
}
