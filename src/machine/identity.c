/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which kernel runs here, on what architecture, started how. */
#include "machine/facts.h"

#include <stdlib.h>
#include <sys/utsname.h>

#define ARCHITECTURE_NOTE "baton/architecture"

/* Kernels before 6.1 have no file that tells; there uname(2) is asked, and its answer recorded. */
static struct error *note_architecture(struct source *source)
{
	struct utsname names;

	if (uname(&names) < 0)
		return NULL;
	return source_note(
		source, ARCHITECTURE_NOTE, bytes_of(names.machine, strlen(names.machine)));
}

static struct error *read_architecture(struct source *source, struct machine *machine)
{
	TRY(read_string(source, "proc/sys/kernel/arch", &machine->architecture));
	if (machine->architecture)
		return NULL;
	if (source_is_live(source))
		TRY(note_architecture(source));
	TRY(read_string(source, ARCHITECTURE_NOTE, &machine->architecture));
	if (machine->architecture)
		return NULL;
	return machine_warn(machine, "The machine's architecture is unknown.");
}

struct error *read_identity(struct source *source, struct machine *machine)
{
	int64_t bootloader_type = -1;

	TRY(read_architecture(source, machine));
	TRY(read_string(source, "proc/sys/kernel/osrelease", &machine->release));
	TRY(read_string(source, "proc/sys/kernel/version", &machine->version));
	TRY(read_string(source, "proc/cmdline", &machine->command_line));
	TRY(read_string(source, "proc/sys/kernel/random/boot_id", &machine->boot_id));
	TRY(read_string(source, "sys/kernel/reboot/mode", &machine->reboot_mode));
	TRY(read_string(source, "sys/kernel/reboot/type", &machine->reboot_type));
	TRY(read_switch(source, "sys/kernel/reboot/force", &machine->reboot_force));
	TRY(read_signed(source, "proc/sys/kernel/bootloader_type", &bootloader_type));
	if (bootloader_type >= 0 && bootloader_type <= INT32_MAX)
		machine->bootloader_type = (int32_t)bootloader_type;
	return NULL;
}
