/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The x86 setup header as it lies in the file, and in boot_params at the same offsets. Source:
 * Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header" (offset/size) and zero-page.rst.
 */
#ifndef BATON_IMAGE_BZIMAGE_H
#define BATON_IMAGE_BZIMAGE_H

#include "base/bytes.h"

struct bzimage;
struct error;
struct image;

/** Offsets from the start of the file, and of boot_params. boot.rst names: field, size. */
enum {
	SETUP_HEADER_START = 0x1f1, /* the first field; what a loader copies starts here */
	SETUP_SECTS = 0x1f1,	    /* setup_sects, 1: size of the setup in 512 bytes, 0 means 4 */
	SETUP_ROOT_FLAGS = 0x1f2,   /* root_flags, 2 */
	SETUP_SYSSIZE = 0x1f4,	    /* syssize, 4: size of the 32-bit code in 16 bytes */
	SETUP_VID_MODE = 0x1fa,	    /* vid_mode, 2 */
	SETUP_BOOT_FLAG = 0x1fe,    /* boot_flag, 2: 0xaa55 */
	SETUP_JUMP = 0x200,	    /* jump, 2 */
	SETUP_JUMP_LENGTH = 0x201,  /* its second byte: the header ends at 0x202 + this */
	SETUP_HEADER = 0x202,	    /* header, 4: "HdrS" */
	SETUP_VERSION = 0x206,	    /* version, 2 */
	SETUP_KERNEL_VERSION = 0x20e,	     /* kernel_version, 2: offset of a string, less 0x200 */
	SETUP_TYPE_OF_LOADER = 0x210,	     /* type_of_loader, 1 */
	SETUP_LOADFLAGS = 0x211,	     /* loadflags, 1 */
	SETUP_CODE32_START = 0x214,	     /* code32_start, 4 */
	SETUP_RAMDISK_IMAGE = 0x218,	     /* ramdisk_image, 4 */
	SETUP_RAMDISK_SIZE = 0x21c,	     /* ramdisk_size, 4 */
	SETUP_HEAP_END_PTR = 0x224,	     /* heap_end_ptr, 2 */
	SETUP_EXT_LOADER_VER = 0x226,	     /* ext_loader_ver, 1 */
	SETUP_EXT_LOADER_TYPE = 0x227,	     /* ext_loader_type, 1 */
	SETUP_CMD_LINE_PTR = 0x228,	     /* cmd_line_ptr, 4 */
	SETUP_INITRD_ADDR_MAX = 0x22c,	     /* initrd_addr_max, 4 (2.03+) */
	SETUP_KERNEL_ALIGNMENT = 0x230,	     /* kernel_alignment, 4 (2.05+) */
	SETUP_RELOCATABLE_KERNEL = 0x234,    /* relocatable_kernel, 1 (2.05+) */
	SETUP_MIN_ALIGNMENT = 0x235,	     /* min_alignment, 1 (2.10+) */
	SETUP_XLOADFLAGS = 0x236,	     /* xloadflags, 2 (2.12+) */
	SETUP_CMDLINE_SIZE = 0x238,	     /* cmdline_size, 4 (2.06+) */
	SETUP_HARDWARE_SUBARCH = 0x23c,	     /* hardware_subarch, 4 (2.07+) */
	SETUP_HARDWARE_SUBARCH_DATA = 0x240, /* hardware_subarch_data, 8 (2.07+) */
	SETUP_PAYLOAD_OFFSET = 0x248,	     /* payload_offset, 4 (2.08+) */
	SETUP_PAYLOAD_LENGTH = 0x24c,	     /* payload_length, 4 (2.08+) */
	SETUP_SETUP_DATA = 0x250,	     /* setup_data, 8 (2.09+) */
	SETUP_PREF_ADDRESS = 0x258,	     /* pref_address, 8 (2.10+) */
	SETUP_INIT_SIZE = 0x260,	     /* init_size, 4 (2.10+) */
	SETUP_HANDOVER_OFFSET = 0x264,	     /* handover_offset, 4 (2.11+) */
	SETUP_KERNEL_INFO_OFFSET = 0x268,    /* kernel_info_offset, 4 (2.15+) */
	SETUP_HEADER_SPACE_END = 0x290,	     /* zero-page.rst: past it lies edd_mbr_sig_buffer */
};

enum {
	SETUP_BOOT_FLAG_VALUE = 0xaa55,
	SETUP_SECTOR_SIZE = 512,
	SETUP_SECTS_DEFAULT = 4, /* boot.rst, setup_sects: "if … 0, the real value is 4" */

	/* loadflags, boot.rst */
	LOADED_HIGH = 1 << 0, /* the protected-mode code is loaded at 0x100000 */
	KASLR_FLAG = 1 << 1,
	QUIET_FLAG = 1 << 5,
	KEEP_SEGMENTS = 1 << 6,
	CAN_USE_HEAP = 1 << 7,

	/* Entries from the load address: boot.rst, "32-bit boot protocol", "64-bit boot protocol"
	 */
	BZIMAGE_ENTRY_32 = 0,
	BZIMAGE_ENTRY_64 = 0x200,

	/* Where a bzImage that is not relocatable and states no pref_address must lie: boot.rst,
	 * "Loading The Rest of The Kernel" */
	BZIMAGE_ADDRESS_OLD = 0x100000,

	/* boot.rst, cmd_line_ptr: "protocol version 2.01 or earlier … 255 characters", which is all
	 * that a kernel without a word on it is sure to take */
	BZIMAGE_CMDLINE_OLD = 255,
};

/** Protocol versions from which on something is there, boot.rst "version". */
enum {
	BZIMAGE_PROTOCOL_CMDLINE_SIZE = 0x0206, /* the oldest that is parsed */
	BZIMAGE_PROTOCOL_PAYLOAD = 0x0208,
	BZIMAGE_PROTOCOL_SETUP_DATA = 0x0209,
	BZIMAGE_PROTOCOL_INIT_SIZE = 0x020a, /* and pref_address, min_alignment */
	BZIMAGE_PROTOCOL_HANDOVER = 0x020b,
	BZIMAGE_PROTOCOL_XLOADFLAGS = 0x020c, /* with the 64-bit entry */
	BZIMAGE_PROTOCOL_KERNEL_INFO = 0x020f,
};

/**
 * Read and check the setup header of @file for protocol 2.06 and later, 32- and 64-bit kernels
 * alike; whether baton can start it is image_identify()'s business.
 *
 * Errors: ERROR_FORMAT for a damaged or truncated image, ERROR_UNSUPPORTED for an older one.
 */
struct error *bzimage_read_header(struct bytes file, struct bzimage *ret);

/**
 * Where the bzImage that begins with @head ends: past its kernel code, and past what its PE headers
 * name, of which a signature comes last. False if @head is the beginning of none.
 */
bool bzimage_file_end(struct bytes head, uint64_t *ret);

enum bzimage_crc {
	BZIMAGE_CRC_NONE, /* there is none, or it cannot be told whether there is */
	BZIMAGE_CRC_GOOD, /* the image is as it was built, but perhaps for a signature */
	BZIMAGE_CRC_WRONG,
};

/**
 * Check the CRC-32 that the build put behind the kernel code until Linux 6.14. Some 10 ms. It is
 * WRONG only where @image states a version that must have one.
 */
enum bzimage_crc bzimage_check_crc(const struct image *image);

/**
 * The packed kernel inside the protected-mode code: a compressed ELF file, mostly followed by its
 * unpacked size as 4 little-endian bytes (boot.rst, payload_offset). A view of @image's bytes.
 *
 * Errors: ERROR_UNSUPPORTED if @image is no bzImage or states no payload.
 */
struct error *bzimage_payload(const struct image *image, struct bytes *ret);

#endif
