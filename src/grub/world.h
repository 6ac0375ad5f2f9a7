/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an interpreted configuration can see: devices with files on them, by the names that GRUB has
 * for both. This is the one way out of src/grub, so that a folder, or a test's own list of files,
 * can stand for a machine.
 */
#ifndef BATON_GRUB_WORLD_H
#define BATON_GRUB_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/blob.h"

struct error;

/** What `search` looks for. */
enum grub_search { GRUB_SEARCH_UUID, GRUB_SEARCH_LABEL, GRUB_SEARCH_FILE };

struct grub_file {
	bool there, is_folder;
	uint64_t size;
	int64_t modified; /* seconds since the epoch */
};

/**
 * Devices are named without their parentheses, "hd0,gpt2"; paths begin with a slash and are the
 * file system's own. Errors are of memory or of a bound only: what cannot be read is not there.
 */
struct grub_world {
	void *data;
	/** Is there such a device, with a file system that can be read? */
	bool (*has_device)(void *data, const char *device);
	/** The names of all devices: one a call, from @index 0 on; NULL behind the last. */
	const char *(*device)(void *data, unsigned int index);
	struct grub_file (*look)(void *data, const char *device, const char *path);
	/** Append the file to @ret. ERROR_LIMIT for one of more than @limit bytes. */
	struct error *(*read)(void *data, const char *device, const char *path, uint64_t limit,
		bool *ret_found, struct blob *ret);
	/** Call @add with each name in a folder, in any order; its error ends the list. */
	struct error *(*list)(void *data, const char *device, const char *path,
		struct error *(*add)(void *context, const char *name), void *context);
	/** The first device that has it, copied into @ret; false: none. */
	bool (*search)(void *data, enum grub_search kind, const char *key, char ret[static 256]);
	/** A file system's UUID, label, or the partition's UUID ("u", "l", "p"); NULL: not known.
	 */
	const char *(*identity)(void *data, const char *device, char which);
	/** Is there a setup that the firmware can be told to go to (EFI's OsIndications)? */
	bool has_firmware_setup;
	/** What `echo` prints, or NULL: nothing is. */
	void (*print)(void *data, const char *text);
};

#endif
