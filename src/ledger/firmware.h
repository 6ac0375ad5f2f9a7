/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BATON_LEDGER_FIRMWARE_H
#define BATON_LEDGER_FIRMWARE_H

#include "ledger/ledger.h"

struct error;
struct machine;
struct source;

/**
 * Fill in @boot->firmware with what firmware and loader report (machine/boot_times.h), if @boot
 * went through them. After a handoff their notes tell of an earlier boot, and are left out.
 */
struct error *ledger_read_firmware(
	struct source *source, const struct machine *machine, struct ledger_boot *boot);

#endif
