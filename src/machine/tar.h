/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * As much of the ustar archive format (POSIX.1-1988, "ustar Interchange Format") as a machine
 * record needs: files and directories, names of up to 255 bytes, sizes below 8 GiB.
 */
#ifndef BATON_MACHINE_TAR_H
#define BATON_MACHINE_TAR_H

#include "base/bytes.h"

#include <stdbool.h>

struct blob;
struct error;

enum {
	TAR_BLOCK = 512,
	TAR_PATH_MAX = 155 + 1 + 100, /* prefix, slash, name */
};

struct tar_member {
	char path[TAR_PATH_MAX + 1]; /* without the slash that ends a directory's name */
	bool directory;
	struct bytes contents; /* inside the archive */
};

/** Where in the archive the next header is. */
struct tar_reader {
	struct bytes archive;
	uint64_t offset;
};

/**
 * Read the next member.
 * @param ret_end  true at the archive's end mark (two blocks of zeros), with nothing in @ret
 * ERROR_FORMAT, naming the offset, for a missing end mark, a wrong checksum, a size past the end, a
 * path that is absolute or holds "..", and for links, devices and extension headers.
 */
struct error *tar_next(struct tar_reader *reader, bool *ret_end, struct tar_member *ret);

/** Append a member with mode 0644 (0755), no owner and no time: equal contents, equal archives. */
struct error *tar_append(
	struct blob *archive, const char *path, bool directory, struct bytes contents);
/** Append the end mark. */
struct error *tar_finish(struct blob *archive);

#endif
