/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs a configuration as grub-emu would, for tests/cli/test_grub_language.py: the device (host) is
 * this machine's root folder.
 *
 *   run-grub FOLDER          what FOLDER/grub.cfg prints, then its menu with what each entry does
 *   run-grub FOLDER VARIABLE…  the values of variables as well
 *   run-grub --start FOLDER  what is printed up to the end of the entry that starts by itself
 *
 * Exit status 1, with a line on standard error if a bound was hit.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "grub/grub.h"

static bool has_device(void *data, const char *device)
{
	(void)data;
	return strcmp(device, "host") == 0;
}

/* As grub-emu has them without a device map. */
static const char *device(void *data, unsigned int index)
{
	static const char *const names[] = {"proc", "host"};

	(void)data;
	return index < 2 ? names[index] : NULL;
}

static struct grub_file look(void *data, const char *name, const char *path)
{
	struct stat status;

	if (!has_device(data, name) || stat(path, &status) < 0)
		return (struct grub_file){0};
	return (struct grub_file){.there = true,
		.is_folder = S_ISDIR(status.st_mode),
		.size = (uint64_t)status.st_size,
		.modified = status.st_mtime};
}

static struct error *read_file(void *data, const char *name, const char *path, uint64_t limit,
	bool *ret_found, struct blob *ret)
{
	struct grub_file file = look(data, name, path);

	*ret_found = file.there && !file.is_folder;
	return *ret_found && file.size ? blob_append_file(ret, path, limit) : NULL;
}

static struct error *list(void *data, const char *name, const char *path,
	struct error *(*add)(void *context, const char *name), void *context)
{
	struct error *error = NULL;
	struct dirent *entry;
	DIR *folder = has_device(data, name) ? opendir(path) : NULL;

	while (folder && !error && (entry = readdir(folder)))
		error = add(context, entry->d_name);
	if (folder)
		closedir(folder);
	return error;
}

static bool search(void *data, enum grub_search kind, const char *key, char ret[static 256])
{
	if (kind != GRUB_SEARCH_FILE || !look(data, "host", key).there)
		return false;
	strcpy(ret, "host");
	return true;
}

static const char *identity(void *data, const char *name, char which)
{
	(void)data;
	(void)name;
	(void)which;
	return NULL;
}

static void print(void *data, const char *text)
{
	(void)data;
	fputs(text, stdout);
}

static const struct grub_world world = {
	.has_device = has_device,
	.device = device,
	.look = look,
	.read = read_file,
	.list = list,
	.search = search,
	.identity = identity,
	.print = print,
};

static struct error *show_menu(struct grub *grub, int depth);

static struct error *show_entry(struct grub *grub, size_t index, int depth)
{
	struct grub_entry entry = grub_menu(grub)->entries[index];
	struct grub_boot boot;
	bool known;

	printf("%*sentry %zu: %s [%s]%s%s\n", depth, "", index, entry.title, entry.id,
		entry.is_submenu ? " submenu" : "",
		grub_default(grub, &known) == index ? " default" : "");
	TRY(grub_enter(grub, index, &boot));
	if (boot.command)
		printf("%*s  %s (%s)%s: %s\n", depth, "", boot.command, boot.kernel.device,
			boot.kernel.path, boot.command_line ? boot.command_line : "");
	for (unsigned int i = 0; i < boot.initrd_count; i++)
		printf("%*s  initrd (%s)%s\n", depth, "", boot.initrds[i].file.device,
			boot.initrds[i].file.path);
	TRY(show_menu(grub, depth + 2));
	grub_leave(grub);
	return NULL;
}

static struct error *show_menu(struct grub *grub, int depth)
{
	size_t count = grub_menu(grub)->count;

	for (size_t i = 0; i < count; i++)
		TRY(show_entry(grub, i, depth));
	return NULL;
}

static struct error *start(struct grub *grub)
{
	struct grub_boot boot;
	bool known;

	while (grub_menu(grub)->count)
		TRY(grub_enter(grub, grub_default(grub, &known), &boot));
	return NULL;
}

static struct error *run(const char *folder, bool starts, char **variables)
{
	_cleanup_grub_ struct grub *grub = NULL;
	char prefix[512], path[600];
	struct grub_setup setup = {.world = &world,
		.platform = "emu",
		.cpu = "x86_64",
		.root = "host",
		.prefix = prefix,
		.has_long_mode = true};
	bool found;

	snprintf(prefix, sizeof(prefix), "(host)%s", folder);
	snprintf(path, sizeof(path), "%s/grub.cfg", prefix);
	TRY(grub_create(&setup, &grub));
	TRY(grub_run(grub, path, &found));
	for (; *variables; variables++)
		printf("%s=<%s>\n", *variables,
			grub_get(grub, *variables) ? grub_get(grub, *variables) : "");
	return starts ? start(grub) : show_menu(grub, 0);
}

int main(int argc, char **argv)
{
	_cleanup_error_ struct error *error = NULL;
	bool starts = argc > 1 && strcmp(argv[1], "--start") == 0;

	argv += starts;
	if (!argv[1])
		return 2;
	error = run(argv[1], starts, argv + 2);
	if (!error)
		return 0;
	fprintf(stderr, "run-grub: %s\n", error_message(error));
	return 1;
}
