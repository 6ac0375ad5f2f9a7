/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tree as GRUB sees it: devices by GRUB's names. */
#ifndef BATON_LOADER_GRUB_WORLD_H
#define BATON_LOADER_GRUB_WORLD_H

#include "grub/world.h"
#include "loader/tree.h"

struct tree_world {
	const struct tree *tree;
	bool without_one_shot; /* next_entry in an environment block is not seen */
	bool guessed;	       /* set when a device was not known, and a file by that path was */
	struct grub_world world;
	char name[32]; /* of a device that GRUB's naming is not known of */
};

/** @ret must stay where it is: its world points to it. */
void tree_world_init(const struct tree *tree, bool has_firmware_setup, struct tree_world *ret);

/** GRUB's name for a mount's device, in the world's own buffer or the mount's. */
const char *tree_world_name(struct tree_world *world, const struct tree_mount *mount);

/**
 * The path below the root of a device's file, to be freed. It need not be there; NULL if the
 * device is not known, or not mounted.
 */
struct error *tree_world_path(
	struct tree_world *world, const char *device, const char *path, char **ret);

#endif
