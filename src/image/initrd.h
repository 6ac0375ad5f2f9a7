/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Several initrds as one: in the order given, each padded with zeros to four bytes, because the
 * kernel's unpacker skips zeros between archives but expects a cpio header at a multiple of four
 * (init/initramfs.c). Microcode must come first and uncompressed
 * (Documentation/arch/x86/microcode.rst): an archive that holds kernel/x86/microcode/ is moved to
 * the front, and the plan says so.
 */
#ifndef BATON_IMAGE_INITRD_H
#define BATON_IMAGE_INITRD_H

#include "base/blob.h"

struct error;

enum { INITRD_MAX = 64 };
#define INITRD_SIZE_LIMIT (UINT64_C(1) << 36)

struct initrd_part {
	char *path;
	uint64_t offset;     /* in the concatenation, a multiple of 4 */
	uint64_t size;	     /* bytes of the file */
	const char *content; /* "cpio", a codec's name, or "unknown data"; static */
	bool microcode;	     /* begins with an uncompressed cpio that holds microcode */
};

struct initrd {
	struct blob bytes; /* the concatenation; size 0 when there is no initrd */
	struct initrd_part parts[INITRD_MAX];
	unsigned int count;
	bool reordered; /* microcode was moved to the front */
};

/**
 * Read @count files and concatenate them. A single file is read straight into place, without a
 * second copy; so are several.
 * Errors name the path; an empty file is an error, as it is for no use but a mistake.
 */
struct error *initrd_read(const char *const *paths, unsigned int count, struct initrd *ret);
void initrd_deinit(struct initrd *initrd);
#define _cleanup_initrd_ __attribute__((cleanup(initrd_deinit)))

/** True if @bytes begins with an uncompressed cpio archive that holds kernel/x86/microcode/. */
bool initrd_has_microcode(struct bytes bytes);

#endif
