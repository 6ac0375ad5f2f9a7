/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who does not want this system to go down now (systemd.io/INHIBITOR_LOCKS). */
#ifndef BATON_REBOOT_INHIBITORS_H
#define BATON_REBOOT_INHIBITORS_H

#include <stdbool.h>

#include "base/bytes.h"

struct error;

/**
 * Ask systemd-logind whether anybody inhibits the shutdown. systemctl asks too, but before systemd
 * 257 not for root, and only when the kernel is loaded.
 *
 * NULL if nobody does; that is also so where no D-Bus runs, as nobody can have asked for it then.
 * ERROR_OTHER with who and why for each. @warn takes over the error that it could not be asked.
 */
struct error *inhibitors_check(
	const char *root, void (*warn)(struct error *error, void *data), void *data);

/**
 * Is there anybody who does? Also true if nobody knows: for who goes ahead in any case, and has to
 * go another way then.
 */
bool inhibitors_are_there(const char *root);

/**
 * Those that block, in logind's answer as busctl prints it (--json=short ListInhibitors).
 * @param ret  who and why, in words, to be freed; NULL: nobody
 * ERROR_FORMAT, if the answer is something else.
 */
struct error *inhibitors_of(struct bytes json, char **ret);

#endif
