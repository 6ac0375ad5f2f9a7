/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Collect the ledger of the running system's own start: what kind of boot it was, and when each of
 * its events happened, on the axis of the kernel's own clock. docs/ledger.md tells who writes each
 * time stamp, how it travels, and what can be unknown.
 */
#ifndef BATON_LEDGER_COLLECT_H
#define BATON_LEDGER_COLLECT_H

#include "ledger/clocks.h"
#include "ledger/ledger.h"

struct blob;
struct error;
struct machine;
struct source;

/** What cannot be read from files. A member that is NULL cannot be asked, and is "unknown". */
struct ledger_system {
	struct error *(*clocks)(struct ledger_clocks *ret);
	/** The counter's frequency in Hz, measured; takes some 50 ms. */
	struct error *(*measure_counter)(uint64_t *ret_hz);
	/** Everything that /dev/kmsg still has, record after record as it gives them. */
	struct error *(*kernel_log)(struct blob *ret);
	/** Run a program found on PATH; what it printed, and an error if it did not exit with 0. */
	struct error *(*run)(const char *const argv[], struct blob *ret_output);
};

/** The running system. */
extern const struct ledger_system ledger_system_live;

/**
 * Collect what is known of the start of the system that @source and @machine describe.
 *
 * @param ret  plain data, nothing to free; its `firmware` stays zero, machine/boot_times.h fills it
 * What cannot be known is no error: it is unknown, with the reason. An error is out of memory.
 */
struct error *ledger_collect(struct source *source, const struct machine *machine,
	const struct ledger_system *system, struct ledger_boot *ret);

#endif
