/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loader/entries.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { ENTRIES_MAX = 20000, DOUBTS_MAX = 32 };

/* Order of belief: what says that it started this system, before what is only there. */
static const struct loader *const loaders[] = {
	&loader_systemd_boot_running,
	&loader_grub,
	&loader_systemd_boot,
	&loader_extlinux,
	&loader_boot_files,
};

static void entry_deinit(struct loader_entry *entry)
{
	char **const texts[] = {&entry->id, &entry->title, &entry->version, &entry->machine_id,
		&entry->sort_key, &entry->architecture, &entry->file, &entry->kernel,
		&entry->command_line, &entry->device_tree, &entry->problem};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(*texts[i]);
	for (unsigned int i = 0; i < entry->initrd_count; i++)
		free(entry->initrds[i]);
}

void loader_entries_deinit(struct loader_entries *entries)
{
	for (size_t i = 0; i < entries->count; i++)
		entry_deinit(&entries->list[i]);
	for (size_t i = 0; i < entries->doubt_count; i++)
		free(entries->doubts[i]);
	free(entries->doubts);
	free(entries->list);
	free(entries->why);
	*entries = (struct loader_entries){0};
}

struct error *loader_entries_add(struct loader_entries *entries, struct loader_entry **ret)
{
	size_t room = entries->room ? entries->room * 2 : 16;
	struct loader_entry *list;

	if (entries->count == ENTRIES_MAX)
		return error_new(ERROR_LIMIT, "more than %d entries", ENTRIES_MAX);
	if (entries->count == entries->room) {
		list = reallocarray(entries->list, room, sizeof(*list));
		if (!list)
			return error_no_memory();
		entries->list = list;
		entries->room = room;
	}
	*ret = &entries->list[entries->count++];
	**ret = (struct loader_entry){.tries_left = -1};
	return NULL;
}

struct error *loader_entries_doubt(struct loader_entries *entries, const char *format, ...)
{
	char **doubts;
	va_list arguments;
	int length;

	if (entries->doubt_count == DOUBTS_MAX)
		return NULL;
	doubts = reallocarray(entries->doubts, entries->doubt_count + 1, sizeof(*doubts));
	if (!doubts)
		return error_no_memory();
	entries->doubts = doubts;
	va_start(arguments, format);
	length = vasprintf(&doubts[entries->doubt_count], format, arguments);
	va_end(arguments);
	if (length < 0)
		return error_no_memory();
	entries->doubt_count++;
	return NULL;
}

struct error *loader_entry_problem(struct loader_entry *entry, const char *format, ...)
{
	va_list arguments;
	int length;

	if (entry->problem)
		return NULL;
	va_start(arguments, format);
	length = vasprintf(&entry->problem, format, arguments);
	va_end(arguments);
	if (length >= 0)
		return NULL;
	entry->problem = NULL;
	return error_no_memory();
}

const struct loader_entry *loader_entries_next(const struct loader_entries *entries)
{
	const struct loader_entry *found = NULL;

	for (size_t i = 0; i < entries->count; i++) {
		if (entries->list[i].is_one_shot)
			return &entries->list[i];
		if (entries->list[i].is_default)
			found = &entries->list[i];
	}
	return found;
}

static struct error *nothing_found(const struct tree *tree)
{
	char places[512] = "";
	size_t used = 0;

	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++) {
		const char *place = loaders[i]->looked_for;
		int length = snprintf(places + used, sizeof(places) - used, "%s%s",
			used && place ? ", " : "", place ? place : "");

		if (length > 0 && (size_t)length < sizeof(places) - used)
			used += (size_t)length;
	}
	for (size_t i = 0; i < tree->count; i++)
		if (!tree->mounts[i].mounted && strncmp(tree->mounts[i].point, "/boot", 5) == 0)
			return error_new(ERROR_OTHER,
				"no boot loader's configuration found: %s is not mounted (/etc/fstab names "
				"%s); mount it",
				tree->mounts[i].point, tree->mounts[i].source);
	return error_new(
		ERROR_OTHER, "no boot loader's configuration found; looked for %s", places);
}

struct error *loader_entries_read(const struct tree *tree, struct loader_entries *ret)
{
	*ret = (struct loader_entries){0};
	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++) {
		TRY(loaders[i]->read(tree, ret));
		if (ret->why) {
			ret->loader = loaders[i]->name;
			return NULL;
		}
	}
	return nothing_found(tree);
}
