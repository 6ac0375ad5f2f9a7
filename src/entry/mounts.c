/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is mounted, and what should be: /proc/self/mountinfo (proc_pid_mountinfo(5)), fstab(5). */
#include "entry/mounts.h"

#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "entry/entry.h"

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}
#define _cleanup_file_ __attribute__((cleanup(close_file)))

FILE *open_below(const char *root, const char *path)
{
	size_t length = strlen(root);
	FILE *file;
	char *name;

	while (length && root[length - 1] == '/')
		length--;
	if (asprintf(&name, "%.*s/%s", (int)length, root, path) < 0)
		return NULL;
	file = fopen(name, "re");
	free(name);
	return file;
}

bool mount_find(const char *root, const char *where, struct mount *ret)
{
	_cleanup_file_ FILE *file = open_below(root, "proc/self/mountinfo");
	char *line = NULL;
	size_t room = 0;
	bool found = false;

	*ret = (struct mount){.known = file != NULL};
	while (file && getline(&line, &room, file) > 0) {
		struct mount mount = {.known = true};
		char point[512];
		const char *rest = strstr(line, " - ");

		/* The last one lies on top. */
		if (!rest ||
			sscanf(line, "%*u %*u %u:%u %*s %511s", &mount.major, &mount.minor,
				point) != 3 ||
			sscanf(rest, " - %63s %255s", mount.type, mount.source) < 1 ||
			strcmp(point, where) != 0)
			continue;
		*ret = mount;
		found = true;
	}
	free(line);
	return found;
}

struct error *boot_entry_unmounted_boot(const char *root, char **ret)
{
	_cleanup_file_ FILE *table = open_below(root, "etc/fstab");
	char buffer[4096];
	struct mntent entry;
	struct mount mount;

	*ret = NULL;
	if (!table || mount_find(root, "/boot", &mount) || !mount.known)
		return NULL;
	while (getmntent_r(table, &entry, buffer, sizeof(buffer)))
		if (strcmp(entry.mnt_dir, "/boot") == 0 || strcmp(entry.mnt_dir, "/boot/") == 0) {
			*ret = strdup(entry.mnt_fsname);
			return *ret ? NULL : error_no_memory();
		}
	return NULL;
}
