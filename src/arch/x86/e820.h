/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory map as boot_params carry it: 128 entries, the rest in SETUP_E820_EXT. */
#ifndef BATON_ARCH_X86_E820_H
#define BATON_ARCH_X86_E820_H

#include "arch/x86/boot_data.h"

/**
 * Write @map into the boot_params at the start of @data, entries past the 128th into a setup_data
 * node, and the two old memory sizes (ext_mem_k, alt_mem_k). Entries go as the firmware gave them;
 * only when there are more than @image takes are touching ones of the same type merged. What then
 * still has no room is left out and counted: the highest addresses.
 */
struct error *e820_fill(
	struct boot_data *data, const struct memory_map *map, const struct image *image);

#endif
