/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which file systems there are, and where. */
#ifndef BATON_LOADER_TREE_MOUNTS_H
#define BATON_LOADER_TREE_MOUNTS_H

#include "loader/mount.h"

struct error;

/** Fill in the mounts of a tree that has its root; there is always one at /. */
struct error *tree_read_mounts(struct tree *tree);
void tree_mounts_deinit(struct tree *tree);

/** The mount that a path below the root ("/boot/grub/grub.cfg") lies on; never NULL. */
const struct tree_mount *tree_mount_of(const struct tree *tree, const char *path);

/** The mount at exactly this place, mounted or not; NULL: none. */
const struct tree_mount *tree_mount_at(const struct tree *tree, const char *point);

#endif
