/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Take the network interfaces down, so that no card writes a late packet into memory that the next
 * kernel already uses, and so that the other end sees the link go.
 *
 * Through rtnetlink(7), which every kernel with networking has; the older ioctl needs a socket of a
 * protocol such as INET, which a kernel may be built without.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/error.h"
#include "reboot/interfaces.h"
#include "reboot/reboot.h"

/* The kernel answers at once; and if not, that is no reason to stay. */
enum { ANSWER_SECONDS = 2, ANSWER_SIZE = 32768 };

struct request {
	struct nlmsghdr header;
	struct ifinfomsg link;
};

static bool send_request(int fd, uint16_t type, uint16_t flags, struct ifinfomsg link)
{
	struct request request = {
		.header = {.nlmsg_len = sizeof(request),
			.nlmsg_type = type,
			.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
			.nlmsg_seq = link.ifi_index ? (uint32_t)link.ifi_index : 0},
		.link = link,
	};

	return send(fd, &request, sizeof(request), 0) == (ssize_t)sizeof(request);
}

void interfaces_add(struct bytes answer, struct interfaces *list)
{
	const struct nlmsghdr *message = (const void *)answer.data;
	size_t left = answer.size;

	for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
		const struct nlmsgerr *failed = NLMSG_DATA(message);
		const struct ifinfomsg *link = NLMSG_DATA(message);

		if (message->nlmsg_type == NLMSG_DONE)
			list->complete = true;
		if (message->nlmsg_type == NLMSG_ERROR &&
			message->nlmsg_len >= NLMSG_LENGTH(sizeof(*failed))) {
			list->failed = -failed->error;
			list->complete = true;
		}
		if (message->nlmsg_type != RTM_NEWLINK ||
			message->nlmsg_len < NLMSG_LENGTH(sizeof(*link)) ||
			(link->ifi_flags & IFF_LOOPBACK) || !(link->ifi_flags & IFF_UP))
			continue;
		if (list->count < INTERFACES_MAX)
			list->indices[list->count++] = link->ifi_index;
		else
			list->failed = ENOBUFS;
	}
}

/* Receive until @list is complete; 0 or a positive errno. */
static int receive_into(int fd, uint8_t *buffer, struct interfaces *list)
{
	while (!list->complete) {
		ssize_t got = recv(fd, buffer, ANSWER_SIZE, MSG_TRUNC);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? errno : EIO;
		if ((size_t)got > ANSWER_SIZE)
			return EMSGSIZE;
		interfaces_add(bytes_of(buffer, (uint64_t)got), list);
	}
	return list->failed;
}

static int receive(int fd, struct interfaces *list)
{
	uint8_t *buffer = malloc(ANSWER_SIZE);
	int failed = buffer ? receive_into(fd, buffer, list) : ENOMEM;

	free(buffer);
	return failed;
}

/** 0 or a positive errno. */
static int interface_down(int fd, int index)
{
	struct interfaces answer = {0};

	/* What is not in ifi_change stays as it is. */
	if (!send_request(fd, RTM_NEWLINK, NLM_F_ACK,
		    (struct ifinfomsg){.ifi_index = index, .ifi_change = IFF_UP}))
		return errno;
	return receive(fd, &answer);
}

static struct error *take_down(int fd, struct interfaces *list)
{
	struct timeval patience = {.tv_sec = ANSWER_SECONDS};
	struct error *first = NULL;
	char name[IF_NAMESIZE];
	int failed;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (!send_request(fd, RTM_GETLINK, NLM_F_DUMP, (struct ifinfomsg){0}))
		return error_system(errno, "rtnetlink");
	failed = receive(fd, list);
	if (failed)
		first = error_system(failed, "rtnetlink: the network interfaces cannot be listed");
	for (unsigned int i = 0; i < list->count; i++) {
		failed = interface_down(fd, list->indices[i]);
		if (failed && failed != ENODEV && !first)
			first = error_system(failed, "%s: cannot take the network interface down",
				if_indextoname((unsigned int)list->indices[i], name) ? name : "?");
	}
	return first;
}

static struct error *down(int fd)
{
	struct interfaces *list = calloc(1, sizeof(*list));
	struct error *error = list ? take_down(fd, list) : error_no_memory();

	free(list);
	return error;
}

/* A kernel without networking has nothing to take down. */
static bool has_interfaces(void)
{
	return access("/sys/class/net", F_OK) == 0 || access("/proc/net/dev", F_OK) == 0;
}

struct error *reboot_interfaces_down(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int failed = errno;
	struct error *error;

	if (fd < 0 && !has_interfaces())
		return NULL;
	if (fd < 0)
		return error_system(failed,
			"network interfaces stay up, and a card may write into the next kernel's memory: "
			"rtnetlink");
	error = down(fd);
	close(fd);
	return error;
}
