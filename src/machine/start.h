/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How was the running system started? */
#ifndef BATON_MACHINE_START_H
#define BATON_MACHINE_START_H

#include "machine/handoff_record.h"
#include "machine/machine.h"

/**
 * Find the handoff record that this system was started with.
 *
 * @param ret_why  NULL when there is none at all; else a static sentence why the one that is there
 *                 cannot be read
 * Returns true if @ret was filled in.
 */
bool machine_handoff_record(
	const struct machine *machine, struct handoff_record *ret, const char **ret_why);

/** The command line that it was handed, as its record tells it; views into @machine. */
struct handoff_command_line machine_handed_command_line(const struct machine *machine);

/** Was the running kernel started by kexec? From the loader type that boot_params name. */
enum tristate machine_was_kexec(const struct machine *machine);

#endif
