/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "entry/entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/*
 * Order of belief. A boot loader's own configuration, once it can be read, goes before the links,
 * because it is what firmware would have started; the links before the running release, because
 * after an upgrade one reboots to get the newer kernel.
 */
static const struct entry_source *const entry_sources[] = {
	&entry_source_root_link,
	&entry_source_boot_link,
	&entry_source_running_release,
};

void entry_deinit(struct entry *entry)
{
	free(entry->origin);
	free(entry->kernel);
	free(entry->command_line);
	for (unsigned int i = 0; i < entry->initrd_count; i++)
		free(entry->initrds[i]);
	*entry = (struct entry){0};
}

static struct error *nothing_found(const char *release)
{
	char places[512] = "";
	size_t used = 0;

	for (size_t i = 0; i < sizeof(entry_sources) / sizeof(entry_sources[0]); i++) {
		int length = snprintf(places + used, sizeof(places) - used, "%s%s", i ? ", " : "",
			entry_sources[i]->looked_for);

		if (length > 0 && (size_t)length < sizeof(places) - used)
			used += (size_t)length;
	}
	return error_new(ERROR_OTHER,
		"no kernel found: looked for %s (running release: %s); name a kernel and its initrd, as "
		"in /boot/vmlinuz-VERSION --initrd=/boot/initrd.img-VERSION",
		places, release ? release : "unknown");
}

struct error *entry_find_default(const char *root, const char *release, struct entry *ret)
{
	*ret = (struct entry){0};
	for (size_t i = 0; i < sizeof(entry_sources) / sizeof(entry_sources[0]); i++) {
		struct error *error = entry_sources[i]->find_default(root, release, ret);

		if (error) {
			entry_deinit(ret);
			return error;
		}
		if (ret->kernel) {
			ret->source = entry_sources[i]->name;
			return NULL;
		}
	}
	return nothing_found(release);
}
