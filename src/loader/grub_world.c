/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loader/grub_world.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/error.h"

/* "hd0,gpt2", "hd0,2" and "hd0,msdos2" are one partition: the kind of table may be left out. */
static bool is_same_name(const char *a, const char *b)
{
	const char *a_comma = strchr(a, ','), *b_comma = strchr(b, ',');
	size_t length = a_comma ? (size_t)(a_comma - a) : 0;

	if (!a_comma || !b_comma || length != (size_t)(b_comma - b) || strncmp(a, b, length) != 0)
		return strcmp(a, b) == 0;
	a = a_comma + 1;
	b = b_comma + 1;
	if (isdigit((unsigned char)*a) || isdigit((unsigned char)*b)) {
		a += strcspn(a, "0123456789");
		b += strcspn(b, "0123456789");
	}
	return strcmp(a, b) == 0;
}

static bool is_named(const struct tree *tree, size_t index, const char *device)
{
	const struct tree_mount *mount = &tree->mounts[index];
	char own[32];

	if (mount->name)
		return is_same_name(mount->name, device) ||
		       (mount->alias && strcasecmp(mount->alias, device) == 0);
	snprintf(own, sizeof(own), "fs%zu", index);
	return strcmp(own, device) == 0;
}

static const struct tree_mount *find(const struct tree *tree, const char *device)
{
	const struct tree_mount *found = NULL;

	for (size_t i = 0; i < tree->count; i++)
		if (is_named(tree, i, device) && (!found || !found->mounted))
			found = &tree->mounts[i];
	return found;
}

const char *tree_world_name(struct tree_world *world, const struct tree_mount *mount)
{
	if (mount->name)
		return mount->name;
	snprintf(world->name, sizeof(world->name), "fs%zu", (size_t)(mount - world->tree->mounts));
	return world->name;
}

static struct error *is_there(const struct tree *tree, const char *path, bool *ret)
{
	char *resolved;

	TRY(tree_resolve(tree, path, false, &resolved));
	*ret = resolved != NULL;
	free(resolved);
	return NULL;
}

/* A candidate: kept in @ret if it is there, else freed. */
static struct error *keep_if_there(struct tree_world *world, char *candidate, char **ret)
{
	struct error *error = NULL;
	bool there = false;

	if (candidate && !*ret)
		error = is_there(world->tree, candidate, &there);
	if (there)
		*ret = candidate;
	else
		free(candidate);
	return error;
}

/*
 * In a folder that stands in for a root nothing may say what is a file system of its own: a path
 * is then looked for where it could be.
 */
static struct error *guess(struct tree_world *world, const char *path, char **ret)
{
	static const char *const folders[] = {"", "/boot", "/boot/efi", "/efi"};
	const struct tree *tree = world->tree;
	char *candidate;

	for (size_t i = 0; i < tree->count && !*ret; i++) {
		TRY(tree_path_from(tree, &tree->mounts[i], path, &candidate));
		TRY(keep_if_there(world, candidate, ret));
	}
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && !*ret; i++) {
		if (asprintf(&candidate, "%s%s", folders[i], path) < 0)
			return error_no_memory();
		TRY(keep_if_there(world, candidate, ret));
	}
	world->guessed = world->guessed || *ret;
	return NULL;
}

struct error *tree_world_path(
	struct tree_world *world, const char *device, const char *path, char **ret)
{
	const struct tree_mount *mount = find(world->tree, device);
	char *known = NULL;
	bool there = false;

	*ret = NULL;
	if (mount)
		TRY(tree_path_from(world->tree, mount, path, &known));
	if (known)
		TRY(is_there(world->tree, known, &there));
	if (!there && !world->tree->has_mounts)
		TRY(guess(world, path, ret));
	if (*ret)
		free(known);
	else
		*ret = known;
	return NULL;
}

static bool has_device(void *data, const char *device)
{
	const struct tree_world *world = data;
	const struct tree_mount *mount = find(world->tree, device);

	return mount && mount->mounted;
}

static const char *device_at(void *data, unsigned int index)
{
	struct tree_world *world = data;

	for (size_t i = 0; i < world->tree->count; i++)
		if (world->tree->mounts[i].mounted && index-- == 0)
			return tree_world_name(world, &world->tree->mounts[i]);
	return NULL;
}

/* Errors of memory are as if it were not there: the run itself meets them next. */
static char *path_of(struct tree_world *world, const char *device, const char *path)
{
	char *found = NULL;

	error_free(tree_world_path(world, device, path, &found));
	return found;
}

static struct grub_file look(void *data, const char *device, const char *path)
{
	struct tree_world *world = data;
	char *found = path_of(world, device, path), *resolved = NULL;
	struct grub_file file = {0};
	char real[PATH_MAX];
	struct stat status;

	if (found)
		error_free(tree_resolve(world->tree, found, false, &resolved));
	if (resolved && tree_real_path(world->tree, resolved, real, sizeof(real)) &&
		stat(real, &status) == 0)
		file = (struct grub_file){.there = true,
			.is_folder = S_ISDIR(status.st_mode),
			.size = (uint64_t)status.st_size,
			.modified = status.st_mtime};
	free(found);
	free(resolved);
	return file;
}

/* As if the variable had never been set. */
static void drop_one_shot(struct blob *blob)
{
	static const char name[] = "\nnext_entry=";
	uint8_t *at = blob->size ? memmem(blob->data, blob->size, name, sizeof(name) - 1) : NULL;
	uint8_t *end =
		at ? memchr(at + 1, '\n', blob->size - (uint64_t)(at + 1 - blob->data)) : NULL;

	if (end)
		memset(at + 1, '#', (size_t)(end - at - 1));
}

static struct error *read_file(void *data, const char *device, const char *path, uint64_t limit,
	bool *ret_found, struct blob *ret)
{
	struct tree_world *world = data;
	struct error *error = NULL;
	char *found;

	*ret_found = false;
	TRY(tree_world_path(world, device, path, &found));
	if (found)
		error = tree_read_file(world->tree, found, limit, ret_found, ret);
	free(found);
	if (!error && world->without_one_shot)
		drop_one_shot(ret);
	return error;
}

static struct error *list(void *data, const char *device, const char *path,
	struct error *(*add)(void *context, const char *name), void *context)
{
	struct tree_world *world = data;
	struct error *error = NULL;
	char *found;

	TRY(tree_world_path(world, device, path, &found));
	if (found)
		error = tree_list(world->tree, found, add, context);
	free(found);
	return error;
}

static bool has_key(struct tree_world *world, const struct tree_mount *mount, enum grub_search kind,
	const char *key)
{
	const char *name;

	if (kind == GRUB_SEARCH_UUID)
		return mount->uuid && strcasecmp(mount->uuid, key) == 0;
	if (kind == GRUB_SEARCH_LABEL)
		return mount->label && strcmp(mount->label, key) == 0;
	name = tree_world_name(world, mount);
	return mount->mounted && look(world, name, key).there;
}

/* One that is not mounted is found too: then it is known what is missing. */
static bool search(void *data, enum grub_search kind, const char *key, char ret[static 256])
{
	struct tree_world *world = data;
	const struct tree *tree = world->tree;
	const struct tree_mount *found = NULL;

	for (size_t i = 0; i < tree->count; i++)
		if ((!found || (!found->mounted && tree->mounts[i].mounted)) &&
			has_key(world, &tree->mounts[i], kind, key))
			found = &tree->mounts[i];
	if (found)
		snprintf(ret, 256, "%s", tree_world_name(world, found));
	return found;
}

static const char *identity(void *data, const char *device, char which)
{
	const struct tree_world *world = data;
	const struct tree_mount *mount = find(world->tree, device);

	if (!mount)
		return NULL;
	return which == 'u' ? mount->uuid : which == 'l' ? mount->label : mount->part_uuid;
}

void tree_world_init(const struct tree *tree, bool has_firmware_setup, struct tree_world *ret)
{
	*ret = (struct tree_world){.tree = tree,
		.world = {
			.data = ret,
			.has_device = has_device,
			.device = device_at,
			.look = look,
			.read = read_file,
			.list = list,
			.search = search,
			.identity = identity,
			.has_firmware_setup = has_firmware_setup,
		}};
}
