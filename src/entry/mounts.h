/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BATON_ENTRY_MOUNTS_H
#define BATON_ENTRY_MOUNTS_H

#include <stdbool.h>
#include <stdio.h>

/** What lies at a mount point. */
struct mount {
	bool known; /* the list of mounts could be read */
	unsigned int major, minor;
	char type[64];	  /* of the file system: "ext4" */
	char source[256]; /* "/dev/vda1"; whatever the file system says */
};

/** The mount at @where ("/", "/boot"), by /proc/self/mountinfo below @root; false: none. */
bool mount_find(const char *root, const char *where, struct mount *ret);

/** @path, without a leading slash, below @root, to be read; NULL if it cannot be. */
FILE *open_below(const char *root, const char *path);

#endif
