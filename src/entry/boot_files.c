/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kernels by their conventional names: the links that Debian's linux-image packages keep pointing
 * at the newest installed kernel (kernel-img.conf(5), do_symlinks), and the running kernel's own
 * file.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "entry/entry.h"

static bool is_file(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/** @root without its trailing slashes, and @path; false when out of memory. */
static bool below(const char *root, const char *path, char **ret)
{
	size_t length = strlen(root);

	while (length && root[length - 1] == '/')
		length--;
	return asprintf(ret, "%.*s%s", (int)length, root, path) >= 0;
}

/** The initrd of the kernel, by the name of the file that a link leads to; else what @link names.
 */
static struct error *add_initrd(const char *root, const char *link, struct boot_entry *entry)
{
	_cleanup_boot_entry_pair_ struct boot_entry_pair pair = {0};
	struct error *error;
	char *path = NULL;

	if (link && !below(root, link, &path))
		return error_no_memory();
	error = boot_entry_find_pair(entry->kernel, path, &pair);
	free(path);
	TRY(error);
	if (pair.initrd)
		entry->initrds[entry->initrd_count++] = pair.initrd;
	entry->why_no_initrd = pair.why;
	pair = (struct boot_entry_pair){0};
	return NULL;
}

static struct error *find_link(
	const char *root, const char *kernel_link, const char *initrd_link, struct boot_entry *ret)
{
	char *path = NULL;

	if (!below(root, kernel_link, &path))
		return error_no_memory();
	if (!is_file(path)) {
		free(path);
		return NULL;
	}
	ret->kernel = realpath(path, NULL);
	if (!ret->kernel) {
		free(path);
		return NULL;
	}
	int length = strcmp(path, ret->kernel) == 0
			     ? asprintf(&ret->origin, "the file %s", path)
			     : asprintf(&ret->origin, "the link %s to %s", path, ret->kernel);

	free(path);
	if (length < 0) {
		ret->origin = NULL;
		return error_no_memory();
	}
	return add_initrd(root, initrd_link, ret);
}

static struct error *find_root_link(const char *root, const char *release, struct boot_entry *ret)
{
	return find_link(root, "/vmlinuz", "/initrd.img", ret);
}

static struct error *find_boot_link(const char *root, const char *release, struct boot_entry *ret)
{
	return find_link(root, "/boot/vmlinuz", "/boot/initrd.img", ret);
}

static struct error *find_running_release(
	const char *root, const char *release, struct boot_entry *ret)
{
	char name[PATH_MAX];

	/* A release with a slash is not one; it could only come from a forged record. */
	if (!release || !*release || strchr(release, '/'))
		return NULL;
	if (snprintf(name, sizeof(name), "/boot/vmlinuz-%s", release) >= (int)sizeof(name))
		return NULL;
	TRY(find_link(root, name, NULL, ret));
	if (!ret->kernel)
		return NULL;
	free(ret->origin);
	if (asprintf(&ret->origin, "%s, the running kernel's own file", ret->kernel) < 0) {
		ret->origin = NULL;
		return error_no_memory();
	}
	return NULL;
}

const struct boot_entry_source boot_entry_source_root_link = {
	.name = "root-link",
	.looked_for = "/vmlinuz",
	.find_default = find_root_link,
};

const struct boot_entry_source boot_entry_source_boot_link = {
	.name = "boot-link",
	.looked_for = "/boot/vmlinuz",
	.find_default = find_boot_link,
};

const struct boot_entry_source boot_entry_source_running_release = {
	.name = "running-release",
	.looked_for = "/boot/vmlinuz-RELEASE of the running kernel",
	.find_default = find_running_release,
};
