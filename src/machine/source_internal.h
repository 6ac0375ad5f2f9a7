/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the halves of a source share: the members that were read, and the live system behind them.
 */
#ifndef BATON_MACHINE_SOURCE_INTERNAL_H
#define BATON_MACHINE_SOURCE_INTERNAL_H

#include "machine/source.h"

#define SOURCE_VERSION_PATH	"baton-machine"
#define SOURCE_VERSION_CONTENTS "version 1\n"

enum {
	SOURCE_FILE_LIMIT = 64 << 20,	/* bytes of one file or table */
	SOURCE_TOTAL_LIMIT = 256 << 20, /* bytes of a record, unpacked */
	SOURCE_MEMBERS_LIMIT = 1024,	/* files, directories and tables of one source */
	SOURCE_ENTRIES_LIMIT = 1 << 16, /* entries of one table */
	SOURCE_VALUE_LIMIT = 4096,	/* bytes of one value of a table: sysfs' own limit */
	SOURCE_MEMORY_LIMIT = 4096,	/* bytes of physical memory at a time */
};

/** Something that was looked for. */
struct member {
	char *path; /* as in the record, ".table" included */
	bool found;
	bool directory;
	struct bytes contents; /* with a NUL after it, inside `owned` or the source's archive */
	struct blob owned;     /* empty for a view into the archive */
};

struct source {
	bool record;	     /* answers from `members` alone */
	bool live;	     /* the root is "/" */
	int root_fd;	     /* of a live system; -1 for a record */
	struct blob archive; /* of a record, unpacked */
	struct member *members;
	size_t count, capacity;
	uint64_t total; /* bytes in all members */
};

struct source *source_new(void);
/** The latest file (or table), or directory, of this path; NULL if it was never looked for. */
struct member *source_find(const struct source *source, const char *path, bool directory);
/** Append a member, taking over the contents of @owned when it is not NULL. */
struct error *source_add(
	struct source *source, const char *path, const struct member *like, struct blob *owned);

/* The live system (source_live.c); false in @ret_found for whatever cannot be opened and read. */
struct error *live_read_file(int root_fd, const char *path, uint64_t limit, bool truncate,
	bool *ret_found, struct blob *ret);
struct error *live_read_table(int root_fd, const char *path, const char *const *columns,
	bool *ret_found, struct blob *ret);
struct error *live_read_memory(
	int root_fd, uint64_t address, uint64_t size, bool *ret_found, struct blob *ret);
bool live_has_directory(int root_fd, const char *path);

#endif
