/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The initrd that belongs to a kernel, by name, and never one of another version. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "entry/entry.h"

/* What kernels are called. The rest of the name, if any, is the version. */
static const char *const kernel_prefixes[] = {"vmlinuz", "vmlinux", "bzImage", "kernel", "linux"};

/* What their initrds are called: "-VERSION", ".old" or nothing stands between the two. */
static const struct {
	const char *before, *after;
} initrd_names[] = {
	{"initrd.img", ""},    /* Debian and Ubuntu */
	{"initramfs", ".img"}, /* Fedora, Arch */
	{"initrd", ""},	       /* SUSE */
	{"initramfs", ""},     /* Alpine */
};
enum { INITRD_NAMES = sizeof(initrd_names) / sizeof(initrd_names[0]) };

/* Room for the longest of them with the rest of a file's name. */
enum { NAME_ROOM = NAME_MAX + 32 };

static void initrd_name(int row, const char *version, char ret[static NAME_ROOM])
{
	snprintf(ret, NAME_ROOM, "%s%.*s%s", initrd_names[row].before, NAME_MAX, version,
		initrd_names[row].after);
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/** The part of the file name past "vmlinuz": "-6.1.0-40-amd64", ".old", ""; NULL for other names.
 */
static const char *version_part(const char *name)
{
	for (size_t i = 0; i < sizeof(kernel_prefixes) / sizeof(kernel_prefixes[0]); i++) {
		size_t length = strlen(kernel_prefixes[i]);

		if (strncmp(name, kernel_prefixes[i], length) == 0 && strchr("-.", name[length]))
			return name + length;
	}
	return NULL;
}

/* Does the name of an initrd say that it is of @version? False too if it says nothing. */
static bool is_of_version(const char *name, const char *version)
{
	for (int i = 0; i < INITRD_NAMES; i++) {
		char wanted[NAME_ROOM];

		initrd_name(i, version, wanted);
		if (strcmp(name, wanted) == 0)
			return true;
	}
	return false;
}

/* "initrd.img-6.1" and the like: what follows has a digit, as a version has. */
static bool has_version(const char *name)
{
	return (strncmp(name, "initr", 5) == 0) && strpbrk(name, "0123456789");
}

static bool is_file(const char *path, bool *ret_empty)
{
	struct stat status;

	if (stat(path, &status) < 0 || !S_ISREG(status.st_mode))
		return false;
	*ret_empty = !status.st_size;
	return true;
}

static struct error *say_why(struct boot_entry_pair *pair, const char *format, const char *path)
{
	if (pair->why)
		return NULL;
	if (asprintf(&pair->why, format, path) < 0) {
		pair->why = NULL;
		return error_no_memory();
	}
	return NULL;
}

/* Take the file at @path if it is whole, as far as its name and size tell. */
static struct error *take(const char *path, struct boot_entry_pair *ret)
{
	char being_made[PATH_MAX];
	bool empty;

	if (is_file(path, &empty)) {
		if (empty)
			return say_why(ret, "%s is empty, so it was not finished", path);
		ret->initrd = strdup(path);
		return ret->initrd ? NULL : error_no_memory();
	}
	/* update-initramfs writes there and then renames. */
	if (snprintf(being_made, sizeof(being_made), "%s.new", path) < (int)sizeof(being_made) &&
		is_file(being_made, &empty))
		return say_why(ret, "%s is not finished, or being made just now", being_made);
	return NULL;
}

static struct error *look_beside(
	const char *kernel, const char *version, struct boot_entry_pair *ret)
{
	for (int i = 0; i < INITRD_NAMES && !ret->initrd; i++) {
		char path[PATH_MAX], file[NAME_ROOM];

		initrd_name(i, version, file);
		if (snprintf(path, sizeof(path), "%.*s%s", (int)(name_of(kernel) - kernel), kernel,
			    file) < (int)sizeof(path))
			TRY(take(path, ret));
	}
	return NULL;
}

/*
 * What a link such as /initrd.img leads to, unless its name says that it is of another version than
 * the kernel: package scripts move the kernel's link first.
 */
static struct error *take_link(const char *link, const char *version, struct boot_entry_pair *ret)
{
	char real[PATH_MAX];

	if (!realpath(link, real))
		return NULL;
	if (version && *version && has_version(name_of(real)) &&
		!is_of_version(name_of(real), version))
		return say_why(ret,
			"%s, which the link to the initrd leads to, is of another version", real);
	return take(link, ret);
}

/* The names that the links' own initrds have: "/boot/vmlinuz" goes with "/boot/initrd.img". */
static struct error *look_beside_link(
	const char *kernel, const char *version, struct boot_entry_pair *ret)
{
	const char *link_version = version_part(name_of(kernel));
	struct boot_entry_pair linked = {0};
	struct error *error;

	if (!link_version)
		return NULL;
	error = look_beside(kernel, link_version, &linked);
	if (!error && linked.initrd)
		error = take_link(linked.initrd, version, ret);
	boot_entry_pair_deinit(&linked);
	return error;
}

void boot_entry_pair_deinit(struct boot_entry_pair *pair)
{
	free(pair->initrd);
	free(pair->why);
	*pair = (struct boot_entry_pair){0};
}

struct error *boot_entry_find_pair(
	const char *kernel, const char *link, struct boot_entry_pair *ret)
{
	char real[PATH_MAX];
	const char *version;

	*ret = (struct boot_entry_pair){0};
	if (!realpath(kernel, real))
		return NULL;
	version = version_part(name_of(real));
	/* With the folder as it was named, for people to recognise. */
	if (version && strcmp(name_of(real), name_of(kernel)) == 0)
		TRY(look_beside(kernel, version, ret));
	else if (version)
		TRY(look_beside(real, version, ret));
	if (!ret->initrd && strcmp(name_of(real), name_of(kernel)) != 0)
		TRY(look_beside_link(kernel, version, ret));
	if (!ret->initrd && link)
		TRY(take_link(link, version, ret));
	return NULL;
}
