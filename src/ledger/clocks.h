/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BATON_LEDGER_CLOCKS_H
#define BATON_LEDGER_CLOCKS_H

#include <stdbool.h>
#include <stdint.h>

/** The machine's clocks, all read in one moment. */
struct ledger_clocks {
	uint64_t counter;      /* the CPU's own: TSC */
	int64_t raw_ns;	       /* CLOCK_MONOTONIC_RAW */
	int64_t monotonic_ns;  /* CLOCK_MONOTONIC */
	int64_t boottime_ns;   /* CLOCK_BOOTTIME: goes on while the machine is suspended */
	int64_t realtime_ns;   /* CLOCK_REALTIME */
	uint64_t uncertain_ns; /* the moment's length: the readings may be so far apart */

	/* The clock that the kernel's log and its scheduler use, local_clock(). */
	bool kernel_known;
	int64_t kernel_ns;
	const char *kernel_why; /* static: why it is not known */

	/*
	 * The kernel's own factors from counter to kernel clock: ns = zero + (counter * mult >>
	 * shift) (struct perf_event_mmap_page, cap_user_time_zero).
	 */
	bool factors_known;
	uint16_t shift;
	uint32_t mult;
	uint64_t zero;

	uint64_t counter_hz; /* as the CPU says (CPUID leaf 0x15); 0 unknown */
};

#endif
