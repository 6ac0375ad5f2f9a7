/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is this file? The answer, as data; image/identify.h and image/read.h find it. */
#ifndef BATON_IMAGE_IMAGE_H
#define BATON_IMAGE_IMAGE_H

#include "base/blob.h"
#include "base/bytes.h"
#include "base/held_file.h"
#include "base/range.h"

struct error;

enum {
	IMAGE_DEPTH_MAX = 4,
	IMAGE_PARTS_MAX = 64,
	IMAGE_DECLINED_MAX = 64,
};

/**
 * Most bytes that baton takes for one kernel, unpacked. Guards against compression bombs. x86
 * kernels have 1 GiB of address space (KERNEL_IMAGE_SIZE, arch/x86/include/asm/page_64_types.h).
 */
#define IMAGE_SIZE_LIMIT (UINT64_C(1) << 30)

/** So much from a file's beginning tells one kind from another. */
enum { IMAGE_HEAD_SIZE = 128 << 10 };

enum image_kind {
	IMAGE_BZIMAGE = 1,
	IMAGE_ELF,
};

enum image_protocol {
	IMAGE_PROTOCOL_LINUX_X86 = 1, /* boot_params in RSI/ESI */
};

/** e_machine values of the ELF specification, used for every format. */
enum image_machine {
	IMAGE_MACHINE_386 = 3,
	IMAGE_MACHINE_ARM = 40,
	IMAGE_MACHINE_X86_64 = 62,
	IMAGE_MACHINE_AARCH64 = 183,
	IMAGE_MACHINE_RISCV = 243,
	IMAGE_MACHINE_LOONGARCH = 258,
};

/** One piece to be put into memory. */
struct image_part {
	uint64_t file_offset;  /* in image.bytes */
	uint64_t file_size;    /* bytes copied from there */
	uint64_t memory_size;  /* bytes occupied, >= file_size; the rest must be zero */
	uint64_t link_address; /* physical address it was linked for (ELF p_paddr) */
};

/** What a bzImage's setup header says; fields as in Documentation/arch/x86/boot.rst. */
struct bzimage {
	uint16_t protocol;   /* version, 0x020f = 2.15 */
	uint64_t setup_size; /* bytes of boot sector and setup code: (setup_sects + 1) * 512 */
	uint64_t setup_header_end; /* offset past the setup header: 0x202 + the byte at 0x201 */
	uint8_t loadflags;
	uint16_t xloadflags;
	uint32_t code32_start;
	uint32_t initrd_addr_max; /* highest address an initrd may reach (inclusive) */
	uint32_t kernel_alignment;
	uint8_t min_alignment; /* a power of two exponent */
	bool relocatable;
	uint32_t cmdline_size;	 /* longest command line, without the NUL */
	uint32_t payload_offset; /* from the start of the protected-mode code */
	uint32_t payload_length;
	uint64_t pref_address;
	uint32_t init_size; /* memory needed from the load address on, until the e820 map
			       is read */
	uint32_t handover_offset;
	char kernel_version[128]; /* the header's version string, "" if there is none */
};

enum {
	/* xloadflags, boot.rst */
	XLF_KERNEL_64 = 1 << 0,
	XLF_CAN_BE_LOADED_ABOVE_4G = 1 << 1,
	XLF_EFI_HANDOVER_32 = 1 << 2,
	XLF_EFI_HANDOVER_64 = 1 << 3,
	XLF_EFI_KEXEC = 1 << 4,
	XLF_5LEVEL = 1 << 5,
	XLF_5LEVEL_ENABLED = 1 << 6,
	XLF_MEM_ENCRYPTION = 1 << 7,
};

/** A format that was tried and said no. */
struct image_declined {
	const char *format; /* static */
	char *reason;	    /* "no \"HdrS\" at 0x202" */
};

struct image {
	const char
		*format; /* of the innermost: "bzImage", "ELF64 vmlinux", "ELF32 vmlinux"; static */
	enum image_kind kind;
	enum image_machine machine; /* IMAGE_MACHINE_386 too for what has a 32-bit entry only */
	enum image_protocol protocol;
	struct bytes bytes; /* of the innermost image: a view of `storage` */
	struct blob storage;
	const char *wrappers[IMAGE_DEPTH_MAX]; /* outermost first: "gzip"; static names */
	unsigned int wrapper_count;
	uint64_t file_size;    /* of the file, before unwrapping */
	struct held_file file; /* the same, still open, if image_read() read it */
	char *name;	       /* names the file in errors; NULL: as "kernel" */

	/* bzImage: one part, the protected-mode code. ELF: the PT_LOAD segments by address. */
	struct image_part parts[IMAGE_PARTS_MAX];
	unsigned int part_count;
	uint64_t entry;		     /* ELF: physical entry point; bzImage: its entry's offset from
					the load address, 0x200, or 0 for 32-bit kernels */
	bool physically_relocatable; /* may be moved by multiples of `alignment` */
	uint64_t virtual_difference; /* ELF: from physical to virtual link addresses */
	uint64_t alignment;
	struct bzimage bzimage; /* all zero unless it is one */

	struct image_declined declined[IMAGE_DECLINED_MAX]; /* for -v and for the error */
	unsigned int declined_count;
};

/** True if image->file holds exactly image->bytes: nothing was unwrapped. */
bool image_is_its_file(const struct image *image);

/** Its version's first word, `uname -r`: "6.1.0-40-amd64"; "" if it does not say. Returns @buffer.
 */
const char *image_release(const struct image *image, char buffer[static 64]);

void image_deinit(struct image *image);
#define _cleanup_image_ __attribute__((cleanup(image_deinit)))

#endif
