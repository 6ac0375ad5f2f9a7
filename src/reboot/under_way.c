/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Does the init system end this system already? */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reboot/reboot.h"

/* What init systems leave in the environment of the scripts that end the system. */
static const struct {
	const char *variable, *value;
} signs[] = {
	{"RUNLEVEL", "0"}, /* sysvinit: init(8) */
	{"RUNLEVEL", "6"},
	{"RC_RUNLEVEL", "shutdown"}, /* OpenRC: openrc-run(8) */
	{"RC_RUNLEVEL", "reboot"},
};

/* systemd's first process becomes another program for this: systemd-shutdown(8). The kernel keeps
 * 15 bytes of the name. */
static bool is_systemd_shutdown(const char *root)
{
	static const char wanted[] = "systemd-shutdow\n";
	char path[4096], name[32];
	ssize_t got;
	int fd;

	if (snprintf(path, sizeof(path), "%s/proc/1/comm", root) >= (int)sizeof(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	got = read(fd, name, sizeof(name));
	close(fd);
	return got == sizeof(wanted) - 1 && memcmp(name, wanted, (size_t)got) == 0;
}

bool reboot_is_under_way(const struct reboot_system *system)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		const char *value = getenv(signs[i].variable);

		if (value && strcmp(value, signs[i].value) == 0)
			return true;
	}
	return is_systemd_shutdown(system->root);
}
