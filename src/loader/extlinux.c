/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * extlinux, syslinux, and what reads the same file: U-Boot's distro boot and petitboot
 * (wiki.syslinux.org, Config; U-Boot's doc/README.pxe). Keywords know no case.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "loader/entries.h"
#include "loader/text.h"

enum { FILE_MAX = 1 << 20, DEPTH_MAX = 16, WORD_MAX = 256 };

/* Where it is looked for; the name of its folder is what the others are relative to. */
static const char *const configs[] = {
	"/boot/extlinux/extlinux.conf",
	"/boot/syslinux/syslinux.cfg",
	"/boot/syslinux/extlinux.conf",
	"/boot/extlinux.conf",
	"/boot/syslinux.cfg",
	"/extlinux/extlinux.conf",
	"/syslinux/syslinux.cfg",
	"/extlinux.conf",
	"/syslinux.cfg",
};

struct reading {
	const struct tree *tree;
	const char *config;
	char folder[512];
	struct loader_entries *entries;
	struct loader_entry *entry; /* the label that is being read; NULL: before the first */
	char *append;		    /* for labels that have none of their own */
	char *by_default, *on_timeout;
	size_t menu_default; /* of the label that says so, plus one */
	unsigned int depth;
};

static void reading_deinit(struct reading *reading)
{
	free(reading->append);
	free(reading->by_default);
	free(reading->on_timeout);
}
#define _cleanup_reading_ __attribute__((cleanup(reading_deinit)))

static struct error *is_there(const struct tree *tree, const char *path, bool *ret)
{
	char *resolved;

	TRY(tree_resolve(tree, path, true, &resolved));
	*ret = resolved != NULL;
	free(resolved);
	return NULL;
}

/*
 * The path below the root of a file's name: from the configuration's folder, or from the root of
 * the file system that it lies on, which may be mounted at /boot.
 */
static struct error *place(struct reading *reading, const char *name, char **ret)
{
	const struct tree_mount *mount = tree_mount_of(reading->tree, reading->config);
	struct loader_entry *entry = reading->entry;
	bool there = false;

	if (*name != '/') {
		TRY(text_print(ret, "%s/%s", reading->folder, name));
	} else {
		TRY(tree_path_from(reading->tree, mount, name, ret));
		if (*ret)
			TRY(is_there(reading->tree, *ret, &there));
		/* A folder that stands in for a root may not say that /boot is one of its own. */
		if (!there)
			TRY(text_print(ret, "/boot%s", name));
		if (!there && !reading->tree->has_mounts)
			TRY(is_there(reading->tree, *ret, &there));
		if (!there && strcmp(mount->point, "/boot") != 0)
			TRY(text_copy(name, ret));
	}
	TRY(is_there(reading->tree, *ret, &there));
	return there ? NULL : loader_entry_problem(entry, "%s is not there", *ret);
}

static struct error *add_initrds(struct reading *reading, const char *list)
{
	struct loader_entry *entry = reading->entry;

	while (*list) {
		size_t length = strcspn(list, ", ");
		char name[512];

		snprintf(name, sizeof(name), "%.*s", (int)length, list);
		list += length + (list[length] == ',');
		if (entry->initrd_count == LOADER_INITRDS_MAX)
			return error_new(ERROR_LIMIT, "more than %d initrds", LOADER_INITRDS_MAX);
		if (length)
			TRY(place(reading, name, &entry->initrds[entry->initrd_count++]));
		if (*list == ' ')
			break;
	}
	return NULL;
}

/* What an entry without a kernel of Linux does. */
static struct error *set_other(struct reading *reading, const char *keyword, const char *value)
{
	return loader_entry_problem(reading->entry, "it is no Linux: %s %s", keyword, value);
}

static bool has_ending(const char *name, const char *ending)
{
	size_t length = strcspn(name, " "), own = strlen(ending);

	return length >= own && strncasecmp(name + length - own, ending, own) == 0;
}

static bool is(const char *word, const char *keyword)
{
	return strcasecmp(word, keyword) == 0;
}

static struct error *take_kernel(struct reading *reading, const char *keyword, const char *value)
{
	static const char *const others[] = {".c32", ".bin", ".bs", ".0", ".com", ".img"};
	char name[512];

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!is(keyword, "linux") && has_ending(value, others[i]))
			return set_other(reading, keyword, value);
	/* U-Boot's FIT images name a configuration behind a #. */
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(value, " #"), value);
	return place(reading, name, &reading->entry->kernel);
}

/* Initrds in the command line are for syslinux, which leaves the word where it is. */
static struct error *take_append(struct reading *reading, const char *value)
{
	struct loader_entry *entry = reading->entry;
	const char *word = strstr(value, "initrd=");

	if (!entry)
		return text_copy(value, &reading->append);
	TRY(text_copy(strcmp(value, "-") == 0 ? "" : value, &entry->command_line));
	if (!word || (word != value && word[-1] != ' ') || entry->initrd_count)
		return NULL;
	return add_initrds(reading, word + strlen("initrd="));
}

static struct error *begin_label(struct reading *reading, const char *value)
{
	struct loader_entry *entry;

	TRY(loader_entries_add(reading->entries, &entry));
	reading->entry = entry;
	TRY(text_copy(value, &entry->id));
	TRY(text_copy(value, &entry->title));
	return text_copy(reading->config, &entry->file);
}

/* A title, without the mark of its hotkey. */
static struct error *take_title(struct reading *reading, const char *value)
{
	const char *mark = strchr(value, '^');

	if (!reading->entry)
		return NULL;
	if (!mark)
		return text_copy(value, &reading->entry->title);
	return text_print(&reading->entry->title, "%.*s%s", (int)(mark - value), value, mark + 1);
}

static struct error *take_menu(struct reading *reading, const char *value)
{
	if (strncasecmp(value, "label ", 6) == 0)
		return take_title(reading, value + 6 + strspn(value + 6, " \t"));
	if (reading->entry && strcasecmp(value, "default") == 0)
		reading->menu_default = (size_t)(reading->entry - reading->entries->list) + 1;
	return NULL;
}

static struct error *read_config(struct reading *reading, const char *path);

static struct error *include(struct reading *reading, const char *name)
{
	char path[1024];

	if (++reading->depth > DEPTH_MAX)
		return error_new(ERROR_LIMIT, "%s: more than %d files in each other",
			reading->config, DEPTH_MAX);
	snprintf(path, sizeof(path), "%s%s%.*s", *name == '/' ? "" : reading->folder,
		*name == '/' ? "" : "/", (int)strcspn(name, " "), name);
	TRY(read_config(reading, path));
	reading->depth--;
	return NULL;
}

/* Keywords that count inside of a label only. */
static struct error *take_of_label(struct reading *reading, const char *keyword, const char *value)
{
	struct loader_entry *entry = reading->entry;

	if (!entry)
		return NULL;
	if (is(keyword, "kernel") || is(keyword, "linux"))
		return take_kernel(reading, keyword, value);
	if (is(keyword, "initrd"))
		return entry->initrd_count ? NULL : add_initrds(reading, value);
	if (is(keyword, "fdt") || is(keyword, "devicetree"))
		return entry->device_tree ? NULL : place(reading, value, &entry->device_tree);
	if (is(keyword, "localboot") || is(keyword, "com32") || is(keyword, "boot") ||
		is(keyword, "bss") || is(keyword, "pxe") || is(keyword, "fdimage") ||
		is(keyword, "config"))
		return set_other(reading, keyword, value);
	return NULL;
}

static struct error *take_line(struct reading *reading, const char *keyword, const char *value)
{
	if (is(keyword, "label"))
		return begin_label(reading, value);
	if (is(keyword, "menu"))
		return take_menu(reading, value);
	if (is(keyword, "append"))
		return take_append(reading, value);
	if (is(keyword, "default"))
		return text_copy(value, &reading->by_default);
	if (is(keyword, "ontimeout"))
		return text_copy(value, &reading->on_timeout);
	if (is(keyword, "include"))
		return include(reading, value);
	return take_of_label(reading, keyword, value);
}

static struct error *read_line(struct reading *reading, char *line)
{
	size_t length = strlen(line);
	char *value;

	while (length && strchr(" \t\r", line[length - 1]))
		line[--length] = '\0';
	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return NULL;
	value = line + strcspn(line, " \t=");
	if (*value)
		*value++ = '\0';
	return take_line(reading, line, value + strspn(value, " \t"));
}

static struct error *read_config(struct reading *reading, const char *path)
{
	_cleanup_blob_ struct blob text = {0};
	struct error *error = NULL;
	bool found;

	TRY(error_prefix(tree_read_file(reading->tree, path, FILE_MAX, &found, &text), "%s", path));
	if (!found)
		return loader_entries_doubt(reading->entries, "%s is not there", path);
	TRY(blob_append(&text, "", 1));
	for (char *rest = (char *)text.data, *line; !error && (line = strsep(&rest, "\n"));)
		error = read_line(reading, line);
	return error;
}

static struct loader_entry *find_label(struct reading *reading, const char *label)
{
	for (size_t i = 0; label && i < reading->entries->count; i++)
		if (strcasecmp(reading->entries->list[i].id, label) == 0)
			return &reading->entries->list[i];
	return NULL;
}

/* If nobody types anything: ONTIMEOUT, else the menu's default, else DEFAULT, else the first. */
static void choose_default(struct reading *reading)
{
	struct loader_entry *found = find_label(reading, reading->on_timeout);

	if (!found && reading->menu_default)
		found = &reading->entries->list[reading->menu_default - 1];
	if (!found)
		found = find_label(reading, reading->by_default);
	if (!found && reading->entries->count)
		found = &reading->entries->list[0];
	if (found)
		found->is_default = true;
}

static struct error *finish(struct reading *reading)
{
	for (size_t i = 0; i < reading->entries->count; i++) {
		struct loader_entry *entry = &reading->entries->list[i];
		const char *append = reading->append ? reading->append : "";

		if (!entry->kernel)
			TRY(loader_entry_problem(entry, "it names no kernel"));
		reading->entry = entry;
		if (!entry->command_line)
			TRY(take_append(reading, append));
		/* U-Boot puts its environment in. */
		if (strstr(entry->command_line, "${"))
			TRY(loader_entry_problem(entry,
				"its command line has a variable of U-Boot's, which is not known here: %s",
				strstr(entry->command_line, "${")));
	}
	choose_default(reading);
	return NULL;
}

static struct error *read_extlinux(const struct tree *tree, struct loader_entries *ret)
{
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		_cleanup_reading_ struct reading reading = {
			.tree = tree, .config = configs[i], .entries = ret};
		bool there;

		TRY(is_there(tree, configs[i], &there));
		if (!there)
			continue;
		snprintf(reading.folder, sizeof(reading.folder), "%.*s",
			(int)(strrchr(configs[i], '/') - configs[i]), configs[i]);
		TRY(read_config(&reading, configs[i]));
		TRY(finish(&reading));
		return text_print(&ret->why, "%s is there", configs[i]);
	}
	return NULL;
}

const struct loader loader_extlinux = {
	.name = "extlinux",
	.looked_for = "/boot/extlinux/extlinux.conf",
	.read = read_extlinux,
};
