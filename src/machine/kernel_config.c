/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The running kernel's configuration, where a distribution leaves it. It has thousands of lines, of
 * which few matter; so they are read in one place: a file of a source is read once, and what a
 * second reader wanted of it would not be there.
 */
#include "machine/facts.h"

#include <stdio.h>
#include <string.h>

/* What read_added_words() and read_ima() look at. */
static const char *const wanted[] = {
	"CONFIG_CMDLINE", "CONFIG_BOOT_CONFIG", "CONFIG_IMA_KEXEC", NULL};

struct error *kernel_config_read(
	struct source *source, const struct machine *machine, bool *ret_found, struct bytes *ret)
{
	static const char *const places[] = {"lib/modules/%s/config", "boot/config-%s"};

	TRY(source_file_lines(source, "proc/config.gz", wanted, ret_found, ret));
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && !*ret_found; i++) {
		char path[256];

		/* A release is a part of paths: it has no slash. */
		if (!machine->release || strchr(machine->release, '/'))
			return NULL;
		snprintf(path, sizeof(path), places[i], machine->release);
		TRY(source_file_lines(source, path, wanted, ret_found, ret));
	}
	return NULL;
}
