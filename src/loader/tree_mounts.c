/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is mounted (/proc/self/mountinfo: proc_pid_mountinfo(5)), and what should be (fstab(5)). */
#include "loader/tree_mounts.h"

#include <ctype.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "loader/device_names.h"
#include "loader/text.h"

enum { MOUNTS_MAX = 4096, TEXT_MAX = 512 };

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}
#define _cleanup_file_ __attribute__((cleanup(close_file)))

static FILE *open_below(const struct tree *tree, const char *path)
{
	char real[PATH_MAX];

	return tree_real_path(tree, path, real, sizeof(real)) ? fopen(real, "re") : NULL;
}

/* A new mount; NULL if there is no room for it. */
static struct tree_mount *add_mount(struct tree *tree)
{
	size_t room = tree->room ? tree->room * 2 : 16;
	struct tree_mount *mounts;

	if (tree->count == MOUNTS_MAX)
		return NULL;
	if (tree->count == tree->room) {
		mounts = reallocarray(tree->mounts, room, sizeof(*mounts));
		if (!mounts)
			return NULL;
		tree->mounts = mounts;
		tree->room = room;
	}
	tree->mounts[tree->count] = (struct tree_mount){0};
	return &tree->mounts[tree->count++];
}

static struct error *no_room(const struct tree *tree)
{
	return tree->count == MOUNTS_MAX
		       ? error_new(ERROR_LIMIT, "more than %d file systems", MOUNTS_MAX)
		       : error_no_memory();
}

static struct error *describe(struct tree_mount *mount, const char *point, const char *part,
	const char *type, const char *source)
{
	TRY(text_copy(point, &mount->point));
	TRY(text_copy(part, &mount->part));
	TRY(text_copy(type, &mount->type));
	return text_copy(source, &mount->source);
}

/* \040 for a blank, and its like. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from;) {
		if (from[0] == '\\' && isdigit((unsigned char)from[1]) &&
			isdigit((unsigned char)from[2]) && isdigit((unsigned char)from[3])) {
			*to++ = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + from[3] - '0');
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

/* A dataset of ZFS is a folder of its pool to GRUB: "/ROOT/debian@". The pool's name is its label.
 */
static struct error *add_dataset(struct tree_mount *mount)
{
	const char *slash = strchr(mount->source, '/');

	TRY(text_print(&mount->part, "%s@", slash ? slash : "/"));
	return text_print(&mount->label, "%.*s",
		slash ? (int)(slash - mount->source) : (int)strlen(mount->source), mount->source);
}

static bool is_on_device(const char *type, const char *source)
{
	return strncmp(source, "/dev/", 5) == 0 || strcmp(type, "zfs") == 0;
}

static struct error *add_line(struct tree *tree, char *line)
{
	char part[TEXT_MAX], point[TEXT_MAX], type[TEXT_MAX], source[TEXT_MAX];
	const char *rest = strstr(line, " - ");
	struct tree_mount *mount;

	if (!rest || sscanf(line, "%*u %*u %*u:%*u %511s %511s", part, point) != 2 ||
		sscanf(rest, " - %511s %511s", type, source) != 2)
		return NULL;
	unescape(part);
	unescape(point);
	unescape(source);
	if (!is_on_device(type, source))
		return NULL;
	mount = add_mount(tree);
	if (!mount)
		return no_room(tree);
	TRY(describe(mount, point, part, type, source));
	mount->mounted = true;
	if (strcmp(type, "zfs") == 0)
		TRY(add_dataset(mount));
	return device_names_add(tree, mount);
}

static struct error *read_mountinfo(struct tree *tree)
{
	_cleanup_file_ FILE *file = open_below(tree, "/proc/self/mountinfo");
	struct error *error = NULL;
	char *line = NULL;
	size_t room = 0;

	tree->has_mounts = file != NULL;
	while (file && !error && getline(&line, &room, file) > 0)
		error = add_line(tree, line);
	free(line);
	return error;
}

/* fstab's word for a device: what it says of a UUID or a label. */
static struct error *take_word(const char *word, struct tree_mount *mount)
{
	static const struct {
		const char *prefix;
		size_t offset;
	} kinds[] = {
		{"UUID=", offsetof(struct tree_mount, uuid)},
		{"LABEL=", offsetof(struct tree_mount, label)},
		{"PARTUUID=", offsetof(struct tree_mount, part_uuid)},
		{"/dev/disk/by-uuid/", offsetof(struct tree_mount, uuid)},
		{"/dev/disk/by-label/", offsetof(struct tree_mount, label)},
		{"/dev/disk/by-partuuid/", offsetof(struct tree_mount, part_uuid)},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t length = strlen(kinds[i].prefix);
		char **field = (char **)((char *)mount + kinds[i].offset);

		if (strncmp(word, kinds[i].prefix, length) != 0 || *field)
			continue;
		TRY(text_copy(word + length + (word[length] == '"'), field));
		(*field)[strcspn(*field, "\"")] = '\0';
	}
	return NULL;
}

/* What of a file system an entry mounts: btrfs' subvol=. */
static struct error *add_option_part(const struct mntent *entry, struct tree_mount *mount)
{
	const char *subvolume = hasmntopt(entry, "subvol");
	char part[TEXT_MAX] = "/";

	if (!subvolume || strncmp(subvolume, "subvol=", 7) != 0)
		return NULL;
	subvolume += 7;
	snprintf(part, sizeof(part), "%s%.*s", *subvolume == '/' ? "" : "/",
		(int)strcspn(subvolume, ","), subvolume);
	return text_copy(part, &mount->part);
}

/*
 * An entry of fstab: more about what is mounted there, or a file system that is not. In a folder
 * that stands in for a root all of them count as mounted: their files are there, or not.
 */
static struct error *add_entry(struct tree *tree, const struct mntent *entry)
{
	struct tree_mount *mount = (struct tree_mount *)tree_mount_at(tree, entry->mnt_dir);

	if (entry->mnt_dir[0] != '/' || strcmp(entry->mnt_type, "swap") == 0)
		return NULL;
	if (!mount) {
		mount = add_mount(tree);
		if (!mount)
			return no_room(tree);
		TRY(describe(mount, entry->mnt_dir, "/", entry->mnt_type, entry->mnt_fsname));
		mount->mounted = !tree->has_mounts;
		TRY(add_option_part(entry, mount));
	}
	return take_word(entry->mnt_fsname, mount);
}

static struct error *read_fstab(struct tree *tree)
{
	_cleanup_file_ FILE *file = open_below(tree, "/etc/fstab");
	struct error *error = NULL;
	char buffer[4096];
	struct mntent entry;

	while (file && !error && getmntent_r(file, &entry, buffer, sizeof(buffer)))
		error = add_entry(tree, &entry);
	return error;
}

static void mount_deinit(struct tree_mount *mount)
{
	free(mount->point);
	free(mount->part);
	free(mount->type);
	free(mount->source);
	free(mount->uuid);
	free(mount->label);
	free(mount->part_uuid);
	free(mount->part_type);
	free(mount->name);
	free(mount->alias);
}

void tree_mounts_deinit(struct tree *tree)
{
	for (size_t i = 0; i < tree->count; i++)
		mount_deinit(&tree->mounts[i]);
	free(tree->mounts);
}

/* Is @path @point, or below it? */
static bool is_below(const char *path, const char *point)
{
	size_t length = strlen(point);

	if (strcmp(point, "/") == 0)
		return true;
	return strncmp(path, point, length) == 0 && (!path[length] || path[length] == '/');
}

const struct tree_mount *tree_mount_of(const struct tree *tree, const char *path)
{
	const struct tree_mount *best = NULL;

	for (size_t i = 0; i < tree->count; i++) {
		const struct tree_mount *mount = &tree->mounts[i];

		if (mount->mounted && is_below(path, mount->point) &&
			(!best || strlen(mount->point) >= strlen(best->point)))
			best = mount;
	}
	/* tree_read_mounts() sees to it that there is one at /. */
	return best ? best : &tree->mounts[0];
}

const struct tree_mount *tree_mount_at(const struct tree *tree, const char *point)
{
	for (size_t i = tree->count; i-- > 0;)
		if (strcmp(tree->mounts[i].point, point) == 0)
			return &tree->mounts[i];
	return NULL;
}

struct error *tree_read_mounts(struct tree *tree)
{
	const struct tree_mount *root;
	struct tree_mount *mount;

	TRY(read_mountinfo(tree));
	TRY(read_fstab(tree));
	root = tree_mount_at(tree, "/");
	if (!root || !root->mounted) {
		/* A container's, or a folder's that says nothing of file systems. */
		mount = add_mount(tree);
		if (!mount)
			return no_room(tree);
		TRY(describe(mount, "/", "/", "", ""));
		mount->mounted = true;
	}
	return device_names_number_disks(tree, tree_mount_of(tree, "/boot/grub"));
}
