/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GRUB's entries: its configuration is run, and then each entry of its menus, as if each had been
 * chosen. What would start next is found by running it once more: with what was asked for once
 * (next_entry in the environment block), and without.
 */
#include "grub/grub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "loader/entries.h"
#include "loader/grub_world.h"
#include "loader/text.h"

enum { DEPTH_MAX = 8, TEXT_MAX = 4096 };

/* Where distributions have it. Below an ESP there may be more. */
static const char *const configs[] = {
	"/boot/grub/grub.cfg",
	"/boot/grub2/grub.cfg",
	"/boot/efi/EFI/redhat/grub.cfg",
	"/boot/efi/EFI/fedora/grub.cfg",
	"/boot/efi/EFI/centos/grub.cfg",
	"/boot/efi/EFI/rocky/grub.cfg",
	"/boot/efi/EFI/almalinux/grub.cfg",
	"/boot/efi/EFI/opensuse/grub.cfg",
	"/boot/efi/EFI/sles/grub.cfg",
	"/efi/grub/grub.cfg",
};

/* A run of the configuration. */
struct running {
	const struct tree *tree;
	struct tree_world world;
	char prefix[TEXT_MAX], path[TEXT_MAX];
	struct grub *grub;
};

/* The indices, from the first menu on, that lead to what starts by itself. */
struct choice {
	size_t path[DEPTH_MAX];
	unsigned int depth;
	bool known;
};

static bool exists(const struct tree *tree, const char *path)
{
	char *resolved = NULL;
	bool there;

	error_free(tree_resolve(tree, path, false, &resolved));
	there = resolved;
	free(resolved);
	return there;
}

/* A word of ID or ID_LIKE in os-release(5). */
static bool is_red_hat(const struct tree *tree)
{
	static const char *const names[] = {"fedora", "rhel", "centos"};
	_cleanup_blob_ struct blob text = {0};
	bool found = false;

	error_free(tree_read_file(tree, "/etc/os-release", 64 << 10, &found, &text));
	if (!found || blob_append(&text, "", 1))
		return false;
	for (char *line = (char *)text.data; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, "ID=", 3) != 0 && strncmp(line, "ID_LIKE=", 8) != 0)
			continue;
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			const char *at = strstr(line, names[i]);

			if (at && at < line + strcspn(line, "\n"))
				return true;
		}
	}
	return false;
}

/* Of a running machine it is known; of a folder the modules beside the configuration tell. */
static bool is_efi(const struct tree *tree, const char *config)
{
	char modules[TEXT_MAX];

	if (exists(tree, "/sys/firmware/efi"))
		return true;
	if (exists(tree, "/sys/firmware"))
		return false;
	snprintf(modules, sizeof(modules), "%.*s/x86_64-efi", (int)(strrchr(config, '/') - config),
		config);
	return exists(tree, modules) || exists(tree, "/boot/efi/EFI") || exists(tree, "/efi/EFI");
}

static void stop(struct running *running)
{
	grub_destroyp(&running->grub);
}
#define _cleanup_running_ __attribute__((cleanup(stop)))

static struct error *start(
	const struct tree *tree, const char *config, bool without_one_shot, struct running *ret)
{
	const struct tree_mount *mount = tree_mount_of(tree, config);
	struct grub_setup setup = {
		.make = is_red_hat(tree) ? GRUB_RED_HAT : GRUB_UPSTREAM,
		.platform = is_efi(tree, config) ? "efi" : "pc",
		.cpu = is_efi(tree, config) ? "x86_64" : "i386",
		.has_long_mode = true,
		.prefix = ret->prefix,
	};
	char *on_device;
	bool found;

	ret->tree = tree;
	tree_world_init(tree, exists(tree, "/sys/firmware/efi"), &ret->world);
	ret->world.without_one_shot = without_one_shot;
	setup.world = &ret->world.world;
	setup.root = tree_world_name(&ret->world, mount);
	TRY(tree_path_on(mount, config, &on_device));
	snprintf(ret->path, sizeof(ret->path), "(%s)%s", setup.root, on_device);
	snprintf(ret->prefix, sizeof(ret->prefix), "%.*s",
		(int)(strrchr(ret->path, '/') - ret->path), ret->path);
	free(on_device);
	TRY(grub_create(&setup, &ret->grub));
	TRY(error_prefix(grub_run(ret->grub, ret->path, &found), "%s", config));
	return found ? NULL
		     : error_new(ERROR_NOT_PERMITTED,
			       "%s is there, but cannot be read; try again as root", config);
}

/* Follow what starts by itself from menu to menu; the run is used up by that. */
static struct error *follow(struct running *running, struct choice *ret)
{
	struct grub_boot boot;
	bool known;

	*ret = (struct choice){.known = grub_menu(running->grub)->count > 0};
	while (grub_menu(running->grub)->count && ret->depth < DEPTH_MAX) {
		size_t index = grub_default(running->grub, &known);

		ret->path[ret->depth++] = index;
		TRY(grub_enter(running->grub, index, &boot));
	}
	return NULL;
}

static struct error *find_choice(
	const struct tree *tree, const char *config, bool without_one_shot, struct choice *ret)
{
	_cleanup_running_ struct running running = {0};

	TRY(start(tree, config, without_one_shot, &running));
	return error_prefix(follow(&running, ret), "%s", config);
}

/* A walk through all menus. */
struct walk {
	struct running *running;
	struct loader_entries *entries;
	const struct choice *usual, *next;
	size_t path[DEPTH_MAX];
	unsigned int depth;
};

static bool is_chosen(const struct walk *walk, const struct choice *choice)
{
	return choice->known && choice->depth == walk->depth &&
	       memcmp(choice->path, walk->path, walk->depth * sizeof(walk->path[0])) == 0;
}

/* The path below the root; a problem of the entry if there is none. */
static struct error *place(struct running *running, const struct grub_path *file,
	struct loader_entry *entry, char **ret)
{
	TRY(tree_world_path(&running->world, file->device, file->path, ret));
	if (!*ret) {
		TRY(text_print(ret, "(%s)%s", file->device, file->path));
		return loader_entry_problem(entry, "(%s)%s is on a file system that is not mounted",
			file->device, file->path);
	}
	return exists(running->tree, *ret) ? NULL
					   : loader_entry_problem(entry, "%s is not there", *ret);
}

/* What follows the dash of vmlinuz-VERSION. */
static struct error *take_version(struct loader_entry *entry)
{
	static const char *const names[] = {
		"vmlinuz-", "vmlinux-", "kernel-", "bzImage-", "linux-"};
	const char *slash = strrchr(entry->kernel, '/');
	const char *name = slash ? slash + 1 : entry->kernel;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(name, names[i], strlen(names[i])) == 0)
			return text_copy(name + strlen(names[i]), &entry->version);
	return NULL;
}

static struct error *add_initrds(
	struct running *running, const struct grub_boot *boot, struct loader_entry *entry)
{
	for (unsigned int i = 0; i < boot->initrd_count; i++) {
		if (boot->initrds[i].member)
			TRY(loader_entry_problem(entry,
				"the initrd is put together by GRUB (newc:%s)",
				boot->initrds[i].member));
		TRY(place(running, &boot->initrds[i].file, entry,
			&entry->initrds[entry->initrd_count++]));
	}
	return NULL;
}

static struct error *fill(
	struct running *running, const struct grub_boot *boot, struct loader_entry *entry)
{
	if (!boot->command)
		return loader_entry_problem(entry, "it starts nothing");
	if (!boot->command_line)
		return loader_entry_problem(entry, "it is no Linux: %s", boot->command);
	TRY(text_copy(boot->command_line, &entry->command_line));
	TRY(place(running, &boot->kernel, entry, &entry->kernel));
	TRY(take_version(entry));
	TRY(add_initrds(running, boot, entry));
	if (boot->device_tree.path)
		TRY(place(running, &boot->device_tree, entry, &entry->device_tree));
	return NULL;
}

static struct error *walk_menu(struct walk *walk, const char *titles);

/* Does an entry that was entered go over to the configuration that it is itself from? */
static bool is_circle(const struct grub_menu *opened, const struct grub_entry *source)
{
	const char *file = opened->count ? opened->entries[0].file : NULL;

	return !source->is_submenu && file && source->file && strcmp(file, source->file) == 0;
}

static struct error *walk_entered(
	struct walk *walk, const struct grub_entry *source, const char *titles)
{
	struct error *error;
	char *title = NULL;

	TRY(text_print(&title, "%s%s%s", titles, *titles ? " > " : "", source->title));
	error = walk_menu(walk, title);
	free(title);
	return error;
}

/* The entry that was entered: itself, or those of the menu that it opens. */
static struct error *take_entered(struct walk *walk, const struct grub_entry *source,
	const char *titles, const struct grub_boot *boot)
{
	struct grub *grub = walk->running->grub;
	bool opens = grub_menu(grub)->count, circles = is_circle(grub_menu(grub), source);
	const char *chosen = grub_get(grub, "chosen");
	struct loader_entry *entry;

	if (opens && !circles && walk->depth < DEPTH_MAX)
		return walk_entered(walk, source, titles);
	/* A submenu without entries is none that could be started. */
	if (source->is_submenu && !opens)
		return NULL;
	TRY(loader_entries_add(walk->entries, &entry));
	TRY(text_print(&entry->title, "%s%s%s", titles, *titles ? " > " : "", source->title));
	TRY(text_copy(chosen ? chosen : source->id, &entry->id));
	TRY(text_copy(source->file ? source->file : "", &entry->file));
	entry->line = source->line;
	if (circles)
		return loader_entry_problem(entry, "it reads the same configuration once more");
	if (opens)
		return loader_entry_problem(
			entry, "it opens more than %d menus in each other", DEPTH_MAX);
	entry->is_default = is_chosen(walk, walk->usual);
	entry->is_one_shot = is_chosen(walk, walk->next) && !entry->is_default;
	return fill(walk->running, boot, entry);
}

static struct error *walk_menu(struct walk *walk, const char *titles)
{
	struct grub *grub = walk->running->grub;
	size_t count = grub_menu(grub)->count;

	for (size_t i = 0; i < count; i++) {
		struct grub_entry source = grub_menu(grub)->entries[i];
		struct grub_boot boot;

		walk->path[walk->depth++] = i;
		TRY(grub_enter(grub, i, &boot));
		TRY(take_entered(walk, &source, titles, &boot));
		grub_leave(grub);
		walk->depth--;
	}
	return NULL;
}

static struct error *add_doubts(struct running *running, struct loader_entries *entries)
{
	size_t count, total;
	const struct grub_mistake *mistakes = grub_mistakes(running->grub, &count, &total);

	for (size_t i = 0; i < count; i++)
		TRY(loader_entries_doubt(entries, "%s:%u: %s", mistakes[i].file, mistakes[i].line,
			mistakes[i].what));
	if (total > count)
		TRY(loader_entries_doubt(entries, "%zu more of the kind", total - count));
	if (running->world.guessed)
		TRY(loader_entries_doubt(entries,
			"which file system is which is not known here; files were looked for by their "
			"paths"));
	return NULL;
}

static struct error *read_config(
	const struct tree *tree, const char *config, struct loader_entries *ret)
{
	_cleanup_running_ struct running running = {0};
	struct choice usual, next;
	struct walk walk = {.running = &running, .entries = ret, .usual = &usual, .next = &next};

	TRY(find_choice(tree, config, true, &usual));
	TRY(find_choice(tree, config, false, &next));
	TRY(start(tree, config, false, &running));
	TRY(error_prefix(walk_menu(&walk, ""), "%s", config));
	TRY(add_doubts(&running, ret));
	return text_print(&ret->why, "%s is there", config);
}

static struct error *read_grub(const struct tree *tree, struct loader_entries *ret)
{
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++)
		if (exists(tree, configs[i]))
			return read_config(tree, configs[i], ret);
	return NULL;
}

const struct loader loader_grub = {
	.name = "grub",
	.looked_for = "/boot/grub/grub.cfg",
	.read = read_grub,
};
