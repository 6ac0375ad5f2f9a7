/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cpio archives as an initrd holds them: newc (Documentation/driver-api/early-userspace). */
#ifndef BATON_TESTS_UNIT_MAKE_ARCHIVE_H
#define BATON_TESTS_UNIT_MAKE_ARCHIVE_H

#include "test.h"

#include "base/blob.h"

/** One regular file, padded as cpio asks. */
static inline void add_file(struct blob *blob, const char *name, struct bytes contents)
{
	char header[111];

	snprintf(header, sizeof(header),
		"070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", 1, 0100644, 0, 0, 1,
		0, (unsigned int)contents.size, 0, 0, 0, 0, (unsigned int)strlen(name) + 1, 0);
	assert_ok(blob_append(blob, header, 110));
	assert_ok(blob_append(blob, name, strlen(name) + 1));
	assert_ok(blob_resize(blob, (blob->size + 3) & ~UINT64_C(3)));
	assert_ok(blob_append(blob, contents.data, contents.size));
	assert_ok(blob_resize(blob, (blob->size + 3) & ~UINT64_C(3)));
}

static inline void add_member(struct blob *blob, const char *name, const char *contents)
{
	add_file(blob, name, bytes_of(contents, strlen(contents)));
}

/** A whole archive of one file. */
static inline struct blob archive(const char *name, const char *contents)
{
	struct blob blob = {0};

	add_member(&blob, name, contents);
	add_member(&blob, "TRAILER!!!", "");
	return blob;
}

#endif
