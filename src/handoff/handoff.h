/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Make a plan real. The only code that changes the running system.
 *
 * System calls go through a table, so that the unit tests can stand in for kernels that refuse.
 */
#ifndef BATON_HANDOFF_HANDOFF_H
#define BATON_HANDOFF_HANDOFF_H

#include <stdint.h>

#include "decision/request.h"

struct error;
struct range;
struct machine;
struct plan;

/** The kernel's struct kexec_segment (include/uapi/linux/kexec.h), for any word size. */
struct kexec_segment_abi {
	const void *buffer;
	uint64_t buffer_size;
	uint64_t address;
	uint64_t memory_size;
};

/** Each returns 0 or a negative errno. */
struct handoff_calls {
	int (*kexec_load)(uint64_t entry, unsigned long count,
		const struct kexec_segment_abi *segments, unsigned long flags);
	int (*kexec_file_load)(int kernel_fd, int initrd_fd, unsigned long command_line_size,
		const char *command_line, unsigned long flags);
	int (*reboot_kexec)(void);
	/** baton's module: @mapped are ranges that the next kernel must find mapped. */
	int (*module_load)(uint64_t entry, unsigned int count,
		const struct kexec_segment_abi *segments, const struct range *mapped,
		unsigned int mapped_count);
	int (*module_unload)(void);
	/** Has the module something loaded now? 1, 0, or -1 if there is no module. */
	int (*module_loaded)(void);
	/** The ordinary restart, which the module turns into the jump. */
	int (*reboot_restart)(void);
	void (*sync)(void);
	/** Is a crash kernel loaded now? 1, 0, or -1 if that cannot be told. */
	int (*crash_loaded)(void);
	/** The physical address of a page that is mapped; 0 if it cannot be told. NULL: never. */
	uint64_t (*physical_address)(const void *page);
};

/** The real ones. */
extern const struct handoff_calls handoff_calls_kernel;

/**
 * Load @plan by its method, and unload what was loaded for the next reboot by another one: the last
 * one loaded is the only one. On failure whatever was loaded before is untouched, or the message
 * says that the kernel discarded it; the errno is explained in terms of what @machine knows
 * (disabled, limit used up, lockdown, no permission, another load under way, memory).
 */
struct error *handoff_load(
	const struct handoff_calls *calls, const struct plan *plan, const struct machine *machine);

/**
 * Unload what is loaded for @target. Under lockdown through kexec_file_load, because kexec_load
 * refuses there even to unload. METHOD_AUTO tries kexec_load, and kexec_file_load if the kernel
 * lacks it, and unloads what the module has.
 */
struct error *handoff_unload(const struct handoff_calls *calls, enum target target,
	enum method method, const struct machine *machine);

/**
 * Jump now: reboot(LINUX_REBOOT_CMD_KEXEC), or where the module has something loaded
 * reboot(LINUX_REBOOT_CMD_RESTART). Returns only with an error.
 */
struct error *handoff_execute(const struct handoff_calls *calls, const struct machine *machine);

/** Write a METHOD_ELF plan as an ELF file that `qemu -kernel` starts. Whole or not at all. */
struct error *handoff_write_elf(const struct plan *plan, const char *path);

#endif
