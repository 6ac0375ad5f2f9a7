/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * udev's database (/run/udev/data/bMAJOR:MINOR, whose lines E:NAME=VALUE are systemd's, device-db)
 * and sysfs; the names are those of GRUB's manual, "Device syntax".
 */
#include "loader/device_names.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "loader/text.h"

enum { TEXT_MAX = 512 };

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}
#define _cleanup_file_ __attribute__((cleanup(close_file)))

static FILE *open_below(const struct tree *tree, const char *path)
{
	char real[PATH_MAX];

	return tree_real_path(tree, path, real, sizeof(real)) ? fopen(real, "re") : NULL;
}

/* A value of udev's database for a block device, "E:NAME=VALUE"; false: there is none. */
static bool udev_value(
	const struct tree *tree, const char *device, const char *name, char ret[static TEXT_MAX])
{
	char path[64], line[TEXT_MAX + 128];
	size_t length = strlen(name);
	bool found = false;

	snprintf(path, sizeof(path), "/run/udev/data/b%s", device);
	_cleanup_file_ FILE *file = open_below(tree, path);

	while (file && !found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		found = strncmp(line, "E:", 2) == 0 && strncmp(line + 2, name, length) == 0 &&
			line[2 + length] == '=';
		if (found)
			snprintf(ret, TEXT_MAX, "%.*s", TEXT_MAX - 1, line + 3 + length);
	}
	return found;
}

static struct error *copy_udev_value(
	const struct tree *tree, const char *device, const char *name, char **ret)
{
	char value[TEXT_MAX];

	return udev_value(tree, device, name, value) ? text_copy(value, ret) : NULL;
}

/* One line of a file of sysfs. */
static bool sysfs_value(
	const struct tree *tree, const char *device, const char *name, char ret[static TEXT_MAX])
{
	char path[512];

	snprintf(path, sizeof(path), "/sys/dev/block/%s/%s", device, name);
	_cleanup_file_ FILE *file = open_below(tree, path);

	if (!file || !fgets(ret, TEXT_MAX, file))
		return false;
	ret[strcspn(ret, "\n")] = '\0';
	return true;
}

/*
 * MAJOR:MINOR of the device that a file system is on. mountinfo's own is btrfs' invention, so it is
 * the source's that counts.
 */
static bool device_number(
	const struct tree *tree, const struct tree_mount *mount, char ret[static TEXT_MAX])
{
	char path[PATH_MAX], link[PATH_MAX];
	const char *name = strrchr(mount->source, '/');
	ssize_t length;

	if (strncmp(mount->source, "/dev/", 5) != 0)
		return false;
	/* /dev/mapper/vg-root is a link to ../dm-0. */
	if (tree_real_path(tree, mount->source, path, sizeof(path)) &&
		(length = readlink(path, link, sizeof(link) - 1)) > 0) {
		link[length] = '\0';
		name = strrchr(link, '/') ? strrchr(link, '/') : link;
	}
	name += *name == '/';
	if (snprintf(path, sizeof(path), "/sys/class/block/%s/dev", name) >= (int)sizeof(path))
		return false;
	_cleanup_file_ FILE *file = open_below(tree, path);

	if (!file || !fgets(ret, TEXT_MAX, file))
		return false;
	ret[strcspn(ret, "\n")] = '\0';
	return true;
}

/* A partition of a disk; which disk is GRUB's hd0 is settled when all are known. */
static struct error *name_partition(
	const struct tree *tree, const char *device, struct tree_mount *mount)
{
	char scheme[TEXT_MAX], number[TEXT_MAX], disk[TEXT_MAX];

	if (!sysfs_value(tree, device, "partition", number) ||
		!sysfs_value(tree, device, "../dev", disk))
		return NULL;
	if (!udev_value(tree, device, "ID_PART_ENTRY_SCHEME", scheme))
		strcpy(scheme, "gpt");
	return text_print(&mount->name, "%s,%s%s", disk,
		strcmp(scheme, "dos") == 0 ? "msdos" : "gpt", number);
}

/* Dashes of a UUID are left out; so much of it there is. */
static void without_dashes(const char *text, char *ret, size_t size)
{
	size_t used = 0;

	for (; *text && used + 1 < size; text++)
		if (*text != '-')
			ret[used++] = *text;
	ret[used] = '\0';
}

/* dm/uuid: "LVM-" and two UUIDs of 32 letters, or "CRYPT-LUKS2-UUID-NAME". */
static struct error *name_mapped(
	const struct tree *tree, const char *device, struct tree_mount *mount)
{
	char name[TEXT_MAX], uuid[TEXT_MAX], bare[TEXT_MAX];
	const char *luks;

	if (!sysfs_value(tree, device, "dm/uuid", uuid) ||
		!sysfs_value(tree, device, "dm/name", name))
		return NULL;
	if (strncmp(uuid, "LVM-", 4) == 0 && strlen(uuid) == 4 + 64) {
		TRY(text_print(&mount->name, "lvm/%s", name));
		return text_print(&mount->alias, "lvmid/%.32s/%.32s", uuid + 4, uuid + 36);
	}
	luks = strncmp(uuid, "CRYPT-LUKS", 10) == 0 ? strchr(uuid + 10, '-') : NULL;
	if (!luks)
		return NULL;
	without_dashes(luks + 1, bare, sizeof(bare));
	return text_print(&mount->name, "cryptouuid/%.32s", bare);
}

static struct error *name_array(
	const struct tree *tree, const char *device, struct tree_mount *mount)
{
	char uuid[TEXT_MAX], level[TEXT_MAX];
	const char *number = strstr(mount->source, "/dev/md");

	if (!sysfs_value(tree, device, "md/level", level))
		return NULL;
	if (number && isdigit((unsigned char)number[7]))
		TRY(text_print(&mount->name, "md/%s", number + 7));
	if (!udev_value(tree, device, "MD_UUID", uuid))
		return NULL;
	for (char *colon = uuid; (colon = strchr(colon, ':'));)
		memmove(colon, colon + 1, strlen(colon));
	return text_print(&mount->alias, "mduuid/%s", uuid);
}

struct error *device_names_add(const struct tree *tree, struct tree_mount *mount)
{
	char device[TEXT_MAX];

	if (!device_number(tree, mount, device))
		return NULL;
	TRY(copy_udev_value(tree, device, "ID_FS_UUID", &mount->uuid));
	TRY(copy_udev_value(tree, device, "ID_FS_LABEL", &mount->label));
	TRY(copy_udev_value(tree, device, "ID_PART_ENTRY_UUID", &mount->part_uuid));
	TRY(copy_udev_value(tree, device, "ID_PART_ENTRY_TYPE", &mount->part_type));
	TRY(name_partition(tree, device, mount));
	TRY(name_mapped(tree, device, mount));
	return name_array(tree, device, mount);
}

static bool is_on_disk(const struct tree_mount *mount, const char *disk, size_t length)
{
	return mount->name && strncmp(mount->name, disk, length) == 0 && mount->name[length] == ',';
}

static struct error *name_disk(struct tree *tree, const char *disk, unsigned int number)
{
	size_t length = strlen(disk);

	for (size_t i = 0; i < tree->count; i++) {
		struct tree_mount *mount = &tree->mounts[i];
		char partition[TEXT_MAX];

		if (!is_on_disk(mount, disk, length))
			continue;
		snprintf(partition, sizeof(partition), "%s", mount->name + length + 1);
		TRY(text_print(&mount->name, "hd%u,%s", number, partition));
	}
	return NULL;
}

/*
 * hd0 is the disk that the firmware started GRUB from: that of /boot, as a rule. The others'
 * numbers are the firmware's too, and a guess here: nothing but a name in a command line is made
 * of them, as devices are looked for by UUID.
 */
struct error *device_names_number_disks(struct tree *tree, const struct tree_mount *boot)
{
	char disk[TEXT_MAX];
	unsigned int next = 0;

	for (size_t i = 0; i <= tree->count; i++) {
		const struct tree_mount *mount = i ? &tree->mounts[i - 1] : boot;

		if (!mount->name || !isdigit((unsigned char)mount->name[0]))
			continue;
		snprintf(disk, sizeof(disk), "%.*s", (int)strcspn(mount->name, ","), mount->name);
		TRY(name_disk(tree, disk, next++));
	}
	return NULL;
}
