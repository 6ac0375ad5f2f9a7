/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BATON_LEDGER_KERNEL_CLOCK_H
#define BATON_LEDGER_KERNEL_CLOCK_H

#include "ledger/clocks.h"

/**
 * Relate the kernel's own clock, local_clock(), to the others, through perf_event_open(2), whose
 * time stamps come from it. Where the kernel gives the factors from the counter to it they are
 * taken. Else an event is provoked, between two readings of the other clocks by @read, which then
 * replace those in @clocks.
 *
 * Fills in the fields of @clocks that are about the kernel's clock.
 */
void kernel_clock_read(struct ledger_clocks (*read)(void), struct ledger_clocks *clocks);

#endif
