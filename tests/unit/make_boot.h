/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Boots for tests of the ledger. */
#ifndef BATON_TESTS_UNIT_MAKE_BOOT_H
#define BATON_TESTS_UNIT_MAKE_BOOT_H

#include "test.h"

#include "ledger/ledger.h"
#include "wire/handoff.h"

#define MS INT64_C(1000000)

/** A handoff by baton with every event known. @number makes it another boot. */
static inline struct ledger_boot make_boot(unsigned int number)
{
	static const int64_t at_ms[LEDGER_EVENT_COUNT] = {
		-3000, -2400, -400, -320, -300, -299, 0, 1200, 2100, 4000};
	struct ledger_boot boot = {
		.kind = LEDGER_KIND_BATON,
		.release = "6.12.9-amd64",
		.from_boot_id = "11111111-0000-4000-8000-000000000000",
		.from_release = "6.1.0-40-amd64",
		.chain = 3,
		.digest_result = HANDOFF_DIGEST_GOOD,
		.direct = true,
		.started_at = 1763974431,
		.clock = "the CPU's counter",
		.precision_ns = 1000,
	};

	snprintf(boot.boot_id, sizeof(boot.boot_id), "%08x-0000-4000-8000-00000000b007", number);
	for (int i = 0; i < LEDGER_EVENT_COUNT; i++)
		boot.at[i] = (struct ledger_time){.known = true, .ns = at_ms[i] * MS};
	return boot;
}

static inline void make_unknown(struct ledger_boot *boot, enum ledger_event event, const char *why)
{
	boot->at[event] = (struct ledger_time){.why = why};
}

#endif
