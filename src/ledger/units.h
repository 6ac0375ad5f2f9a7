/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which units took long to start: systemd's own times, as `systemctl show` prints them. */
#ifndef BATON_LEDGER_UNITS_H
#define BATON_LEDGER_UNITS_H

#include "base/bytes.h"
#include "ledger/ledger.h"

/** The arguments of systemctl whose output ledger_units_read() takes. */
extern const char *const ledger_units_argv[];

/**
 * Find the units that took longest, the slowest first, among those that began to start in
 * [@from_ns, @to_ns] and are up or done. A unit's time is what `systemd-analyze blame` says:
 * from leaving "inactive" to "active", or back to "inactive" if it was never up.
 *
 * @param text   blocks of NAME=VALUE lines, with an empty line between
 * @param ret    start_ns is on the clock of the output, CLOCK_MONOTONIC
 * Returns how many.
 */
unsigned int ledger_units_read(struct bytes text, int64_t from_ns, int64_t to_ns,
	struct ledger_unit ret[static LEDGER_UNITS_MAX]);

/** Name a unit, and make its label: bytes that are no printable ASCII become question marks. */
void ledger_unit_set_name(struct ledger_unit *unit, struct bytes name);

#endif
