/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A machine's file systems, as data. */
#ifndef BATON_LOADER_MOUNT_H
#define BATON_LOADER_MOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** A file system, or the part of one that is mounted somewhere. Strings are owned. */
struct tree_mount {
	char *point;  /* where it is mounted: "/boot"; where fstab has it if it is not */
	char *part;   /* what of the file system is seen there: "/", "/@"; the loader's view */
	char *type;   /* "vfat" */
	char *source; /* "/dev/sda1"; fstab's word where only that is known */
	char *uuid, *label, *part_uuid, *part_type; /* NULL: not known */
	char *name;  /* the device as GRUB calls it: "hd0,gpt2", "lvm/vg-root"; NULL: not known */
	char *alias; /* another of GRUB's names for it: "lvmid/…", "cryptouuid/…"; or NULL */
	bool mounted;
};

struct tree {
	char *root; /* without a slash at its end: "" for / */
	struct tree_mount *mounts;
	size_t count, room;
	bool has_mounts; /* which are mounted is known, and not guessed from fstab */
};

/** The path for system calls: the root's own and @path; false if it is too long. */
static inline bool tree_real_path(const struct tree *tree, const char *path, char *ret, size_t size)
{
	int length = snprintf(ret, size, "%s%s", tree->root, path);

	return length >= 0 && (size_t)length < size;
}

#endif
