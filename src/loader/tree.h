/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A machine's files as boot loaders see them: file systems by device, UUID or label, and paths on
 * them. Where each is mounted is read from /proc/self/mountinfo and /etc/fstab below the root, what
 * it is called from udev's database; nothing is mounted.
 *
 * A folder that stands in for a root may have neither: then all of it counts as one file system.
 */
#ifndef BATON_LOADER_TREE_H
#define BATON_LOADER_TREE_H

#include "base/blob.h"
#include "loader/tree_mounts.h"

struct error;

/** Errors are of memory only. To be freed with tree_deinit(), also after an error. */
struct error *tree_read(const char *root, struct tree *ret);
void tree_deinit(struct tree *tree);
#define _cleanup_tree_ __attribute__((cleanup(tree_deinit)))

/** Is the path below the root, as it is mounted, the same file as @path on that file system? */
struct error *tree_path_on(const struct tree_mount *mount, const char *path, char **ret);

/**
 * The path below the root of @path, which is a path on the file system of @mount. *@ret is NULL
 * if no part of it that is mounted has it. A file system whose parts are mounted in several places
 * (btrfs) is looked at in all of them. To be freed.
 */
struct error *tree_path_from(
	const struct tree *tree, const struct tree_mount *mount, const char *path, char **ret);

/**
 * Follow links, as with the root as /: *@ret is the path below the root without one, with the case
 * of letters that the folders have if @caseless; NULL if it is not there. To be freed.
 */
struct error *tree_resolve(const struct tree *tree, const char *path, bool caseless, char **ret);

/** Append a file; *@ret_found is false if it is not there or cannot be read. ERROR_LIMIT. */
struct error *tree_read_file(const struct tree *tree, const char *path, uint64_t limit,
	bool *ret_found, struct blob *ret);

/** Call @add with each name in a folder, sorted; one that is not there has none. */
struct error *tree_list(const struct tree *tree, const char *path,
	struct error *(*add)(void *data, const char *name), void *data);

#endif
