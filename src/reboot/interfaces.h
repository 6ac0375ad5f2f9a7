/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel's list of network interfaces says (rtnetlink(7)). */
#ifndef BATON_REBOOT_INTERFACES_H
#define BATON_REBOOT_INTERFACES_H

#include <stdbool.h>

#include "base/bytes.h"

enum { INTERFACES_MAX = 4096 };

struct interfaces {
	int indices[INTERFACES_MAX]; /* of those that are up, but the loopback */
	unsigned int count;
	bool complete; /* the kernel said that this was all */
	int failed;    /* errno */
};

/** Add those in a part of the answer; @answer is aligned for a struct nlmsghdr. */
void interfaces_add(struct bytes answer, struct interfaces *list);

#endif
