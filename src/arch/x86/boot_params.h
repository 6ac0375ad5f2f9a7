/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Offsets in struct boot_params, "the zero page": Documentation/arch/x86/zero-page.rst. The setup
 * header in its midst has the same offsets as in a bzImage: image/bzimage.h.
 */
#ifndef BATON_ARCH_X86_BOOT_PARAMS_H
#define BATON_ARCH_X86_BOOT_PARAMS_H

#include <stdint.h>

#include "image/bzimage.h"

enum {
	BOOT_PARAMS_SIZE = 4096,

	BP_SCREEN_INFO = 0x000, /* 0x40 bytes */
	BP_SCREEN_INFO_SIZE = 0x40,
	BP_EXT_MEM_K = 0x002,
	BP_IST_INFO = 0x060, /* 16 bytes */
	BP_ACPI_RSDP_ADDR = 0x070,
	BP_HD_INFO = 0x080,	    /* hd0 and hd1, 16 bytes each */
	BP_SYS_DESC_TABLE = 0x0a0,  /* 16 bytes */
	BP_OLPC_OFW_HEADER = 0x0b0, /* 16 bytes */
	BP_EXT_RAMDISK_IMAGE = 0x0c0,
	BP_EXT_RAMDISK_SIZE = 0x0c4,
	BP_EXT_CMD_LINE_PTR = 0x0c8,
	BP_CC_BLOB_ADDRESS = 0x13c,
	BP_EDID_INFO = 0x140, /* 128 bytes */
	BP_EFI_INFO = 0x1c0,
	BP_EFI_SYSTAB = 0x1c4,
	BP_EFI_MEMDESC_SIZE = 0x1c8,
	BP_EFI_MEMDESC_VERSION = 0x1cc,
	BP_EFI_MEMMAP = 0x1d0,
	BP_EFI_MEMMAP_SIZE = 0x1d4,
	BP_EFI_SYSTAB_HI = 0x1d8,
	BP_EFI_MEMMAP_HI = 0x1dc,
	BP_ALT_MEM_K = 0x1e0,
	BP_E820_ENTRIES = 0x1e8,
	BP_EDDBUF_ENTRIES = 0x1e9,
	BP_EDD_MBR_SIG_ENTRIES = 0x1ea,
	BP_KBD_STATUS = 0x1eb,
	BP_SECURE_BOOT = 0x1ec,
	BP_SENTINEL = 0x1ef,

	BP_EDD_MBR_SIG = 0x290, /* 16 signatures of 4 bytes */
	BP_EDD_MBR_SIG_SIZE = 64,
	BP_E820_TABLE = 0x2d0,
	BP_E820_MAX = 128,
	E820_ENTRY_SIZE = 20,
	BP_EDDBUF = 0xd00, /* 6 entries of 82 bytes */
	BP_EDDBUF_SIZE = 6 * 82,

	/**
	 * boot.rst, type_of_loader: 0xD is kexec-tools, version 0. The number that tells the new
	 * system (/proc/sys/kernel/bootloader_type = 208) that it was started by kexec.
	 */
	LOADER_TYPE_KEXEC = 0xd0,

	/** COMMAND_LINE_SIZE of x86, less the NUL: for kernels without a setup header. */
	COMMAND_LINE_DEFAULT_MAX = 2047,
};

/** setup_data types: arch/x86/include/uapi/asm/setup_data.h. */
enum setup_data_type {
	SETUP_DATA_E820_EXT = 1,
	SETUP_DATA_DTB = 2,
	SETUP_DATA_PCI = 3,
	SETUP_DATA_EFI = 4,
	SETUP_DATA_APPLE_PROPERTIES = 5,
	SETUP_DATA_JAILHOUSE = 6,
	SETUP_DATA_CC_BLOB = 7,
	SETUP_DATA_IMA = 8,
	SETUP_DATA_RNG_SEED = 9,
	SETUP_DATA_KEXEC_KHO = 10,
};

#endif
