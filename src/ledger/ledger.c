/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/ledger.h"

static const struct {
	const char *id;
	const char *phase; /* that ends with the event */
} events[LEDGER_EVENT_COUNT] = {
	[LEDGER_COMMAND] = {"command", "before the command"},
	[LEDGER_LOADED] = {"loaded", "loading the next kernel"},
	[LEDGER_REBOOT_CALL] = {"reboot_call", "stopping services"},
	[LEDGER_PURGATORY] = {"purgatory", "old kernel winds down"},
	[LEDGER_VERIFIED] = {"verified", "comparing digests"},
	[LEDGER_LEFT] = {"left", "entering the new kernel"},
	[LEDGER_KERNEL] = {"kernel", "new kernel's first steps"},
	[LEDGER_FIRST_PROGRAM] = {"first_program", "new kernel to first program"},
	[LEDGER_SYSTEM] = {"system", "initrd"},
	[LEDGER_UP] = {"up", "starting services"},
};

const char *ledger_phase_name(enum ledger_event event)
{
	return events[event].phase;
}

const char *ledger_event_id(enum ledger_event event)
{
	return events[event].id;
}

const char *ledger_kind_id(enum ledger_kind kind)
{
	static const char *const ids[] = {
		[LEDGER_KIND_UNKNOWN] = "unknown",
		[LEDGER_KIND_FIRMWARE] = "firmware",
		[LEDGER_KIND_BATON] = "baton",
		[LEDGER_KIND_KEXEC] = "kexec",
	};

	return ids[kind];
}
