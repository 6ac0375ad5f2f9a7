/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ledger's axis: ns since the start of the kernel's own clock, which its log uses too. How the
 * CPU's counter and CLOCK_MONOTONIC are brought to it; plain arithmetic.
 */
#ifndef BATON_LEDGER_AXIS_H
#define BATON_LEDGER_AXIS_H

#include "ledger/clocks.h"

/** The counter's frequency, and how wrong it can be. */
struct ledger_rate {
	uint64_t hz;	    /* 0: not known */
	uint64_t error_ppb; /* parts in 10^9 */
	const char *source; /* how the counter is brought to the axis by it; static */
};

struct ledger_axis {
	struct ledger_clocks now;
	struct ledger_rate rate;
	int64_t start_ns; /* the axis' zero by the kernel's clock (kernel_log.h); 0 if unknown */
};

/**
 * Is the axis known at all? The rate and the start are for the caller to add.
 * @param clocks  NULL if they could not be read
 * Returns NULL and fills in @ret, or a static sentence why not.
 */
const char *ledger_axis_init(const struct ledger_clocks *clocks, struct ledger_axis *ret);

/**
 * Bring a value of the counter, read on this machine since its power went on, to the axis. False
 * without the kernel's factors and without a rate. What no counter can have been since the power
 * went on comes out as INT64_MIN or INT64_MAX.
 * @param ret_precision_ns  the result may be wrong by so much
 */
bool ledger_axis_counter(const struct ledger_axis *axis, uint64_t counter, int64_t *ret_ns,
	uint64_t *ret_precision_ns);

/**
 * Bring a reading of CLOCK_MONOTONIC to the axis, which was made soon after the kernel's start:
 * later on the clock is slewed, by up to 500 ppm.
 */
int64_t ledger_axis_monotonic(const struct ledger_axis *axis, int64_t monotonic_ns);

/** The same for a time in the kernel's log, after the clock was found to be stable. */
int64_t ledger_axis_log(const struct ledger_axis *axis, int64_t log_ns);

/** How ledger_axis_counter() does it; static. */
const char *ledger_axis_source(const struct ledger_axis *axis);

#endif
