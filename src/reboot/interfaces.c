/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Take the network interfaces down, so that no card writes a late packet into memory that the next
 * kernel already uses, and so that the other end sees the link go.
 */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "reboot/reboot.h"

static void free_names(struct if_nameindex **names)
{
	if (*names)
		if_freenameindex(*names);
}

static void close_socket(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/** 0 or a positive errno. */
static int interface_down(int fd, const char *name)
{
	struct ifreq request = {0};

	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return errno;
	if ((request.ifr_flags & IFF_LOOPBACK) || !(request.ifr_flags & IFF_UP))
		return 0;
	request.ifr_flags = (short)(request.ifr_flags & ~IFF_UP);
	return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? errno : 0;
}

struct error *reboot_interfaces_down(void)
{
	__attribute__((cleanup(free_names))) struct if_nameindex *names = if_nameindex();
	__attribute__((cleanup(close_socket))) int fd =
		socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct error *first = NULL;

	/* A kernel without networking has nothing to take down. */
	if (!names || fd < 0)
		return NULL;
	for (struct if_nameindex *i = names; i->if_index || i->if_name; i++) {
		int failed = interface_down(fd, i->if_name);

		if (failed && !first)
			first = error_system(
				failed, "%s: cannot take the network interface down", i->if_name);
	}
	return first;
}
