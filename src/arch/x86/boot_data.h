/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything that an x86 kernel reads at its start: the pieces, and what a kernel takes of them. */
#ifndef BATON_ARCH_X86_BOOT_DATA_H
#define BATON_ARCH_X86_BOOT_DATA_H

#include "base/blob.h"
#include "machine/machine.h"
#include "wire/handoff.h"

struct error;
struct image;

enum {
	BOOT_DATA_NODES_MAX = 64,
	/** Linux's E820_MAX_ENTRIES with the largest MAX_NUMNODES, 1 << 10: 128 + 3 * 1024. */
	E820_KERNEL_MAX = 3200,
	RNG_SEED_SIZE = 32,
};

struct boot_data {
	struct blob bytes;     /* boot_params come first */
	uint64_t command_line; /* offsets in `bytes` */
	uint64_t record;       /* 0: none, the kernel takes no setup_data */
	uint64_t efi_map;      /* 0: none */
	uint64_t efi_map_size;
	uint64_t nodes[BOOT_DATA_NODES_MAX]; /* of the setup_data headers, in chain order */
	unsigned int node_count;
	unsigned int e820_count;	   /* entries in boot_params */
	unsigned int e820_extension_count; /* and in SETUP_E820_EXT */
	bool e820_merged;		   /* touching ranges were merged, to fit the kernel */
	unsigned int e820_left_out;	   /* that the kernel has no room for */
	uint32_t kept_nodes;		   /* setup_data handed on from the running kernel */
};

void boot_data_deinit(struct boot_data *data);
#define _cleanup_boot_data_ __attribute__((cleanup(boot_data_deinit)))

/** The longest command line that @image takes, in bytes without the NUL. */
uint64_t boot_data_command_line_max(const struct image *image);

/** Most ranges of memory that @image takes; without setup_data, those in boot_params alone. */
unsigned int boot_data_e820_max(const struct image *image);

/** True if @image's protocol has setup_data, 2.09 and later: boot.rst. */
bool boot_data_takes_setup_data(const struct image *image);

/** True if the running kernel's EFI can be handed on to @image; else @ret_reason says why not. */
bool boot_data_efi_possible(
	const struct machine *machine, const struct image *image, const char **ret_reason);

#endif
