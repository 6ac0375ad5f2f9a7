/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mailbox: a page of ordinary memory through which the old system's user space tells purgatory
 * what happens after the load. Segments cannot be written to any more by then, and the reboot call
 * comes from another process, often much later.
 *
 * The page's physical address and a nonce are put into purgatory's parameters at the load. Nothing
 * keeps the kernel from moving the page to another frame, so purgatory believes only what carries
 * the magic and this very nonce; anything else leaves the times unknown. handoff/mailbox.h makes
 * and fills it. Freestanding; little-endian, naturally aligned, no padding.
 */
#ifndef BATON_BASE_HANDOFF_MAILBOX_H
#define BATON_BASE_HANDOFF_MAILBOX_H

#include <stdint.h>

/** "btonmbx1" in memory order; another layout gets another digit. */
#define HANDOFF_MAILBOX_MAGIC UINT64_C(0x3178626d6e6f7462)

enum { HANDOFF_MAILBOX_SIZE = 4096 }; /* a page */

struct handoff_mailbox {
	uint64_t magic;
	uint64_t nonce; /* of the load that it belongs to */
	/* The CPU's counter at these stages of enum handoff_stage; 0: not known. */
	uint64_t command;
	uint64_t loaded;
	uint64_t reboot_call;
	uint64_t loaded_before; /* not 0: loaded before the command was given */
	/* For user space alone. */
	uint64_t address;  /* physical, when it was loaded */
	uint64_t asked_at; /* CLOCK_BOOTTIME, ns: the init system was asked to end the system */
};

_Static_assert(sizeof(struct handoff_mailbox) == 64, "no padding");

#endif
