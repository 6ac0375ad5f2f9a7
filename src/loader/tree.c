/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loader/tree.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

enum { LINKS_MAX = 40, NAMES_MAX = 1 << 16 };

void tree_deinit(struct tree *tree)
{
	tree_mounts_deinit(tree);
	free(tree->root);
	*tree = (struct tree){0};
}

struct error *tree_read(const char *root, struct tree *ret)
{
	size_t length = strlen(root);

	*ret = (struct tree){0};
	while (length && root[length - 1] == '/')
		length--;
	ret->root = strndup(root, length);
	if (!ret->root)
		return error_no_memory();
	return tree_read_mounts(ret);
}

/* Is @path @point, or below it? */
static bool is_below(const char *path, const char *point)
{
	size_t length = strlen(point);

	if (strcmp(point, "/") == 0)
		return true;
	return strncmp(path, point, length) == 0 && (!path[length] || path[length] == '/');
}

static struct error *join(const char *head, const char *tail, char **ret)
{
	bool is_root = strcmp(head, "/") == 0;

	if (asprintf(ret, "%s%s", is_root && *tail ? "" : head, tail) >= 0)
		return NULL;
	*ret = NULL;
	return error_no_memory();
}

static const char *behind(const char *path, const char *point)
{
	return strcmp(point, "/") == 0 ? path : path + strlen(point);
}

struct error *tree_path_on(const struct tree_mount *mount, const char *path, char **ret)
{
	return join(mount->part, behind(path, mount->point), ret);
}

static bool is_same_device(const struct tree_mount *a, const struct tree_mount *b)
{
	if (a->uuid && b->uuid)
		return strcasecmp(a->uuid, b->uuid) == 0;
	return strcmp(a->source, b->source) == 0;
}

/*
 * Of the mounts of that device, the one that shows the smallest part with this path in it. What
 * SUSE's GRUB has is relative to the default subvolume, which is what is mounted at its place.
 */
static const struct tree_mount *showing(
	const struct tree *tree, const struct tree_mount *mount, const char *path)
{
	const struct tree_mount *best = NULL;

	for (size_t i = 0; i < tree->count; i++) {
		const struct tree_mount *other = &tree->mounts[i];

		if (other->mounted && is_same_device(mount, other) && is_below(path, other->part) &&
			(!best || strlen(other->part) > strlen(best->part)))
			best = other;
	}
	return best;
}

static struct error *take_if_there(const struct tree *tree, char **path)
{
	char *resolved;

	if (!*path)
		return NULL;
	TRY(tree_resolve(tree, *path, false, &resolved));
	if (!resolved) {
		free(*path);
		*path = NULL;
	}
	free(resolved);
	return NULL;
}

struct error *tree_path_from(
	const struct tree *tree, const struct tree_mount *mount, const char *path, char **ret)
{
	const struct tree_mount *shown = showing(tree, mount, path);

	*ret = NULL;
	if (shown)
		return join(shown->point, behind(path, shown->part), ret);
	if (!mount->mounted || strcmp(mount->part, "/") == 0)
		return NULL;
	TRY(join(mount->point, path, ret));
	return take_if_there(tree, ret);
}

/* A path that is being resolved: what is done, and what is still to come. */
struct resolving {
	const struct tree *tree;
	bool caseless;
	char done[PATH_MAX];
	char rest[2 * PATH_MAX], scratch[2 * PATH_MAX];
	unsigned int links;
};

static void go_up(struct resolving *resolving)
{
	char *slash = strrchr(resolving->done, '/');

	if (slash)
		*slash = '\0';
}

/* The name as the folder has it, if only the case differs. */
static void fit_case(const char *folder, char *name)
{
	DIR *directory = opendir(folder);
	struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		if (strcasecmp(entry->d_name, name) == 0) {
			memcpy(name, entry->d_name, strlen(name));
			break;
		}
	if (directory)
		closedir(directory);
}

/* Put a link's contents in front of the rest. */
static bool follow(struct resolving *resolving, const char *real)
{
	char target[PATH_MAX];
	ssize_t length = readlink(real, target, sizeof(target) - 1);

	if (length <= 0 || ++resolving->links > LINKS_MAX)
		return false;
	target[length] = '\0';
	if (snprintf(resolving->scratch, sizeof(resolving->scratch), "%s/%s", target,
		    resolving->rest) >= (int)sizeof(resolving->scratch))
		return false;
	strcpy(resolving->rest, resolving->scratch);
	if (*target == '/')
		resolving->done[0] = '\0';
	else
		go_up(resolving);
	return true;
}

/* Add one name; false if nothing is there. */
static bool add_name(struct resolving *resolving, char *name)
{
	char real[PATH_MAX], folder[PATH_MAX];
	size_t length = strlen(resolving->done);
	struct stat status;

	if (length + strlen(name) + 2 > sizeof(resolving->done) ||
		!tree_real_path(resolving->tree, resolving->done, folder, sizeof(folder)))
		return false;
	sprintf(resolving->done + length, "/%s", name);
	if (!tree_real_path(resolving->tree, resolving->done, real, sizeof(real)))
		return false;
	if (lstat(real, &status) < 0) {
		if (!resolving->caseless)
			return false;
		fit_case(*folder ? folder : "/", name);
		sprintf(resolving->done + length, "/%s", name);
		if (!tree_real_path(resolving->tree, resolving->done, real, sizeof(real)) ||
			lstat(real, &status) < 0)
			return false;
	}
	return !S_ISLNK(status.st_mode) || follow(resolving, real);
}

static bool resolve(struct resolving *resolving)
{
	while (*resolving->rest) {
		size_t length = strcspn(resolving->rest, "/");
		char name[NAME_MAX + 1];

		if (length > NAME_MAX)
			return false;
		memcpy(name, resolving->rest, length);
		name[length] = '\0';
		memmove(resolving->rest,
			resolving->rest + length + (resolving->rest[length] == '/'),
			strlen(resolving->rest + length) + (resolving->rest[length] != '/'));
		if (!length || strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0)
			go_up(resolving);
		else if (!add_name(resolving, name))
			return false;
	}
	return true;
}

struct error *tree_resolve(const struct tree *tree, const char *path, bool caseless, char **ret)
{
	struct resolving *resolving;
	bool found;

	*ret = NULL;
	if (strlen(path) >= PATH_MAX)
		return NULL;
	resolving = calloc(1, sizeof(*resolving));
	if (!resolving)
		return error_no_memory();
	resolving->tree = tree;
	resolving->caseless = caseless;
	strcpy(resolving->rest, path);
	found = resolve(resolving);
	if (found)
		*ret = strdup(*resolving->done ? resolving->done : "/");
	free(resolving);
	return found && !*ret ? error_no_memory() : NULL;
}

/* What cannot be read is not there; only memory and bounds are errors. */
static struct error *forgive(struct error *error, bool *ret_found)
{
	*ret_found = !error;
	if (error_is_of_memory(error) || error_code(error) == ERROR_LIMIT)
		return error;
	error_free(error);
	return NULL;
}

struct error *tree_read_file(const struct tree *tree, const char *path, uint64_t limit,
	bool *ret_found, struct blob *ret)
{
	struct error *error = NULL;
	char real[PATH_MAX];
	struct stat status;
	char *resolved;

	*ret_found = false;
	TRY(tree_resolve(tree, path, false, &resolved));
	if (resolved && tree_real_path(tree, resolved, real, sizeof(real)) &&
		stat(real, &status) == 0 && S_ISREG(status.st_mode)) {
		*ret_found = true;
		if (status.st_size)
			error = forgive(blob_append_file(ret, real, limit), ret_found);
	}
	free(resolved);
	return error;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_shown(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static struct error *add_names(struct dirent **names, int count,
	struct error *(*add)(void *data, const char *name), void *data)
{
	struct error *error = NULL;

	if (count > NAMES_MAX)
		return error_new(ERROR_LIMIT, "a folder of more than %d files", NAMES_MAX);
	for (int i = 0; i < count && !error; i++)
		error = add(data, names[i]->d_name);
	return error;
}

struct error *tree_list(const struct tree *tree, const char *path,
	struct error *(*add)(void *data, const char *name), void *data)
{
	struct dirent **names = NULL;
	struct error *error;
	char real[PATH_MAX];
	char *resolved;
	int count = -1;

	TRY(tree_resolve(tree, path, false, &resolved));
	if (resolved && tree_real_path(tree, resolved, real, sizeof(real)))
		count = scandir(real, &names, is_shown, compare_names);
	free(resolved);
	if (count < 0)
		return errno == ENOMEM ? error_no_memory() : NULL;
	error = add_names(names, count, add, data);
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
	return error;
}
