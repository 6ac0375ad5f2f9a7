/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The chain of setup_data nodes (Documentation/arch/x86/boot.rst, field setup_data). */
#ifndef BATON_ARCH_X86_SETUP_DATA_H
#define BATON_ARCH_X86_SETUP_DATA_H

#include "arch/x86/boot_data.h"
#include "base/bytes.h"

enum { SETUP_DATA_HEADER_SIZE = 16 /* u64 next, u32 type, u32 length */ };

/** Append a node with @contents to @data. */
struct error *setup_data_add(struct boot_data *data, uint32_t type, struct bytes contents);

/**
 * Append the running kernel's nodes that stay true for the next one: PCI option ROMs, Apple
 * properties, device tree, anything unknown. Not those that are made anew (memory map, EFI, seed,
 * our record), and not those that point at memory which will be gone (IMA, KHO).
 */
struct error *setup_data_keep(
	struct boot_data *data, const struct machine *machine, bool has_device_tree);

/** Make the `next` pointers and the chain's head absolute, for boot data at @base. */
void setup_data_link(struct boot_data *data, uint64_t base);

#endif
