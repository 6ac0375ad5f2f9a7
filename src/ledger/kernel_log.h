/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel's log says of its start. */
#ifndef BATON_LEDGER_KERNEL_LOG_H
#define BATON_LEDGER_KERNEL_LOG_H

#include "base/bytes.h"

struct kernel_log {
	bool whole; /* it still has its first record */
	bool first_program_known;
	int64_t first_program_ns;      /* by the kernel's clock, in whole microseconds */
	bool first_program_is_initrds; /* it is /init, which the kernel looks for there alone */
	/*
	 * The kernel's clock starts at 0, and is corrected while the kernel starts: it follows
	 * another clock until it is found to be stable, and goes on from there. By its later
	 * reckoning it started at this value.
	 */
	bool start_known;
	int64_t start_ns;
	uint64_t counter_hz; /* what the kernel takes for the TSC's frequency; 0 not known */
};

/**
 * Read the records of /dev/kmsg (Documentation/ABI/testing/dev-kmsg): a line "PRIORITY,SEQUENCE,
 * MICROSECONDS,FLAGS…;MESSAGE", and lines that begin with a blank, which belong to the one before.
 * Only the kernel's own messages count; anything may be in the rest.
 */
struct kernel_log kernel_log_read(struct bytes records);

#endif
