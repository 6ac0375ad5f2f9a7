/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is this file? Bytes in, description out; chooses no addresses and makes no system calls.
 *
 * A wrapper (gzip, later zboot, UKI, uImage) unwraps to an inner image, which is probed again, at
 * most IMAGE_DEPTH_MAX deep. Every format that declines says why.
 *
 * To add a format: src/image/FORMAT.c with its row, the row in image.c's table (the order there is
 * the probe order, and says why), its row in foreign.c goes, a unit test, a fuzz target and its
 * corpus, docs/boot-protocol.md.
 */
#ifndef BATON_IMAGE_IMAGE_H
#define BATON_IMAGE_IMAGE_H

#include "base/blob.h"
#include "base/bytes.h"
#include "base/held_file.h"
#include "base/range.h"

struct error;
struct payload;

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
	struct bzimage bzimage; /* all zero unless format is bzImage */

	struct blob prepared; /* the payload as it was unpacked earlier, by who owns the image; or
				 empty */
	struct payload *payload; /* the kernel proper, if image_unpack_payload() unpacked it */
	char *payload_declined;	 /* why it could not; NULL if it was not tried or succeeded */
	char *prepared_declined; /* why what had been unpacked earlier was not taken; NULL */
	char *unchecked; /* why nobody knows whether the kernel inside is whole; NULL: it is known,
			    or was not asked for */
	char *damage; /* what says that the file is damaged, so that the bzImage's own entry would
			 fail as well; NULL: nothing is known of that */

	struct image_declined declined[IMAGE_DECLINED_MAX]; /* for -v and for the error */
	unsigned int declined_count;
};

/**
 * Identify @file and describe it. Takes over @file's contents in success and failure.
 *
 * @param name    names the file in errors
 * @param forced  short name of the only format to accept ("bzImage", "ELF"; case does not matter),
 *                NULL for any; wrappers are unwrapped all the same. ERROR_USAGE if unknown
 * @param ret     to be freed with image_deinit(); on error it is empty
 * Errors: ERROR_FORMAT with the reason of the format that came closest, or each format's reason
 * when none did; ERROR_UNSUPPORTED for an image of a kind or machine that baton cannot start.
 */
struct error *image_identify(
	const char *name, struct blob *file, const char *forced, struct image *ret);
/**
 * Read the file at @path and identify it; it stays open as image->file. Of a block device as much
 * is read as belongs to the kernel that it begins with; of an ELF file what is loaded of it, so
 * that image->bytes has zeros where the rest is, and none behind.
 */
struct error *image_read(const char *path, const char *forced, struct image *ret);
/** Bytes that image_read() would read of the regular file at @path; 0 of anything else. */
struct error *image_file_size(const char *path, uint64_t *ret);
/** image_read() of a file that is open already; takes over @file where it succeeds. */
struct error *image_read_held(struct held_file *file, const char *forced, struct image *ret);
/** True if image->file holds exactly image->bytes: nothing was unwrapped. */
bool image_is_its_file(const struct image *image);
/**
 * Unpack a bzImage's payload into image->payload, for direct entry (image/payload.h); where
 * image->prepared holds it already, take that, after the same checks. What stands in the way is not
 * an error: it goes into image->payload_declined, and the bzImage's own entry is left; but not
 * where the file is damaged, which image->damage then says as well.
 *
 * @param memory  bytes that may be used for it; 0: as many as it takes
 */
struct error *image_unpack_payload(struct image *image, uint64_t memory);
/** As image_unpack_payload(), but reads the payload's headers only: see payload_read_headers(). */
struct error *image_read_payload_headers(struct image *image, uint64_t memory);
/**
 * Find damage of a bzImage that is to be started by its own code, by the checksum that the build
 * gave it. Not an error: it goes into image->damage; where nothing tells, into image->unchecked.
 *
 * @param unpack  where it has no checksum, unpack its payload for a test, and forget it
 * @param memory  as image_unpack_payload()
 */
struct error *image_check_whole(struct image *image, bool unpack, uint64_t memory);
/** True if unpacking has checked all that will run by checksums, or has found damage. */
bool image_is_checked(const struct image *image);
/** Set image->damage, unless something was found already. */
struct error *image_note_damage(struct image *image, const char *what);
void image_deinit(struct image *image);
#define _cleanup_image_ __attribute__((cleanup(image_deinit)))

/** A row of the table of formats. */
struct image_format {
	const char *name;  /* short, for `forced` and for what declined: "ELF" */
	const char *title; /* for image.format: "ELF64 vmlinux" */
	/**
	 * Does @bytes look like this format? Allocates nothing, has no side effect. When not,
	 * @ret_reason is set to a static string: "no \"HdrS\" at 0x202".
	 */
	bool (*probe)(struct bytes bytes, const char **ret_reason);
	/** Parse what probe() accepted, filling @image from image->bytes. Errors are final. */
	struct error *(*parse)(struct image *image);
};

extern const struct image_format image_format_bzimage;
extern const struct image_format image_format_elf64;

#endif
