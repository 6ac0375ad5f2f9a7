/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/axis.h"

#include "base/wide.h"

#include <stddef.h>

#define NS UINT64_C(1000000000)

/* The kernel's log has microseconds. */
enum { LOG_PRECISION_NS = 1000 };

/*
 * perf_event_open(2), time_zero: the split keeps the product in 64 bits. The sum wraps around for
 * times before the kernel's start, and is negative then.
 */
static int64_t by_factors(const struct ledger_clocks *clocks, uint64_t counter)
{
	uint64_t quotient = counter >> clocks->shift;
	uint64_t rest = counter & ((UINT64_C(1) << clocks->shift) - 1);

	return (int64_t)(clocks->zero + quotient * clocks->mult +
			 (rest * clocks->mult >> clocks->shift));
}

const char *ledger_axis_init(const struct ledger_clocks *clocks, struct ledger_axis *ret)
{
	*ret = (struct ledger_axis){0};
	if (!clocks)
		return "the kernel's clock cannot be read here";
	ret->now = *clocks;
	if (ret->now.factors_known && (ret->now.shift > 63 || !ret->now.mult))
		ret->now.factors_known = false;
	if (ret->now.factors_known) {
		ret->now.kernel_known = true;
		ret->now.kernel_ns = by_factors(&ret->now, ret->now.counter);
	}
	if (ret->now.kernel_known)
		return NULL;
	return clocks->kernel_why ? clocks->kernel_why : "the kernel's clock cannot be read here";
}

bool ledger_axis_counter(const struct ledger_axis *axis, uint64_t counter, int64_t *ret_ns,
	uint64_t *ret_precision_ns)
{
	const struct ledger_clocks *now = &axis->now;
	bool later = counter > now->counter;
	uint64_t distance = later ? counter - now->counter : now->counter - counter, age;

	*ret_ns = 0;
	*ret_precision_ns = LOG_PRECISION_NS;
	if (now->factors_known) {
		*ret_ns = by_factors(now, counter) - axis->start_ns;
		return true;
	}
	if (!axis->rate.hz)
		return false;
	age = multiply_divide(distance, NS, axis->rate.hz);
	/* A century and a half. */
	if (age > INT64_MAX / 2) {
		*ret_ns = later ? INT64_MAX : INT64_MIN;
		return true;
	}
	*ret_ns = now->kernel_ns + (later ? (int64_t)age : -(int64_t)age) - axis->start_ns;
	*ret_precision_ns += now->uncertain_ns + multiply_divide(age, axis->rate.error_ppb, NS);
	return true;
}

int64_t ledger_axis_monotonic(const struct ledger_axis *axis, int64_t monotonic_ns)
{
	/*
	 * Both start at zero, CLOCK_MONOTONIC some milliseconds later, and only it is slewed
	 * afterwards. CLOCK_MONOTONIC_RAW is not, so its distance from the kernel's clock now is
	 * what CLOCK_MONOTONIC's was in the beginning.
	 */
	return monotonic_ns + (axis->now.kernel_ns - axis->now.raw_ns) - axis->start_ns;
}

int64_t ledger_axis_log(const struct ledger_axis *axis, int64_t log_ns)
{
	return log_ns - axis->start_ns;
}

const char *ledger_axis_source(const struct ledger_axis *axis)
{
	return axis->now.factors_known ? "the kernel's own factors (perf_event_open)"
				       : axis->rate.source;
}
