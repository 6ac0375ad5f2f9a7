/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every kernel in /boot, and not just the one that is started by default. */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "entry/entry.h"

/* strverscmp(3) knows that 6.12 comes after 6.1. */
static int newest_first(const void *a, const void *b)
{
	return strverscmp(*(char *const *)b, *(char *const *)a);
}

static struct error *copy(
	const glob_t *found, unsigned int most, char ***ret, unsigned int *ret_count)
{
	*ret = calloc(most, sizeof(**ret));
	if (!*ret)
		return error_no_memory();
	for (size_t i = 0; i < found->gl_pathc && *ret_count < most; i++) {
		(*ret)[*ret_count] = strdup(found->gl_pathv[i]);
		if (!(*ret)[(*ret_count)++])
			return error_no_memory();
	}
	return NULL;
}

struct error *boot_entry_installed(
	const char *root, unsigned int most, char ***ret, unsigned int *ret_count)
{
	struct error *error = NULL;
	glob_t found = {0};
	char *pattern;

	*ret = NULL;
	*ret_count = 0;
	if (asprintf(&pattern, "%s/boot/vmlinuz-*", strcmp(root, "/") == 0 ? "" : root) < 0)
		return error_no_memory();
	if (glob(pattern, 0, NULL, &found) == 0) {
		qsort(found.gl_pathv, found.gl_pathc, sizeof(*found.gl_pathv), newest_first);
		error = copy(&found, most, ret, ret_count);
	}
	globfree(&found);
	free(pattern);
	return error;
}
