/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The initrd that belongs to a kernel, by name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "entry/entry.h"

/* What kernels are called. The rest of the name, if any, is the version. */
static const char *const kernel_prefixes[] = {"vmlinuz", "vmlinux", "bzImage", "kernel", "linux"};

/* What their initrds are called; %s is "-VERSION", ".old" or nothing. */
static const char *const initrd_names[] = {
	"initrd.img%s",	   /* Debian and Ubuntu */
	"initramfs%s.img", /* Fedora, Arch */
	"initrd%s",	   /* SUSE */
	"initramfs%s",	   /* Alpine */
};

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

struct error *entry_initrd_beside(const char *kernel, char **ret)
{
	const char *slash = strrchr(kernel, '/');
	const char *name = slash ? slash + 1 : kernel;
	const char *version = version_part(name);

	*ret = NULL;
	if (!version)
		return NULL;
	for (size_t i = 0; i < sizeof(initrd_names) / sizeof(initrd_names[0]); i++) {
		char file[512];
		struct stat status;
		char *path;

		snprintf(file, sizeof(file), initrd_names[i], version);
		if (asprintf(&path, "%.*s%s", (int)(name - kernel), kernel, file) < 0)
			return error_no_memory();
		if (stat(path, &status) == 0 && S_ISREG(status.st_mode)) {
			*ret = path;
			return NULL;
		}
		free(path);
	}
	return NULL;
}
