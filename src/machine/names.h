/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words for the enumerations of machine.h, shared by the descriptions in JSON and in text. */
#ifndef BATON_MACHINE_NAMES_H
#define BATON_MACHINE_NAMES_H

#include "machine/machine.h"

static inline const char *memory_source_name(enum memory_source source)
{
	switch (source) {
	case MEMORY_SOURCE_FIRMWARE_MEMMAP:
		return "/sys/firmware/memmap";
	case MEMORY_SOURCE_BOOT_PARAMS:
		return "/sys/kernel/boot_params";
	case MEMORY_SOURCE_IOMEM:
		return "/proc/iomem";
	case MEMORY_SOURCE_NONE:
		break;
	}
	return NULL;
}

static inline const char *lockdown_name(enum lockdown lockdown)
{
	switch (lockdown) {
	case LOCKDOWN_NONE:
		return "none";
	case LOCKDOWN_INTEGRITY:
		return "integrity";
	case LOCKDOWN_CONFIDENTIALITY:
		return "confidentiality";
	case LOCKDOWN_UNKNOWN:
		break;
	}
	return NULL;
}

#endif
