/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * systemd-boot: files of the Boot Loader Specification on the EFI system partition and the extended
 * boot loader partition, and which of them starts by what loader.conf(5) and EFI variables say
 * (systemd-boot(7); systemd.io/BOOT_LOADER_INTERFACE).
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "loader/efi_variable.h"
#include "loader/text.h"
#include "loader/type1.h"

enum { FILE_MAX = 64 << 10, PLACES = 2 };

/* Partition types: GPT's, and the bytes of a table of DOS (Discoverable Partitions Specification).
 */
static const char *const esp_types[] = {"c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "0xef", NULL};
static const char *const extended_types[] = {"bc13c2ff-59e6-4262-a352-b275fd6f7172", "0xea", NULL};

/* Where they are looked for if no partition's type is known; systemd's own order. */
static const char *const esp_points[] = {"/efi", "/boot", "/boot/efi", NULL};
static const char *const extended_points[] = {"/boot", NULL};

/* Mount points below the root: the ESP's first; NULL: there is none. */
struct places {
	const char *points[PLACES];
};

static bool exists(const struct tree *tree, const char *point, const char *path)
{
	char *resolved = NULL, whole[512];
	bool there;

	snprintf(whole, sizeof(whole), "%s%s", strcmp(point, "/") == 0 ? "" : point, path);
	error_free(tree_resolve(tree, whole, true, &resolved));
	there = resolved;
	free(resolved);
	return there;
}

static const char *find_by_type(const struct tree *tree, const char *const *types)
{
	for (size_t i = 0; i < tree->count; i++)
		for (const char *const *type = types; *type; type++)
			if (tree->mounts[i].mounted && tree->mounts[i].part_type &&
				strcasecmp(tree->mounts[i].part_type, *type) == 0)
				return tree->mounts[i].point;
	return NULL;
}

static const char *find_by_place(
	const struct tree *tree, const char *const *points, const char *path, const char *but)
{
	for (; *points; points++)
		if (exists(tree, *points, path) && (!but || strcmp(*points, but) != 0))
			return *points;
	return NULL;
}

static struct places find_places(const struct tree *tree)
{
	struct places places = {
		{find_by_type(tree, esp_types), find_by_type(tree, extended_types)}};

	if (!places.points[0])
		places.points[0] = find_by_place(tree, esp_points, "/EFI", NULL);
	if (!places.points[0])
		places.points[0] = find_by_place(tree, esp_points, "/loader/loader.conf", NULL);
	if (!places.points[1])
		places.points[1] =
			find_by_place(tree, extended_points, "/loader/entries", places.points[0]);
	return places;
}

/* One place's entries. */
struct adding {
	const struct tree *tree;
	const char *point;
	struct loader_entries *entries;
};

static bool is_entry_name(const char *name)
{
	size_t length = strlen(name);

	return *name != '.' && strncasecmp(name, "auto-", 5) != 0 && length > 5 &&
	       strcasecmp(name + length - 5, ".conf") == 0;
}

static struct error *add_entry(void *data, const char *name)
{
	struct adding *adding = data;
	_cleanup_blob_ struct blob text = {0};
	struct loader_entry *entry;
	char path[1024];
	bool found;

	if (!is_entry_name(name) || snprintf(path, sizeof(path), "%s/loader/entries/%s",
					    strcmp(adding->point, "/") == 0 ? "" : adding->point,
					    name) >= (int)sizeof(path))
		return NULL;
	TRY(tree_read_file(adding->tree, path, FILE_MAX, &found, &text));
	if (!found)
		return NULL;
	TRY(loader_entries_add(adding->entries, &entry));
	TRY(text_copy(path, &entry->file));
	return error_prefix(type1_read(adding->tree, adding->point, name, blob_bytes(&text), entry),
		"%s", path);
}

/* Entries of another kind than the specification's first are none of systemd-boot's. */
static struct error *are_type1(const struct tree *tree, const char *point, bool *ret)
{
	_cleanup_blob_ struct blob text = {0};
	char path[512];
	bool found;

	snprintf(
		path, sizeof(path), "%s/loader/entries.srel", strcmp(point, "/") == 0 ? "" : point);
	TRY(tree_read_file(tree, path, FILE_MAX, &found, &text));
	*ret = !found || bytes_match(blob_bytes(&text), 0, "type1\n", 6);
	return NULL;
}

static struct error *doubt_image(void *data, const char *name)
{
	struct adding *adding = data;
	size_t length = strlen(name);

	if (length < 5 || strcasecmp(name + length - 4, ".efi") != 0)
		return NULL;
	return loader_entries_doubt(adding->entries,
		"%s/EFI/Linux/%s: unified kernel images are not looked into yet", adding->point,
		name);
}

static struct error *add_place(
	const struct tree *tree, const char *point, struct loader_entries *entries)
{
	struct adding adding = {.tree = tree, .point = point, .entries = entries};
	char path[512];
	bool is_type1;

	TRY(are_type1(tree, point, &is_type1));
	snprintf(path, sizeof(path), "%s/loader/entries", strcmp(point, "/") == 0 ? "" : point);
	if (is_type1)
		TRY(tree_list(tree, path, add_entry, &adding));
	snprintf(path, sizeof(path), "%s/EFI/Linux", strcmp(point, "/") == 0 ? "" : point);
	return tree_list(tree, path, doubt_image, &adding);
}

/* The first entry whose id a pattern matches; case does not count. */
static struct loader_entry *find_entry(struct loader_entries *entries, const char *pattern)
{
	for (size_t i = 0; pattern && i < entries->count; i++)
		if (!entries->list[i].is_hidden &&
			fnmatch(pattern, entries->list[i].id, FNM_CASEFOLD | FNM_NOESCAPE) == 0)
			return &entries->list[i];
	return NULL;
}

/* A value of loader.conf, the last one of its key. */
static struct error *config_value(
	const struct tree *tree, const char *point, const char *key, char **ret)
{
	_cleanup_blob_ struct blob text = {0};
	size_t length = strlen(key);
	char path[512];
	bool found;

	*ret = NULL;
	snprintf(path, sizeof(path), "%s/loader/loader.conf", strcmp(point, "/") == 0 ? "" : point);
	TRY(tree_read_file(tree, path, FILE_MAX, &found, &text));
	if (!found)
		return NULL;
	TRY(blob_append(&text, "", 1));
	for (char *rest = (char *)text.data, *line; (line = strsep(&rest, "\n"));) {
		line += strspn(line, " \t");
		if (strncmp(line, key, length) != 0 || !strchr(" \t", line[length]) ||
			!line[length])
			continue;
		line += length + strspn(line + length, " \t");
		line[strcspn(line, " \t\r")] = '\0';
		TRY(text_copy(line, ret));
	}
	return NULL;
}

/* "@saved" is what was started last. */
static struct error *resolve_saved(const struct tree *tree, char **pattern)
{
	if (!*pattern || strcmp(*pattern, "@saved") != 0)
		return NULL;
	free(*pattern);
	return efi_variable_text(tree, "LoaderEntryLastBooted", EFI_VENDOR_LOADER, pattern);
}

/* The entry that a pattern names, out of a variable or of loader.conf; bad ones may be passed. */
static struct error *find_named(const struct tree *tree, const char *point, const char *variable,
	const char *key, struct loader_entries *entries, struct loader_entry **ret)
{
	char *pattern = NULL;
	struct error *error =
		variable ? efi_variable_text(tree, variable, EFI_VENDOR_LOADER, &pattern)
			 : config_value(tree, point, key, &pattern);

	if (!error)
		error = resolve_saved(tree, &pattern);
	*ret = error ? NULL : find_entry(entries, pattern);
	free(pattern);
	return error;
}

static struct error *find_default(
	const struct tree *tree, const char *point, struct loader_entries *entries)
{
	static const struct {
		const char *variable, *key;
		bool passes_bad;
	} rules[] = {
		{"LoaderEntryPreferred", NULL, true},
		{NULL, "preferred", true},
		{"LoaderEntryDefault", NULL, false},
		{NULL, "default", false},
	};
	struct loader_entry *found = NULL;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]) && !found; i++) {
		TRY(find_named(tree, point, rules[i].variable, rules[i].key, entries, &found));
		if (found && rules[i].passes_bad && found->tries_left == 0)
			found = NULL;
	}
	if (!found)
		found = find_entry(entries, "*");
	if (found)
		found->is_default = true;
	TRY(find_named(tree, point, "LoaderEntryOneShot", NULL, entries, &found));
	if (found && !found->is_default)
		found->is_one_shot = true;
	return NULL;
}

/* Titles that are alike get what tells them apart. */
static struct error *add_to_title(struct loader_entry *entry, const char *more)
{
	return more ? text_print(&entry->title, "%s (%s)", entry->title, more) : NULL;
}

static bool has_twin(const struct loader_entries *entries, size_t index)
{
	for (size_t i = 0; i < entries->count; i++)
		if (i != index && strcmp(entries->list[i].title, entries->list[index].title) == 0)
			return true;
	return false;
}

static struct error *tell_apart(struct loader_entries *entries)
{
	bool twins[1024];
	size_t count = entries->count < 1024 ? entries->count : 1024;

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < count; i++)
			twins[i] = has_twin(entries, i);
		for (size_t i = 0; i < count; i++) {
			struct loader_entry *entry = &entries->list[i];
			char machine[9] = "";

			snprintf(machine, sizeof(machine), "%s",
				entry->machine_id ? entry->machine_id : "");
			if (twins[i])
				TRY(add_to_title(entry, round == 0   ? entry->version
							: round == 1 ? (*machine ? machine : NULL)
								     : entry->id));
		}
	}
	return NULL;
}

static struct error *read_places(
	const struct tree *tree, const struct places *places, struct loader_entries *ret)
{
	for (int i = 0; i < PLACES; i++)
		if (places->points[i])
			TRY(add_place(tree, places->points[i], ret));
	if (ret->count)
		qsort(ret->list, ret->count, sizeof(*ret->list), loader_entry_compare);
	TRY(find_default(tree, places->points[0] ? places->points[0] : places->points[1], ret));
	return tell_apart(ret);
}

/* It started this system, as it says itself. */
static struct error *read_if_running(const struct tree *tree, struct loader_entries *ret)
{
	struct places places = find_places(tree);
	struct error *error = NULL;
	char *info;

	TRY(efi_variable_text(tree, "LoaderInfo", EFI_VENDOR_LOADER, &info));
	if (info && strncmp(info, "systemd-boot", 12) == 0 &&
		(places.points[0] || places.points[1])) {
		error = text_print(&ret->why, "this system was started by %s", info);
		if (!error)
			error = read_places(tree, &places, ret);
	}
	free(info);
	return error;
}

static struct error *read_if_there(const struct tree *tree, struct loader_entries *ret)
{
	struct places places = find_places(tree);

	for (int i = 0; i < PLACES; i++)
		if (places.points[i] &&
			(exists(tree, places.points[i], "/loader/loader.conf") ||
				exists(tree, places.points[i], "/loader/entries"))) {
			TRY(text_print(&ret->why, "%s/loader is there", places.points[i]));
			return read_places(tree, &places, ret);
		}
	return NULL;
}

const struct loader loader_systemd_boot_running = {
	.name = "systemd-boot",
	.read = read_if_running,
};

const struct loader loader_systemd_boot = {
	.name = "systemd-boot",
	.looked_for = "loader/entries on the EFI system partition",
	.read = read_if_there,
};
