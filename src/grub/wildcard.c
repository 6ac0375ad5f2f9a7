/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/wildcard.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "grub/interpreter.h"

enum { MATCHES_MAX = 4096 };

/* Names, in the scratch arena. */
struct names {
	struct arena *arena;
	const char **list;
	size_t count, room;
};

static struct error *names_add(struct names *names, const char *name)
{
	size_t room = names->room ? names->room * 2 : 16;
	const char **list;

	if (names->count == MATCHES_MAX)
		return error_new(ERROR_LIMIT, "more than %d files for a wildcard", MATCHES_MAX);
	if (names->count == names->room) {
		TAKE(names->arena, list, arena_take(names->arena, room * sizeof(*list)));
		if (names->count)
			memcpy(list, names->list, names->count * sizeof(*list));
		names->list = list;
		names->room = room;
	}
	TAKE(names->arena, names->list[names->count], arena_text(names->arena, name, strlen(name)));
	names->count++;
	return NULL;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct error *join(
	struct arena *arena, const char *head, const char *middle, const char *tail, char **ret)
{
	TAKE(arena, *ret, arena_take(arena, strlen(head) + strlen(middle) + strlen(tail) + 1));
	strcpy(stpcpy(stpcpy(*ret, head), middle), tail);
	return NULL;
}

static struct error *names_add_joined(
	struct names *names, const char *head, const char *middle, const char *tail)
{
	char *joined = NULL;

	TRY(join(names->arena, head, middle, tail, &joined));
	return joined ? names_add(names, joined) : NULL;
}

/* A piece of a pattern, up to @end; with one star remembered no name takes long. */
static bool matches(const char *pattern, const char *end, const char *name)
{
	const char *star = NULL, *star_name = NULL;

	while (*name) {
		bool escaped = pattern + 1 < end && *pattern == '\\';

		if (pattern < end && *pattern == '*') {
			star = ++pattern;
			star_name = name;
		} else if (pattern < end &&
			   (escaped ? pattern[1] == *name : *pattern == '?' || *pattern == *name)) {
			pattern += 1 + escaped;
			name++;
		} else if (star) {
			pattern = star;
			name = ++star_name;
		} else {
			return false;
		}
	}
	while (pattern < end && *pattern == '*')
		pattern++;
	return pattern == end;
}

static bool has_wildcard(const char *pattern, const char *end)
{
	for (; pattern < end; pattern++) {
		if (*pattern == '*' || *pattern == '?')
			return true;
		if (*pattern == '\\' && pattern + 1 < end)
			pattern++;
	}
	return false;
}

static struct error *literal(struct names *names, const char *pattern, const char *end, char **ret)
{
	char *to;

	TAKE(names->arena, *ret, arena_text(names->arena, pattern, (size_t)(end - pattern)));
	to = *ret;
	for (; pattern < end; pattern++) {
		if (*pattern == '\\' && pattern + 1 < end)
			pattern++;
		*to++ = *pattern;
	}
	*to = '\0';
	return NULL;
}

/* The device, which a pattern may begin with: "(hd0,gpt2)", "(*)", or "*" for whole disks. */
static struct error *begin(
	struct grub *grub, const char *pattern, const char *end, struct names *ret)
{
	const struct grub_world *world = grub->setup.world;
	bool whole = *pattern == '*';
	const char *device;
	char *text = NULL;

	if (!has_wildcard(pattern, end)) {
		TRY(literal(ret, pattern, end, &text));
		return names_add(ret, text);
	}
	for (unsigned int i = 0; (device = world->device(world->data, i)); i++) {
		if (whole && strchr(device, ','))
			continue;
		TRY(join(ret->arena, "(", device, ")", &text));
		if (matches(pattern, end, text))
			TRY(names_add(ret, text));
	}
	return NULL;
}

/* A folder's names that a piece of the pattern matches. */
struct listing {
	const char *pattern, *end, *folder;
	struct names *names;
};

static struct error *add_listed(void *data, const char *name)
{
	struct listing *listing = data;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
		!matches(listing->pattern, listing->end, name))
		return NULL;
	return names_add_joined(listing->names, listing->folder, "/", name);
}

/* Each of @from with what the piece [@pattern, @end) of a path stands for in that folder. */
static struct error *step(struct grub *grub, const struct names *from, const char *pattern,
	const char *end, struct names *ret)
{
	const struct grub_world *world = grub->setup.world;
	char *text;

	if (!has_wildcard(pattern, end)) {
		TRY(literal(ret, pattern, end, &text));
		for (size_t i = 0; i < from->count; i++)
			TRY(names_add_joined(ret, from->list[i], "/", text));
		return NULL;
	}
	for (size_t i = 0; i < from->count; i++) {
		struct listing listing = {pattern, end, from->list[i], ret};
		size_t before = ret->count;
		struct grub_path folder;

		TRY(grub_split_path(grub, from->list[i], &folder));
		TRY(world->list(world->data, folder.device, *folder.path ? folder.path : "/",
			add_listed, &listing));
		if (ret->count > before)
			qsort(ret->list + before, ret->count - before, sizeof(*ret->list),
				compare_names);
	}
	return NULL;
}

/* With a wildcard before it, the end of a path is only taken where it is there. */
static bool is_there(struct grub *grub, const struct grub_path *path)
{
	const struct grub_world *world = grub->setup.world;

	return world->look(world->data, path->device, path->path).there;
}

static struct error *add_all(struct grub *grub, struct names *names, bool look,
	struct error *(*add)(void *data, const char *match), void *data)
{
	struct grub_path path;

	for (size_t i = 0; i < names->count; i++) {
		if (look) {
			TRY(grub_split_path(grub, names->list[i], &path));
			if (!is_there(grub, &path))
				continue;
		}
		TRY(add(data, names->list[i]));
	}
	return NULL;
}

struct error *grub_wildcard(struct grub *grub, const char *pattern,
	struct error *(*add)(void *data, const char *match), void *data)
{
	struct names names = {.arena = &grub->scratch};
	const char *end = pattern + strcspn(pattern, "/");
	bool last_is_literal = false;

	if (!has_wildcard(pattern, pattern + strlen(pattern)))
		return NULL;
	TRY(begin(grub, pattern, end, &names));
	while (*end) {
		struct names more = {.arena = &grub->scratch};

		pattern = end + 1;
		end = pattern + strcspn(pattern, "/");
		TRY(step(grub, &names, pattern, end, &more));
		last_is_literal = !has_wildcard(pattern, end);
		names = more;
	}
	return add_all(grub, &names, last_is_literal, add, data);
}
