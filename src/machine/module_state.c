/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What baton's own kernel module says in sysfs (docs/module.md). */
#include "machine/facts.h"

#define MODULE_FOLDER "sys/devices/virtual/misc/baton"

struct error *read_module_state(struct source *source, struct machine *machine)
{
	struct module_facts *module = &machine->module;

	TRY(read_decimal(source, MODULE_FOLDER "/interface", &module->present, &module->interface));
	if (!module->present)
		return NULL;
	TRY(read_switch(source, MODULE_FOLDER "/loaded", &module->loaded));
	return read_string(source, MODULE_FOLDER "/obstacle", &module->obstacle);
}

enum tristate machine_loaded(const struct machine *machine)
{
	if (machine->module.loaded == TRISTATE_YES)
		return TRISTATE_YES;
	/* A kernel without kexec has no file that says so. */
	if (machine->kexec.loaded == TRISTATE_UNKNOWN)
		return machine->module.loaded;
	return machine->kexec.loaded;
}

const char *machine_module_obstacle(const struct machine *machine)
{
	const char *obstacle = machine->module.obstacle;

	if (obstacle && *obstacle)
		return obstacle;
	/* It has a file of its own. */
	if (machine->module.present && machine->reboot_force == TRISTATE_YES)
		return "reboot=force skips the stop of the other processors; write 0 to "
		       "/sys/kernel/reboot/force";
	return NULL;
}
