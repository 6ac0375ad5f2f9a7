/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What firmware and boot loader say of themselves: how long the one took from reset to the loader's
 * start, and the other until it let go of the machine. Two of them keep such notes:
 *
 * - the firmware's boot performance record (ACPI specification 6.5, section 5.2.24), as the kernel
 *   shows it in /sys/firmware/acpi/fpdt (Documentation/ABI/testing/sysfs-firmware-acpi), or, where
 *   the kernel was built without that (Debian's are), found through the FPDT table and read from
 *   physical memory;
 * - the loader's EFI variables LoaderTimeInitUSec and LoaderTimeExecUSec (systemd's Boot Loader
 *   Interface), which systemd-boot and others set.
 *
 * Nobody checks these notes, so they are shown as reported, by whom; what cannot be true is not
 * taken. They outlive a kexec: after a handoff they tell of the boot before.
 */
#ifndef BATON_MACHINE_BOOT_TIMES_H
#define BATON_MACHINE_BOOT_TIMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

struct error;
struct machine;
struct source;

struct boot_times {
	bool firmware_known; /* from reset to the loader's start */
	uint64_t firmware_ns;
	const char *firmware_source; /* "ACPI FPDT", "LoaderTimeInitUSec"; static */
	bool loader_known;	     /* from there until the kernel has the machine to itself */
	uint64_t loader_ns;
	const char *loader_source; /* "ACPI FPDT", "LoaderTimeExecUSec"; static */
	const char *why;	   /* a sentence: why one of them is not known; static; or NULL */
};

/** Longer than any firmware and any loader's menu: a counter that a reset has not set to zero. */
#define BOOT_TIME_NS_MAX (UINT64_C(4) * 3600 * 1000000000)

/** Read both notes, of which the firmware's own goes first. An error is out of memory or a limit.
 */
struct error *boot_times_read(
	struct source *source, const struct machine *machine, struct boot_times *ret);

/* The parsers, for tests and fuzzing. */

/** Nanoseconds since reset: Firmware Basic Boot Performance Data Record. 0 where it does not say.
 */
struct boot_performance {
	uint64_t reset_end;	/* the firmware's first instruction or soon after */
	uint64_t loader_loaded; /* before the loader was read */
	uint64_t loader_start;	/* before it was started */
	uint64_t exit_entry;	/* ExitBootServices() was called */
	uint64_t exit_end;	/* and came back */
};

/** Find the boot record's physical address in an FPDT; false and why in @ret_reason (static). */
bool fpdt_parse(struct bytes table, uint64_t *ret_address, const char **ret_reason);

/**
 * Find the boot record in the Firmware Basic Boot Performance Table ("FBPT"), of which @table may
 * be the beginning; false and why in @ret_reason (static).
 */
bool boot_performance_parse(
	struct bytes table, struct boot_performance *ret, const char **ret_reason);

/** Microseconds in an EFI variable as efivarfs shows it; false if it is not such a number. */
bool loader_time_parse(struct bytes variable, uint64_t *ret_usec);

#endif
