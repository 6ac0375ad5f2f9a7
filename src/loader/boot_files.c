/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where no boot loader's configuration is known: the kernels in /boot by their names. Which one
 * starts is what the links /vmlinuz or /boot/vmlinuz lead to; with which command line, nobody says.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "entry/entry.h"
#include "loader/entries.h"
#include "loader/text.h"

enum { KERNELS_MAX = 256 };

/* A path below the root, of one that begins with the root's own. */
static const char *below(const struct tree *tree, const char *path)
{
	return path + strlen(tree->root);
}

static struct error *add_pair(
	const struct tree *tree, const char *kernel, struct loader_entry *entry)
{
	_cleanup_boot_entry_pair_ struct boot_entry_pair pair = {0};

	TRY(boot_entry_find_pair(kernel, NULL, &pair));
	if (pair.why)
		return loader_entry_problem(entry, "%s", pair.why);
	if (!pair.initrd)
		return NULL;
	return text_copy(below(tree, pair.initrd), &entry->initrds[entry->initrd_count++]);
}

static struct error *add_kernel(
	const struct tree *tree, const char *path, struct loader_entries *ret)
{
	const char *name = strrchr(path, '/') + 1;
	struct loader_entry *entry;

	TRY(loader_entries_add(ret, &entry));
	TRY(text_copy(name, &entry->id));
	TRY(text_copy(name, &entry->title));
	TRY(text_copy(name + strlen("vmlinuz-"), &entry->version));
	TRY(text_copy(below(tree, path), &entry->kernel));
	TRY(text_copy(below(tree, path), &entry->file));
	return add_pair(tree, path, entry);
}

/* The kernel that a link leads to, if it is one of them. */
static struct error *mark_default(
	const struct tree *tree, const char *link, struct loader_entries *ret)
{
	char *path;

	TRY(tree_resolve(tree, link, false, &path));
	for (size_t i = 0; path && i < ret->count; i++)
		if (strcmp(ret->list[i].kernel, path) == 0)
			ret->list[i].is_default = true;
	free(path);
	return NULL;
}

static struct error *read_boot_files(const struct tree *tree, struct loader_entries *ret)
{
	struct error *error;
	unsigned int count;
	char **kernels;

	TRY(boot_entry_installed(*tree->root ? tree->root : "/", KERNELS_MAX, &kernels, &count));
	error = count ? text_copy(
				"no boot loader's configuration is known, but kernels are in /boot",
				&ret->why)
		      : NULL;
	for (unsigned int i = 0; i < count; i++) {
		if (!error)
			error = add_kernel(tree, kernels[i], ret);
		free(kernels[i]);
	}
	free(kernels);
	if (!error)
		error = mark_default(tree, "/vmlinuz", ret);
	if (!error && !loader_entries_next(ret))
		error = mark_default(tree, "/boot/vmlinuz", ret);
	return error;
}

const struct loader loader_boot_files = {
	.name = "boot-files",
	.looked_for = "/boot/vmlinuz-VERSION",
	.read = read_boot_files,
};
