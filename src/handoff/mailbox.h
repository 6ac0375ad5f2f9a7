/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mailbox (wire/handoff.h) on the old system's side: a page of memory that outlives the
 * process that loads, so that whoever makes the reboot call can still write into it.
 *
 * Two homes, the better one first:
 * - a BPF array map pinned to /sys/fs/bpf/baton-mailbox. Its memory is the kernel's own, which is
 *   never swapped out nor moved, so it stays where purgatory looks for it.
 * - a file in memory, /run/baton/mailbox. The kernel may swap its page out or move it, most likely
 *   when much time passes between load and reboot; then purgatory does not find it.
 *
 * The ledger is no reason to fail: without a mailbox everything works, and the old system's times
 * are unknown. Every function here takes the folder that stands for "/".
 */
#ifndef BATON_HANDOFF_MAILBOX_H
#define BATON_HANDOFF_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/handoff.h"

struct error;
struct handoff_calls;
struct mailbox_home;

/** A mailbox for a load that is being prepared; zeroed: none. */
struct mailbox {
	struct handoff_mailbox *page;	 /* mapped and locked; NULL: none */
	uint64_t address;		 /* physical */
	uint64_t nonce;			 /* random */
	const struct mailbox_home *home; /* where it lies, under a temporary name */
	char root[256];
	const char *why; /* static: why there is none */
};

/**
 * Make a mailbox for the load to come. What was loaded before keeps its own.
 * @param ret  freed with mailbox_deinit(); without a page, and with the reason, if there is none
 */
void mailbox_make(const struct handoff_calls *calls, const char *root, struct mailbox *ret);

/**
 * The load succeeded. If purgatory knows of it (@used), note the time and put it into the place of
 * the former one; else there is none for what is loaded now. Fails (ERROR_SYSTEM) if it could not
 * be put there: then the old system's times will be unknown.
 */
struct error *mailbox_keep(struct mailbox *mailbox, bool used);

/** Unmap; and remove it, if it was not kept. */
void mailbox_deinit(struct mailbox *mailbox);

/** What is loaded now, if anything, has no mailbox. */
void mailbox_remove(const char *root);

/*
 * The marks. Without a mailbox they do nothing. They fail only if its page is no longer where
 * purgatory will look (ERROR_OTHER): then the times will be unknown.
 */

/**
 * The command that ends this system was given when the counter showed @counter.
 * @param just_loaded  it loaded the kernel as well; else that lay in memory before
 */
struct error *mailbox_mark_command(
	const struct handoff_calls *calls, const char *root, uint64_t counter, bool just_loaded);

/**
 * The init system begins to end this system. That is the command, unless baton gave it: which it
 * did if it asked for it within the last minute.
 */
struct error *mailbox_mark_shutdown(
	const struct handoff_calls *calls, const char *root, uint64_t counter);

/** baton is about to ask the init system to end this system. */
struct error *mailbox_mark_asked(const struct handoff_calls *calls, const char *root);

/** The old kernel's reboot call comes now. */
struct error *mailbox_mark_reboot_call(const struct handoff_calls *calls, const char *root);

#endif
