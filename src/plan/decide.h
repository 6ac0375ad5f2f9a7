/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The first step of a plan: everything that needs neither what is packed in the files nor an
 * address. It is done once, and the steps that follow ask its result.
 */
#ifndef BATON_PLAN_DECIDE_H
#define BATON_PLAN_DECIDE_H

#include <stdbool.h>

struct decision;
struct error;
struct question;

/**
 * Decide which call loads, what the new command line is, and whether the kernel may be entered past
 * its decompressor. A pure function, which looks at no more of the files than their headers and
 * their ends.
 *
 * @param ret  freed with decision_deinit(); borrows nothing but static text
 * Errors: everything that a plan would be refused for and that is known by then: what the options
 * contradict (ERROR_USAGE), what this machine and its policy allow (ERROR_UNSUPPORTED,
 * ERROR_NOT_PERMITTED), what the kernel can be entered by, a command line that is too long.
 */
struct error *decide(const struct question *question, struct decision *ret);

/**
 * The command line anew, and what hangs on it: once the initrds are open, if they end in a boot
 * configuration, whose words the new kernel adds by itself (initrd_ends_in_bootconfig()). So the
 * rest can be decided before anybody looks at them. After an error @decision is to be freed.
 */
struct error *decide_line(const struct question *question, struct decision *decision);

/**
 * Where the plan is to be made real: what the running system is known to answer to it. Kexec is
 * disabled, its limit is used up, no memory is reserved for a crash kernel.
 */
struct error *decision_check(const struct question *question, const struct decision *decision);

/** May a bzImage be unpacked, as far as the request and the method say: for its sake, or for a
 * look? */
bool decision_can_unpack(const struct question *question, const struct decision *decision);

/** Is the kernel proper inside the bzImage wanted, to be entered directly? */
bool decision_wants_payload(const struct question *question, const struct decision *decision);

/**
 * True if the kernel will be given the initrds' files and nothing has to be done with what is in
 * them: then they stay as initrd_open() leaves them, as their bytes would only take memory.
 */
bool decision_leaves_files(const struct question *question, const struct decision *decision);

#endif
