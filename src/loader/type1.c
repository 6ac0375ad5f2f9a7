/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loader/type1.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "loader/text.h"
#include "loader/version_order.h"

/* A number in a counter; false: there is none. */
static bool take_number(const char **at, int *ret)
{
	const char *start = *at;

	*ret = 0;
	for (; isdigit((unsigned char)**at); (*at)++)
		if (*ret < 100000)
			*ret = *ret * 10 + (**at - '0');
	return *at > start;
}

/*
 * The id is the file's name without the counter "+LEFT" or "+LEFT-DONE" that may stand before its
 * ending. What only looks like one is part of the name.
 */
static struct error *take_name(const char *name, struct loader_entry *entry)
{
	const char *ending = strrchr(name, '.'), *plus = NULL, *at;
	int left, done = 0;

	for (at = name; ending && at < ending; at++)
		if (*at == '+')
			plus = at;
	at = plus ? plus + 1 : NULL;
	if (!plus || !take_number(&at, &left) || (*at == '-' && (at++, !take_number(&at, &done))) ||
		at != ending)
		return text_copy(name, &entry->id);
	entry->tries_left = left;
	entry->tries_done = done;
	return text_print(&entry->id, "%.*s%s", (int)(plus - name), name, ending);
}

/* The path below the root; FAT knows no case, and some firmware's tools no slashes. */
static struct error *place(const struct tree *tree, const char *folder, const char *value,
	struct loader_entry *entry, char **ret)
{
	char *path, *resolved;

	if (asprintf(&path, "%s%s%s", strcmp(folder, "/") == 0 ? "" : folder,
		    strchr("/\\", *value) && *value ? "" : "/", value) < 0)
		return error_no_memory();
	for (char *at = path; *at; at++)
		if (*at == '\\')
			*at = '/';
	free(*ret);
	*ret = path;
	TRY(tree_resolve(tree, path, true, &resolved));
	if (!resolved) {
		entry->is_hidden = true;
		return loader_entry_problem(entry, "%s is not there", path);
	}
	free(*ret);
	*ret = resolved;
	return NULL;
}

static struct error *add_options(struct loader_entry *entry, const char *value)
{
	const char *before = entry->command_line;

	return text_print(
		&entry->command_line, "%s%s%s", before ? before : "", before ? " " : "", value);
}

static struct error *add_initrd(
	const struct tree *tree, const char *folder, const char *value, struct loader_entry *entry)
{
	if (entry->initrd_count == LOADER_INITRDS_MAX)
		return error_new(ERROR_LIMIT, "more than %d initrds", LOADER_INITRDS_MAX);
	return place(tree, folder, value, entry, &entry->initrds[entry->initrd_count++]);
}

/* This baton's, as the specification writes it. */
static bool is_own_architecture(const char *value)
{
	return strcasecmp(value, "x64") == 0 || strcasecmp(value, "IA32") == 0;
}

static struct error *take_key(const struct tree *tree, const char *folder, const char *key,
	const char *value, struct loader_entry *entry)
{
	const struct {
		const char *key;
		char **field;
	} texts[] = {
		{"title", &entry->title},
		{"version", &entry->version},
		{"machine-id", &entry->machine_id},
		{"sort-key", &entry->sort_key},
		{"architecture", &entry->architecture},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(key, texts[i].key) == 0)
			return text_copy(value, texts[i].field);
	if (strcmp(key, "linux") == 0)
		return place(tree, folder, value, entry, &entry->kernel);
	if (strcmp(key, "initrd") == 0)
		return add_initrd(tree, folder, value, entry);
	if (strcmp(key, "options") == 0)
		return add_options(entry, value);
	if (strcmp(key, "devicetree") == 0)
		return place(tree, folder, value, entry, &entry->device_tree);
	if (strcmp(key, "efi") == 0 || strcmp(key, "uki") == 0 || strcmp(key, "uki-url") == 0)
		return loader_entry_problem(entry,
			"it is a program for EFI, which baton does not start yet: %s", value);
	return NULL;
}

static struct error *take_line(
	const struct tree *tree, const char *folder, char *line, struct loader_entry *entry)
{
	size_t length = strlen(line);
	char *value;

	while (length && strchr(" \t\r", line[length - 1]))
		line[--length] = '\0';
	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return NULL;
	value = line + strcspn(line, " \t");
	if (!*value)
		return NULL;
	*value++ = '\0';
	value += strspn(value, " \t");
	return take_key(tree, folder, line, value, entry);
}

static struct error *take_lines(
	const struct tree *tree, const char *folder, struct bytes text, struct loader_entry *entry)
{
	char *copied = strndup(text.size ? (const char *)text.data : "", text.size);
	struct error *error = copied ? NULL : error_no_memory();
	char *rest = copied, *line;

	while (!error && (line = strsep(&rest, "\n")))
		error = take_line(tree, folder, line, entry);
	free(copied);
	return error;
}

struct error *type1_read(const struct tree *tree, const char *folder, const char *name,
	struct bytes text, struct loader_entry *ret)
{
	TRY(take_name(name, ret));
	TRY(take_lines(tree, folder, text, ret));
	if (!ret->title)
		TRY(text_copy(ret->id, &ret->title));
	if (ret->architecture && !is_own_architecture(ret->architecture)) {
		ret->is_hidden = true;
		TRY(loader_entry_problem(
			ret, "it is for another architecture: %s", ret->architecture));
	}
	if (!ret->kernel && !ret->problem) {
		ret->is_hidden = true;
		TRY(loader_entry_problem(ret, "it names no kernel"));
	}
	return ret->command_line ? NULL : text_copy("", &ret->command_line);
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static int compare_by_sort_key(const struct loader_entry *a, const struct loader_entry *b)
{
	int result = (a->sort_key == NULL) - (b->sort_key == NULL);

	if (result || !a->sort_key)
		return result;
	result = strcmp(a->sort_key, b->sort_key);
	if (!result)
		result = strcmp(or_empty(a->machine_id), or_empty(b->machine_id));
	return result ? result : -version_order(or_empty(a->version), or_empty(b->version));
}

/* Among entries of one id: those with more tries left first, then those tried less. */
static int compare_by_tries(const struct loader_entry *a, const struct loader_entry *b)
{
	if (a->tries_left < 0 || b->tries_left < 0)
		return 0;
	if (a->tries_left != b->tries_left)
		return a->tries_left > b->tries_left ? -1 : 1;
	return (a->tries_done > b->tries_done) - (a->tries_done < b->tries_done);
}

int loader_entry_compare(const void *left, const void *right)
{
	const struct loader_entry *a = left, *b = right;
	int result = (a->tries_left == 0) - (b->tries_left == 0);

	if (!result)
		result = compare_by_sort_key(a, b);
	if (!result)
		result = -version_order(or_empty(a->id), or_empty(b->id));
	return result ? result : compare_by_tries(a, b);
}
