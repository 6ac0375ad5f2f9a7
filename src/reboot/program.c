/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reboot/program.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

/* With /usr merged two of them are one; without, Debian has systemctl in /bin. */
const struct program program_shutdown = {
	"shutdown", {"/sbin/shutdown", "/usr/sbin/shutdown", "/bin/shutdown", "/usr/bin/shutdown"}};
const struct program program_systemctl = {"systemctl", {"/usr/bin/systemctl", "/bin/systemctl"}};
const struct program program_busctl = {"busctl", {"/usr/bin/busctl", "/bin/busctl"}};

static bool can_run(const char *root, const char *path)
{
	char whole[PATH_MAX];
	struct stat status;

	return snprintf(whole, sizeof(whole), "%s%s", root, path) < (int)sizeof(whole) &&
	       stat(whole, &status) == 0 && S_ISREG(status.st_mode) && access(whole, X_OK) == 0;
}

/* Folders that are not absolute are passed over: what lies there is not the system's. */
static bool find_on_path(const char *root, const char *name, struct program_path *ret)
{
	const char *folder = getenv("PATH");

	while (folder && *folder) {
		int length = (int)strcspn(folder, ":");

		if (*folder == '/' &&
			snprintf(ret->text, sizeof(ret->text), "%.*s/%s", length, folder, name) <
				(int)sizeof(ret->text) &&
			can_run(root, ret->text))
			return true;
		folder += length + (folder[length] == ':');
	}
	return false;
}

struct error *program_find(
	const char *root, const struct program *program, struct program_path *ret)
{
	char places[256] = "";
	size_t used = 0;

	for (int i = 0; i < PROGRAM_PLACES && program->places[i]; i++) {
		snprintf(ret->text, sizeof(ret->text), "%s", program->places[i]);
		if (can_run(root, ret->text))
			return NULL;
		used += (size_t)snprintf(
			places + used, sizeof(places) - used, "%s, ", program->places[i]);
	}
	if (find_on_path(root, program->name, ret))
		return NULL;
	return error_system(ENOENT, "%s: neither %snor on PATH", program->name, places);
}
