/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A folder that stands for the root of a machine, with the files a test gives it. */
#ifndef BATON_TESTS_UNIT_FAKE_ROOT_H
#define BATON_TESTS_UNIT_FAKE_ROOT_H

#include "test.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct fake_root {
	char path[64];
};

static inline struct fake_root fake_root_make(void)
{
	struct fake_root root = {"/tmp/baton-test-XXXXXX"};

	if (!mkdtemp(root.path))
		fail_msg("cannot make %s", root.path);
	return root;
}

static inline int fake_root_remove_one(
	const char *path, const struct stat *status, int flag, struct FTW *place)
{
	(void)status;
	(void)flag;
	(void)place;
	return remove(path);
}

static inline void fake_root_remove(struct fake_root *root)
{
	if (root->path[0])
		nftw(root->path, fake_root_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
#define _cleanup_fake_root_ __attribute__((cleanup(fake_root_remove)))

/** The path of @name below the root, in a static buffer that the next call reuses. */
static inline const char *fake_root_path(const struct fake_root *root, const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", root->path, name);
	return path;
}

/** Make the folders that lead to @name. */
static inline void fake_root_folders(const struct fake_root *root, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", root->path, name);
	for (char *slash = strchr(path + strlen(root->path) + 1, '/'); slash;
		slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
}

static inline void fake_root_write(
	const struct fake_root *root, const char *name, const void *data, size_t size)
{
	FILE *file;

	fake_root_folders(root, name);
	file = fopen(fake_root_path(root, name), "wb");
	if (!file)
		fail_msg("cannot write %s", name);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static inline void fake_root_text(const struct fake_root *root, const char *name, const char *text)
{
	fake_root_write(root, name, text, strlen(text));
}

#endif
