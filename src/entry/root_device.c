/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "entry/root_device.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "entry/mounts.h"

/* Names in udev's folders of links: udev(7), and systemd's 60-persistent-storage.rules. */
static const struct {
	const char *prefix, *folder;
	bool initrd_only;
} tags[] = {
	{"UUID=", "dev/disk/by-uuid", true},
	{"LABEL=", "dev/disk/by-label", true},
	{"PARTUUID=", "dev/disk/by-partuuid", false},
	{"PARTLABEL=", "dev/disk/by-partlabel", false},
};
enum { TAGS = sizeof(tags) / sizeof(tags[0]) };

enum { LINE_ROOM = 256 };

/* Devices that something has to make first, or that are no disks. */
static const char *const made_later[] = {"mapper/", "md", "dm-", "zd", "bcache", "drbd", "nbd"};
static const char *const no_disks[] = {"nfs", "ram", "root", "mtd", "ubi", "cifs", "gpt-auto-root"};

static bool begins_with_any(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(name, list[i], strlen(list[i])) == 0)
			return true;
	return false;
}

static bool is_folder_below(const char *root, const char *path)
{
	char name[PATH_MAX];
	struct stat status;

	return snprintf(name, sizeof(name), "%s/%s", root, path) < (int)sizeof(name) &&
	       stat(name, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool is_block_device(const char *root, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "sys/class/block/%s", name);
	return *name && !strchr(name, '/') && is_folder_below(root, path);
}

/* A name in sysfs: '!' stands for '/'. */
static void take_name(const char *name, char ret[DEVICE_NAME_MAX])
{
	snprintf(ret, DEVICE_NAME_MAX, "%.*s", DEVICE_NAME_MAX - 1, name);
	for (char *at = ret; *at; at++)
		if (*at == '/')
			*at = '!';
}

/* The device that a link of udev's leads to, or a node is of; "" if neither. */
static void follow(const char *root, const char *path, char ret[DEVICE_NAME_MAX])
{
	char name[PATH_MAX], target[PATH_MAX];
	struct stat status;
	ssize_t length;

	*ret = '\0';
	if (snprintf(name, sizeof(name), "%s/%s", root, path) >= (int)sizeof(name))
		return;
	length = readlink(name, target, sizeof(target) - 1);
	if (length > 0) {
		const char *slash;

		target[length] = '\0';
		slash = strrchr(target, '/');
		take_name(slash ? slash + 1 : target, ret);
	} else if (stat(name, &status) == 0 && S_ISBLK(status.st_mode)) {
		snprintf(name, sizeof(name), "%s/sys/dev/block/%u:%u", root, major(status.st_rdev),
			minor(status.st_rdev));
		length = readlink(name, target, sizeof(target) - 1);
		if (length > 0) {
			target[length] = '\0';
			take_name(strrchr(target, '/') ? strrchr(target, '/') + 1 : target, ret);
		}
	}
}

/* udev writes what is not harmless in a file's name as \xNN. */
static void decode(const char *name, char ret[NAME_MAX + 1])
{
	size_t used = 0;

	while (*name && used < NAME_MAX) {
		unsigned int value;

		/* sscanf() alone would take one digit for two, and blanks. */
		if (name[0] == '\\' && name[1] == 'x' && isxdigit((unsigned char)name[2]) &&
			isxdigit((unsigned char)name[3]) && sscanf(name + 2, "%2x", &value) == 1) {
			ret[used++] = (char)value;
			name += 4;
		} else {
			ret[used++] = *name++;
		}
	}
	ret[used] = '\0';
}

static enum start_root look_up_link(
	const char *root, const char *folder, const char *value, char ret_device[DEVICE_NAME_MAX])
{
	/* Labels are what they are; the numbers are written in either case. */
	int (*compare)(const char *, const char *) = strstr(folder, "label") ? strcmp : strcasecmp;
	enum start_root state = START_ROOT_MISSING;
	char path[PATH_MAX];
	unsigned int count = 0;
	DIR *directory;

	snprintf(path, sizeof(path), "%s/%s", root, folder);
	directory = opendir(path);
	if (!directory)
		return START_ROOT_UNKNOWN;
	for (struct dirent *entry = readdir(directory); entry && state == START_ROOT_MISSING;
		entry = readdir(directory)) {
		char name[NAME_MAX + 1];

		if (entry->d_name[0] == '.')
			continue;
		count++;
		decode(entry->d_name, name);
		if (compare(name, value) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		follow(root, path, ret_device);
		state = START_ROOT_THERE;
	}
	closedir(directory);
	/* Where udev has found nothing at all it may not have looked. */
	return count ? state : START_ROOT_UNKNOWN;
}

static enum start_root look_up_path(
	const char *root, const char *name, char ret_device[DEVICE_NAME_MAX])
{
	char path[PATH_MAX], value[NAME_MAX + 1];
	const char *slash = strrchr(name, '/');

	if (begins_with_any(name, no_disks, sizeof(no_disks) / sizeof(no_disks[0])))
		return START_ROOT_UNKNOWN;
	if (slash && strncmp(name, "disk/by-", 8) == 0) {
		snprintf(path, sizeof(path), "dev/%.*s", (int)(slash - name), name);
		decode(slash + 1, value);
		return look_up_link(root, path, value, ret_device);
	}
	take_name(name, ret_device);
	if (is_block_device(root, ret_device))
		return START_ROOT_THERE;
	snprintf(path, sizeof(path), "dev/%s", name);
	follow(root, path, ret_device);
	if (*ret_device)
		return START_ROOT_THERE;
	if (!is_folder_below(root, "sys/class/block"))
		return START_ROOT_UNKNOWN;
	/* /dev/GROUP/VOLUME is LVM's. */
	return begins_with_any(name, made_later, sizeof(made_later) / sizeof(made_later[0])) ||
			       slash
		       ? START_ROOT_IN_DOUBT
		       : START_ROOT_MISSING;
}

enum start_root root_look_up(const char *root, const char *word, char ret_device[DEVICE_NAME_MAX])
{
	*ret_device = '\0';
	for (int i = 0; i < TAGS; i++) {
		size_t length = strlen(tags[i].prefix);

		/* PARTUUID=…/PARTNROFF=N names a partition by its neighbour. */
		if (strncmp(word, tags[i].prefix, length) == 0)
			return strchr(word + length, '/') && strstr(word, "PARTNROFF")
				       ? START_ROOT_UNKNOWN
				       : look_up_link(
						 root, tags[i].folder, word + length, ret_device);
	}
	if (strncmp(word, "/dev/", 5) == 0)
		return look_up_path(root, word + 5, ret_device);
	return START_ROOT_UNKNOWN;
}

bool root_is_for_initrd(const char *word)
{
	for (int i = 0; i < TAGS; i++)
		if (strncmp(word, tags[i].prefix, strlen(tags[i].prefix)) == 0)
			return tags[i].initrd_only;
	return strncmp(word, "/dev/mapper/", 12) == 0 || strncmp(word, "/dev/disk/", 10) == 0;
}

void root_running_device(const char *root, char ret[DEVICE_NAME_MAX])
{
	char path[PATH_MAX], target[PATH_MAX];
	struct mount mount;
	ssize_t length;

	*ret = '\0';
	if (!mount_find(root, "/", &mount))
		return;
	snprintf(path, sizeof(path), "%s/sys/dev/block/%u:%u", root, mount.major, mount.minor);
	length = readlink(path, target, sizeof(target) - 1);
	if (length <= 0) {
		/* The number is the file system's own: btrfs, which may have several devices. */
		if (strncmp(mount.source, "/dev/", 5) == 0)
			look_up_path(root, mount.source + 5, ret);
		return;
	}
	target[length] = '\0';
	take_name(strrchr(target, '/') ? strrchr(target, '/') + 1 : target, ret);
}

bool root_has_other_name(const char *root, const char *word, const char *device)
{
	bool found = false;

	for (int i = 0; i < TAGS && *device; i++) {
		char path[PATH_MAX], name[DEVICE_NAME_MAX];
		DIR *directory;

		if (strncmp(word, tags[i].prefix, strlen(tags[i].prefix)) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", root, tags[i].folder);
		directory = opendir(path);
		for (struct dirent *entry = directory ? readdir(directory) : NULL; entry && !found;
			entry = readdir(directory)) {
			snprintf(path, sizeof(path), "%s/%s", tags[i].folder, entry->d_name);
			follow(root, path, name);
			found = strcmp(name, device) == 0;
		}
		if (directory)
			closedir(directory);
	}
	return found;
}

struct error *root_add_need(
	struct module_files *files, struct blob *names, const char *what, struct start_facts *facts)
{
	struct start_need *need = &facts->needs[facts->need_count];

	if (!names->size || facts->need_count == START_NEEDS_MAX)
		return NULL;
	TRY(blob_append(names, "", 1));
	/* The same for each disk of an array. */
	for (unsigned int i = 0; i < facts->need_count; i++)
		if (strcmp(facts->needs[i].modules, (const char *)names->data) == 0)
			return NULL;
	if (!module_files_needed(files, (const char *)names->data))
		return NULL;
	need->modules = strdup((const char *)names->data);
	need->what = strdup(what);
	facts->need_count++;
	return need->modules && need->what ? NULL : error_no_memory();
}

/* The last part of where the link at @path leads; "" if it is none. */
static const char *link_name(const char *path, char buffer[static PATH_MAX])
{
	ssize_t length = readlink(path, buffer, PATH_MAX - 1);

	if (length <= 0)
		return "";
	buffer[length] = '\0';
	return strrchr(buffer, '/') ? strrchr(buffer, '/') + 1 : buffer;
}

/* The first line of the file @name in the folder @path; false if there is no such file. */
static bool read_line(const char *path, const char *name, char ret[static LINE_ROOM])
{
	char *whole;
	FILE *file;

	*ret = '\0';
	/* Not on the stack, of which those above have enough already. */
	if (asprintf(&whole, "%s/%s", path, name) < 0)
		return false;
	file = fopen(whole, "re");
	free(whole);
	if (!file)
		return false;
	if (fgets(ret, LINE_ROOM, file))
		ret[strcspn(ret, "\n")] = '\0';
	fclose(file);
	return true;
}

static struct error *add_module(
	const char *name, const char *what, struct module_files *files, struct start_facts *facts)
{
	_cleanup_blob_ struct blob names = {0};

	TRY(blob_append(&names, "\n", 1));
	TRY(blob_append(&names, name, strlen(name)));
	TRY(blob_append(&names, "\n", 1));
	return root_add_need(files, &names, what, facts);
}

/*
 * What makes the volume in the folder @path: kernel, Documentation/ABI/testing/sysfs-block-dm and
 * admin-guide/md.rst. A device mapper's name for itself begins with who made it, cryptsetup(8) in
 * this case; an array's level has an alias, as drivers/md/raid1.c ("md-raid1").
 */
static struct error *add_volume(
	const char *path, struct module_files *files, struct start_facts *facts)
{
	_cleanup_blob_ struct blob names = {0};
	char line[LINE_ROOM], alias[LINE_ROOM + 8];

	if (read_line(path, "dm/uuid", line)) {
		TRY(add_module("dm_mod", "the device mapper", files, facts));
		if (strncmp(line, "CRYPT-", 6) == 0)
			TRY(add_module("dm_crypt", "encryption", files, facts));
	}
	if (!read_line(path, "md/level", line) || strncmp(line, "raid", 4) != 0)
		return NULL;
	snprintf(alias, sizeof(alias), "md-%s", line);
	TRY(module_files_by_alias(files, alias, &names));
	return root_add_need(files, &names, line, facts);
}

/* PCI Code and ID Assignment: a bridge between PCI buses. The kernel looks behind it without one;
 * what drives it is for its own events, such as hotplug. */
static bool is_bridge(const char *alias)
{
	return strncmp(alias, "pci:", 4) == 0 && strstr(alias, "bc06sc04");
}

/* The modules that drive the device in the folder @path: the one that does, and those that could.
 */
static struct error *add_driver(
	const char *path, struct module_files *files, struct start_facts *facts)
{
	_cleanup_blob_ struct blob names = {0};
	char name[PATH_MAX + 32], buffer[PATH_MAX], what[256], alias[LINE_ROOM];
	const char *module;

	snprintf(name, sizeof(name), "%s/driver", path);
	snprintf(what, sizeof(what), "the driver %.128s", link_name(name, buffer));
	if (access(name, F_OK) < 0)
		return NULL;
	snprintf(name, sizeof(name), "%s/driver/module", path);
	module = link_name(name, buffer);
	if (*module) {
		TRY(blob_append(&names, "\n", 1));
		TRY(blob_append(&names, module, strlen(module)));
		TRY(blob_append(&names, "\n", 1));
	}
	read_line(path, "modalias", alias);
	if (is_bridge(alias))
		return NULL;
	if (*alias)
		TRY(module_files_by_alias(files, alias, &names));
	return root_add_need(files, &names, what, facts);
}

static struct error *add_chain(const char *root, const char *device, struct module_files *files,
	unsigned int depth, struct start_facts *facts);

/* A volume's own devices: of LVM, encryption, RAID. */
static struct error *add_slaves(const char *root, const char *path, struct module_files *files,
	unsigned int depth, struct start_facts *facts)
{
	char folder[PATH_MAX + 32];
	struct error *error = NULL;
	DIR *directory;

	snprintf(folder, sizeof(folder), "%s/slaves", path);
	directory = opendir(folder);
	if (!directory)
		return NULL;
	for (struct dirent *entry = readdir(directory); entry && !error; entry = readdir(directory))
		if (entry->d_name[0] != '.')
			error = add_chain(root, entry->d_name, files, depth + 1, facts);
	closedir(directory);
	return error;
}

static struct error *add_chain(const char *root, const char *device, struct module_files *files,
	unsigned int depth, struct start_facts *facts)
{
	enum { DEPTH_MAX = 8 };
	char path[PATH_MAX], link[PATH_MAX], top[PATH_MAX];

	if (depth == DEPTH_MAX ||
		snprintf(link, sizeof(link), "%s/sys/class/block/%s", root, device) >=
			(int)sizeof(link) ||
		snprintf(top, sizeof(top), "%s/sys/devices", root) >= (int)sizeof(top) ||
		!realpath(link, path) || !realpath(top, link))
		return NULL;
	while (strncmp(path, link, strlen(link)) == 0 && path[strlen(link)] == '/') {
		TRY(add_driver(path, files, facts));
		TRY(add_volume(path, files, facts));
		TRY(add_slaves(root, path, files, depth, facts));
		*strrchr(path, '/') = '\0';
	}
	return NULL;
}

struct error *root_add_drivers(
	const char *root, const char *device, struct module_files *files, struct start_facts *facts)
{
	return add_chain(root, device, files, 0, facts);
}
