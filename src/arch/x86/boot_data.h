/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything that an x86 kernel reads at its start, in one piece of memory: boot_params, command
 * line, the chain of setup_data, the EFI memory map.
 *
 * Made in two steps, because its size must be known before its address is: boot_data_build() with
 * every pointer relative to the start, boot_data_place() makes them absolute.
 */
#ifndef BATON_ARCH_X86_BOOT_DATA_H
#define BATON_ARCH_X86_BOOT_DATA_H

#include "base/blob.h"
#include "base/handoff_record.h"
#include "machine/machine.h"

struct error;
struct image;

enum {
	BOOT_DATA_NODES_MAX = 64,
	/** Linux's E820_MAX_ENTRIES with the largest MAX_NUMNODES, 1 << 10: 128 + 3 * 1024. */
	E820_KERNEL_MAX = 3200,
	RNG_SEED_SIZE = 32,
};

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
