/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/machine.h"

#include <stdlib.h>

struct machine machine_unknown(void)
{
	return (struct machine){
		.lockdown = LOCKDOWN_UNKNOWN,
		.kho_active = TRISTATE_UNKNOWN,
		.reboot_force = TRISTATE_UNKNOWN,
		.bootloader_type = -1,
		.efi.secure_boot = TRISTATE_UNKNOWN,
		.efi.mixed_mode = TRISTATE_UNKNOWN,
		.kexec.loaded = TRISTATE_UNKNOWN,
		.kexec.crash_loaded = TRISTATE_UNKNOWN,
		.kexec.load_disabled = TRISTATE_UNKNOWN,
		.kexec.limit_reboot = -1,
		.kexec.limit_panic = -1,
		.kexec.has_kexec_load = TRISTATE_UNKNOWN,
		.kexec.has_file_load = TRISTATE_UNKNOWN,
		.module.loaded = TRISTATE_UNKNOWN,
		.ima.carried = TRISTATE_UNKNOWN,
	};
}

void machine_deinit(struct machine *machine)
{
	char **strings[] = {&machine->architecture, &machine->release, &machine->version,
		&machine->command_line, &machine->hypervisor, &machine->boot_id,
		&machine->memory_reason, &machine->screen.driver, &machine->screen.reason,
		&machine->cpu_vendor, &machine->cpu_model, &machine->reboot_mode,
		&machine->reboot_type, &machine->module.obstacle, &machine->added.built_in,
		&machine->added.bootconfig, &machine->added.bootconfig_init};

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		free(*strings[i]);
	memory_map_deinit(&machine->memory);
	range_set_deinit(&machine->usable);
	range_set_deinit(&machine->crash_reserved);
	for (size_t i = 0; i < machine->setup_data_count; i++)
		blob_deinit(&machine->setup_data[i].data);
	free(machine->setup_data);
	free(machine->efi.runtime_map);
	for (size_t i = 0; i < machine->warning_count; i++)
		free(machine->warnings[i]);
	free(machine->warnings);
	*machine = machine_unknown();
}
