/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/firmware.h"

#include <stddef.h>

#include "base/error.h"
#include "machine/boot_times.h"

struct error *ledger_read_firmware(
	struct source *source, const struct machine *machine, struct ledger_boot *boot)
{
	struct boot_times times;

	if (boot->kind != LEDGER_KIND_FIRMWARE)
		return NULL;
	TRY(boot_times_read(source, machine, &times));
	boot->firmware = (struct ledger_firmware){
		.firmware_known = times.firmware_known,
		.firmware_ns = times.firmware_ns,
		.firmware_source = times.firmware_source,
		.loader_known = times.loader_known,
		.loader_ns = times.loader_ns,
		.loader_source = times.loader_source,
		.why = times.why,
	};
	return NULL;
}
