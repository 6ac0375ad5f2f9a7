/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "job/entries.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/parse.h"
#include "loader/entries.h"
#include "loader/text.h"

/* Entries of the loader below @root; none at all if it has no loader that is known. */
static struct error *read_entries(
	const char *root, struct tree *ret_tree, struct loader_entries *ret, char **ret_warning)
{
	struct error *error;

	TRY(tree_read(root, ret_tree));
	error = loader_entries_read(ret_tree, ret);
	if (!error)
		return NULL;
	if (error_code(error) == ERROR_NO_MEMORY)
		return error;
	/* A machine without a loader that is known has its kernels all the same. */
	if (error_code(error) != ERROR_OTHER &&
		asprintf(ret_warning,
			"the boot loader's configuration could not be read to its end, so what it would "
			"start is not known: %s",
			error_message(error)) < 0)
		*ret_warning = NULL;
	error_free(error);
	loader_entries_deinit(ret);
	return NULL;
}

/* "Advanced > Linux 6.1" by its last part. */
static const char *own_title(const struct loader_entry *entry)
{
	const char *title = entry->title, *at;

	while ((at = strstr(title, " > ")))
		title = at + 3;
	return title;
}

static bool is_number(const char *word, size_t index)
{
	char number[32];

	snprintf(number, sizeof(number), "%zu", index + 1);
	return strcmp(word, number) == 0;
}

enum { BY_NUMBER, BY_ID, BY_TITLE, BY_OWN_TITLE, BY_VERSION, WAYS };

static bool is_named(const struct loader_entries *entries, size_t index, const char *word, int way)
{
	const struct loader_entry *entry = &entries->list[index];

	switch (way) {
	case BY_NUMBER:
		return is_number(word, index);
	case BY_ID:
		return strcmp(entry->id, word) == 0;
	case BY_TITLE:
		return strcmp(entry->title, word) == 0;
	case BY_OWN_TITLE:
		return strcmp(own_title(entry), word) == 0;
	default:
		return entry->version && strcmp(entry->version, word) == 0;
	}
}

static size_t count_named(const struct loader_entries *entries, const char *word, int way)
{
	size_t count = 0;

	for (size_t i = 0; i < entries->count; i++)
		count += is_named(entries, i, word, way);
	return count;
}

static struct error *ambiguous(const struct loader_entries *entries, const char *word, int way)
{
	struct error *error;
	char *list = NULL;

	for (size_t i = 0; i < entries->count; i++)
		if (is_named(entries, i, word, way)) {
			error = text_print(&list, "%s%s%zu (%s)", list ? list : "",
				list ? ", " : "", i + 1, entries->list[i].title);
			if (error) {
				free(list);
				return error;
			}
		}
	error = error_new(ERROR_USAGE,
		"%s: several entries of the boot loader are called so: %s; name one by its number",
		word, list);
	free(list);
	return error;
}

/*
 * Of a version's entries the first that can be started is meant where it is the whole difference:
 * menus have the same kernel with other command lines (recovery mode) behind it.
 */
static struct error *find_named(
	const struct loader_entries *entries, const char *word, const struct loader_entry **ret)
{
	*ret = NULL;
	for (int way = 0; entries->list && way < WAYS; way++) {
		size_t count = count_named(entries, word, way);

		if (count > 1 && way != BY_VERSION)
			return ambiguous(entries, word, way);
		for (size_t i = 0; count && i < entries->count && !*ret; i++)
			if (is_named(entries, i, word, way) &&
				(way != BY_VERSION || !entries->list[i].problem))
				*ret = &entries->list[i];
		if (*ret)
			return NULL;
	}
	return NULL;
}

static struct error *refuse(
	const struct loader_entries *entries, const struct loader_entry *entry, bool is_next)
{
	return error_new(ERROR_OTHER,
		"%s \"%s\" (%s), and baton cannot: %s; see baton list, and name another entry, or a "
		"kernel and its initrd",
		is_next ? "the boot loader would start" : "the boot loader's entry is",
		entry->title, entries->loader, entry->problem);
}

static struct error *below(const struct tree *tree, const char *path, char **ret)
{
	*ret = NULL;
	return text_print(ret, "%s%s", tree->root, path);
}

static struct error *take(const struct tree *tree, const struct loader_entries *entries,
	const struct loader_entry *entry, bool is_next, struct boot_entry *ret)
{
	if (entry->problem)
		return refuse(entries, entry, is_next);
	if (entry->initrd_count > BOOT_ENTRY_INITRDS_MAX)
		return error_new(ERROR_LIMIT, "\"%s\" has more than %d initrds", entry->title,
			BOOT_ENTRY_INITRDS_MAX);
	ret->source = entries->loader;
	TRY(below(tree, entry->kernel, &ret->kernel));
	for (unsigned int i = 0; i < entry->initrd_count; i++)
		TRY(below(tree, entry->initrds[i], &ret->initrds[ret->initrd_count++]));
	if (entry->command_line)
		TRY(text_copy(entry->command_line, &ret->command_line));
	return text_print(&ret->origin, "the boot loader's %s \"%s\" (%s)",
		entry->is_one_shot  ? "one-time entry"
		: entry->is_default ? "default entry"
				    : "entry",
		entry->title, entries->loader);
}

/* It would be started twice: the loader clears it when it is read, and baton writes nothing. */
static struct error *warn_of_one_shot(
	const struct loader_entries *entries, const struct loader_entry *entry, char **ret)
{
	bool is_grub = strcmp(entries->loader, "grub") == 0;

	if (!entry->is_one_shot || *ret)
		return NULL;
	return text_print(ret,
		"\"%s\" was asked for once, and the boot loader still has that: it starts it again at "
		"the next start through firmware, unless it forgets it (%s)",
		entry->title,
		is_grub ? "grub-editenv - unset next_entry" : "bootctl set-oneshot \"\"");
}

struct error *job_entry_next(const char *root, struct boot_entry *ret)
{
	_cleanup_loader_entries_ struct loader_entries entries = {0};
	_cleanup_tree_ struct tree tree = {0};
	const struct loader_entry *next;

	TRY(read_entries(root, &tree, &entries, &ret->warning));
	next = loader_entries_next(&entries);
	/* Where there is no boot loader's word, the links and what is running decide. */
	if (!next || !next->command_line)
		return NULL;
	TRY(take(&tree, &entries, next, true, ret));
	return warn_of_one_shot(&entries, next, &ret->warning);
}

struct error *job_entry_named(const char *root, const char *word, struct boot_entry *ret)
{
	_cleanup_loader_entries_ struct loader_entries entries = {0};
	_cleanup_tree_ struct tree tree = {0};
	const struct loader_entry *found;

	TRY(read_entries(root, &tree, &entries, &ret->warning));
	TRY(find_named(&entries, word, &found));
	return found ? take(&tree, &entries, found, false, ret) : NULL;
}

/* Names of entries that one may have meant: ids, titles and versions. */
static struct error *hint_at(
	const struct loader_entries *entries, const char *word, struct error *error)
{
	const char **names = calloc(entries->count * 3 + 1, sizeof(*names));
	const char *near;
	size_t count = 0;

	if (!names)
		return error;
	for (size_t i = 0; i < entries->count; i++) {
		names[count++] = entries->list[i].id;
		names[count++] = own_title(&entries->list[i]);
		if (entries->list[i].version)
			names[count++] = entries->list[i].version;
	}
	near = suggest(word, names);
	if (near)
		error = error_hint(error, "the boot loader has an entry \"%s\"", near);
	else if (entries->count)
		error = error_hint(error, "nor has the boot loader such an entry (baton list)");
	free(names);
	return error;
}

struct error *job_entry_hint(const char *root, const char *word, struct error *error)
{
	_cleanup_loader_entries_ struct loader_entries entries = {0};
	_cleanup_tree_ struct tree tree = {0};
	char *warning = NULL;

	if (error)
		error_free(read_entries(root, &tree, &entries, &warning));
	free(warning);
	return error ? hint_at(&entries, word, error) : NULL;
}
