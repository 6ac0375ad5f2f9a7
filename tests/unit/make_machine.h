/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small machine for tests of what uses one: 1 GiB, BIOS, a memory map as QEMU's q35 has it. */
#ifndef BATON_TESTS_UNIT_MAKE_MACHINE_H
#define BATON_TESTS_UNIT_MAKE_MACHINE_H

#include "test.h"

#include "machine/machine.h"

static inline void make_machine_range(
	struct machine *machine, uint64_t start, uint64_t end, uint32_t type)
{
	assert_ok(memory_map_add(
		&machine->memory, (struct memory_range){.start = start, .end = end, .type = type}));
	if (type == MEMORY_RAM)
		assert_ok(range_set_add(
			&machine->usable, (struct range){start < 0x1000 ? 0x1000 : start, end}));
}

/** Free with machine_deinit(). */
static inline struct machine make_machine(void)
{
	struct machine machine = {
		.architecture = strdup("x86_64"),
		.release = strdup("6.1.0-old"),
		.command_line = strdup("BOOT_IMAGE=/vmlinuz root=/dev/vda1"),
		.boot_id = strdup("11111111-2222-3333-4444-555555555555"),
		.has_boot_params = true,
		.memory_total = UINT64_C(1) << 30,
		.memory_available = UINT64_C(900) << 20,
		.acpi_rsdp = 0xf59e0,
		.kexec = {.loaded = TRISTATE_NO,
			.crash_loaded = TRISTATE_NO,
			.load_disabled = TRISTATE_NO,
			.limit_reboot = -1,
			.limit_panic = -1,
			.has_kexec_load = TRISTATE_YES,
			.has_file_load = TRISTATE_YES},
		.lockdown = LOCKDOWN_NONE,
		.kho_active = TRISTATE_NO,
	};

	make_machine_range(&machine, 0, 0x9fc00, MEMORY_RAM);
	make_machine_range(&machine, 0x9fc00, 0xa0000, MEMORY_RESERVED);
	make_machine_range(&machine, 0xf0000, 0x100000, MEMORY_RESERVED);
	make_machine_range(&machine, 0x100000, 0x3ffdf000, MEMORY_RAM);
	make_machine_range(&machine, 0x3ffdf000, 0x40000000, MEMORY_RESERVED);
	machine.memory_source = MEMORY_SOURCE_FIRMWARE_MEMMAP;
	return machine;
}

#endif
