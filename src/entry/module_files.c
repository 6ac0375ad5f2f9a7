/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "entry/module_files.h"

#include <dirent.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "entry/mounts.h"

/* Some 6000 modules have lists of 2 MB. */
#define LIST_LIMIT (UINT64_C(32) << 20)

/* The last ones are NixOS's and Guix's, whose systems have no other. */
static const char *const folders[] = {"lib/modules", "usr/lib/modules",
	"run/current-system/kernel-modules/lib/modules",
	"run/booted-system/kernel-modules/lib/modules",
	"nix/var/nix/profiles/system/kernel-modules/lib/modules",
	"run/current-system/kernel/lib/modules", "run/booted-system/kernel/lib/modules"};
enum { FOLDERS = sizeof(folders) / sizeof(folders[0]) };

static bool exists(const char *folder, const char *name)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path) &&
	       access(path, F_OK) == 0;
}

/* What `make modules_install` always makes; a package takes it away when it is removed. */
static bool is_whole(const char *folder)
{
	return exists(folder, "modules.builtin") || exists(folder, "modules.order") ||
	       exists(folder, "kernel");
}

struct error *module_files_open(const char *root, const char *release, struct module_files *ret)
{
	*ret = (struct module_files){0};
	if (!*release || strchr(release, '/') || release[0] == '.')
		return NULL;
	for (int i = 0; i < FOLDERS; i++) {
		if (asprintf(&ret->folder, "%s/%s/%s", root, folders[i], release) < 0) {
			ret->folder = NULL;
			return error_no_memory();
		}
		if (is_whole(ret->folder))
			return NULL;
		free(ret->folder);
		ret->folder = NULL;
	}
	return NULL;
}

void module_files_deinit(struct module_files *files)
{
	free(files->folder);
	free(files->unread);
	blob_deinit(&files->builtin);
	blob_deinit(&files->modules);
	blob_deinit(&files->alias);
	*files = (struct module_files){0};
}

/* Is there any kernel's folder in @folder? */
static bool has_folders(const char *root, const char *folder)
{
	char path[PATH_MAX];
	bool found = false;
	DIR *directory;

	if (snprintf(path, sizeof(path), "%s/%s", root, folder) >= (int)sizeof(path))
		return false;
	directory = opendir(path);
	for (struct dirent *entry = directory ? readdir(directory) : NULL; entry && !found;
		entry = readdir(directory)) {
		char name[PATH_MAX];

		found = entry->d_name[0] != '.' &&
			snprintf(name, sizeof(name), "%s/%s", path, entry->d_name) <
				(int)sizeof(name) &&
			is_whole(name);
	}
	if (directory)
		closedir(directory);
	return found;
}

static bool has_loaded_modules(const char *root)
{
	FILE *file = open_below(root, "proc/modules");
	bool some = file && fgetc(file) != EOF;

	if (file)
		fclose(file);
	return some;
}

enum module_use system_module_use(const char *root)
{
	static const char *const in_memory[] = {"rootfs", "ramfs", "tmpfs"};
	struct mount mount;

	/* A system in its initramfs, such as a guest of a kernel developer, brings what it needs.
	 */
	if (mount_find(root, "/", &mount))
		for (size_t i = 0; i < sizeof(in_memory) / sizeof(in_memory[0]); i++)
			if (strcmp(mount.type, in_memory[i]) == 0)
				return MODULES_UNUSED;
	for (int i = 0; i < FOLDERS; i++)
		if (has_folders(root, folders[i]))
			return MODULES_KEPT;
	return has_loaded_modules(root) ? MODULES_ELSEWHERE : MODULES_UNUSED;
}

/* A kernel may have nothing to list. */
static bool is_empty(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode) && !status.st_size;
}

/* Read the list @name once; empty if it cannot be read, and files->unread then says why. */
static struct bytes read_list(struct module_files *files, const char *name, struct blob *list)
{
	_cleanup_error_ struct error *error = NULL;
	char path[PATH_MAX];

	if (list->size || !files->folder ||
		snprintf(path, sizeof(path), "%s/%s", files->folder, name) >= (int)sizeof(path) ||
		is_empty(path))
		return blob_bytes(list);
	error = blob_read_file(path, LIST_LIMIT, list);
	if (error && !files->unread)
		files->unread = strdup(error_message(error));
	return blob_bytes(list);
}

/* Does "/NAME.ko" stand at @at? The lists have file names, with "-" where modules have "_". */
static bool is_at(const uint8_t *at, const uint8_t *end, const char *wanted, size_t size)
{
	size_t i = 0;

	while (i < size && at + i < end &&
		(at[i] == (uint8_t)wanted[i] || (at[i] == '-' && wanted[i] == '_')))
		i++;
	return i == size && (at + i == end || strchr("\n:.", at[i]));
}

/*
 * Is the file of the module @name in a list of files? Both lists have it as "kernel/…/NAME.ko",
 * modules.dep perhaps with a compression's ending, then a colon.
 */
static bool has_module(struct bytes list, const char *name, size_t length)
{
	const uint8_t *end = list.data + list.size;
	char wanted[NAME_MAX];
	int size = snprintf(wanted, sizeof(wanted), "/%.*s.ko", (int)length, name);

	if (size < 0 || size >= (int)sizeof(wanted) || !list.size)
		return false;
	for (const uint8_t *at = memchr(list.data, '/', list.size); at;
		at = memchr(at + 1, '/', (size_t)(end - at - 1)))
		if (is_at(at, end, wanted, (size_t)size))
			return true;
	return false;
}

static bool has_any(struct bytes list, const char *names)
{
	while (*names) {
		size_t length = strcspn(names, "\n");

		if (length && has_module(list, names, length))
			return true;
		names += length + (names[length] != '\0');
	}
	return false;
}

bool module_files_needed(struct module_files *files, const char *names)
{
	return !has_any(read_list(files, "modules.builtin", &files->builtin), names) &&
	       has_any(read_list(files, "modules.dep", &files->modules), names);
}

static struct error *add_name(const char *name, struct blob *names)
{
	if (!names->size)
		TRY(blob_append(names, "\n", 1));
	TRY(blob_append(names, name, strlen(name)));
	return blob_append(names, "\n", 1);
}

/*
 * Is it the line of a pattern whose beginning, up to what is special in it, is @wanted's? There are
 * tens of thousands, and the list is gone through for each of a disk's devices.
 */
static bool may_match(const char *line, size_t length, const char *wanted)
{
	static const char alias[] = "alias ";
	size_t at = sizeof(alias) - 1;

	if (length <= at || memcmp(line, alias, at) != 0 || line[at] != wanted[0])
		return false;
	while (at < length && *wanted && line[at] == *wanted) {
		at++;
		wanted++;
	}
	return at < length && strchr(*wanted ? "*?[\\" : "*?[\\ ", line[at]);
}

struct error *module_files_by_alias(
	struct module_files *files, const char *wanted, struct blob *names)
{
	struct bytes list = read_list(files, "modules.alias", &files->alias);
	const char *at = (const char *)list.data, *end = at + list.size;

	while (at && at < end) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));
		char line[512], pattern[256], module[64];
		size_t length = (size_t)((line_end ? line_end : end) - at);

		if (length < sizeof(line) && may_match(at, length, wanted)) {
			memcpy(line, at, length);
			line[length] = '\0';
			/* depmod(8) writes the pattern without spaces. */
			if (sscanf(line, "alias %255s %63s", pattern, module) == 2 &&
				fnmatch(pattern, wanted, 0) == 0)
				TRY(add_name(module, names));
		}
		at = line_end ? line_end + 1 : end;
	}
	return NULL;
}
