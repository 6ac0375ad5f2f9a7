/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything that an x86 kernel reads at its start, in one piece of memory: boot_params, command
 * line, the chain of setup_data, the EFI memory map.
 *
 * Made in two steps, because its size must be known before its address is: boot_data_build() with
 * every pointer relative to the start, boot_data_place() makes them absolute.
 */
#ifndef BATON_ARCH_X86_BOOT_DATA_BUILD_H
#define BATON_ARCH_X86_BOOT_DATA_BUILD_H

#include "arch/x86/boot_data.h"

struct boot_data_options {
	const struct machine *machine;
	const struct image *image;
	const char *command_line;
	bool pass_screen;
	bool pass_efi;
	struct bytes device_tree; /* empty: none */
	const uint8_t *rng_seed;  /* RNG_SEED_SIZE bytes */
	struct bytes record;	  /* struct handoff_record, and its texts */
};

/**
 * Lay out and fill everything that depends on no address.
 * Errors: a command line longer than the kernel takes (ERROR_USAGE), too many setup_data nodes.
 */
struct error *boot_data_build(const struct boot_data_options *options, struct boot_data *ret);

/** Where things lie, known after placement. All physical addresses. */
struct boot_data_addresses {
	uint64_t boot_data;
	uint64_t kernel; /* load address of the protected-mode code */
	uint64_t initrd;
	uint64_t initrd_size; /* 0: none */
	bool kaslr;	      /* baton has randomised the kernel's base */
};

void boot_data_place(struct boot_data *data, const struct boot_data_addresses *addresses);

#endif
