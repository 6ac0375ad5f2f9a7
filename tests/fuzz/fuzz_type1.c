/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entries of the Boot Loader Specification: the first line is the file's name; and versions. */
#include "base/error.h"
#include "grub/rpm_version.h"
#include "loader/type1.h"
#include "loader/version_order.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare(const char *a, const char *b)
{
	if (version_order(a, b) != -version_order(b, a) || version_order(a, a) != 0 ||
		rpm_version_compare(a, a) != 0 || rpm_package_compare(a, a) != 0)
		abort();
	rpm_package_compare(a, b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_loader_entries_ struct loader_entries entries = {0};
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	struct loader_entry *entry;
	char root[] = "";
	struct tree tree = {.root = root};
	struct error *error;
	char *name;

	if (!end || end - data > 255)
		return -1;
	name = strndup((const char *)data, (size_t)(end - data));
	error = loader_entries_add(&entries, &entry);
	if (!error)
		error = type1_read(&tree, "/nonexistent", name,
			bytes_of(end + 1, size - (size_t)(end + 1 - data)), entry);
	if (error ? error_code(error) != ERROR_LIMIT
		  : !entry->id || !entry->title || !entry->command_line)
		abort();
	if (!error)
		compare(entry->id, entry->title);
	error_free(error);
	free(name);
	return 0;
}
