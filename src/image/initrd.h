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
#include "base/held_file.h"
#include "wire/digest.h"

struct error;

enum { INITRD_MAX = 64 };
#define INITRD_SIZE_LIMIT (UINT64_C(1) << 36)

struct initrd_part {
	char *path;
	uint64_t offset;       /* in the concatenation, a multiple of 4 */
	uint64_t size;	       /* bytes of the file */
	const char *content;   /* "cpio", a codec's name, or "unknown data"; static */
	bool microcode;	       /* begins with an uncompressed cpio that holds microcode */
	bool hides;	       /* the kernel finds no microcode that comes after it */
	struct held_file file; /* open, as long as the bytes are left in it */
};

struct initrd {
	struct blob
		bytes; /* the concatenation; size 0 when there is no initrd, or it stays in files */
	struct initrd_part parts[INITRD_MAX];
	unsigned int count;
	uint64_t packed_size;	 /* bytes before initrd_unpack() replaced them; 0: it did not */
	uint64_t contents;	 /* bytes that it has unpacked, known once it was; 0: unknown, */
	uint64_t contents_least; /* but more than these */
	char *kept_reason; /* why initrd_unpack() left them; NULL if it was not asked or did */
	bool doubtful;	   /* and what it is, is unknown: the kernel may make nothing of it */
	char *damage;	 /* what says that a file is damaged, with its name; NULL: nothing known */
	char *left_out;	 /* what of a block device was not taken, though it is no zeros; NULL:
			    nothing */
	bool checked;	 /* it was unpacked, or found to be whole archives: no damage was found */
	bool reordered;	 /* microcode was moved to the front */
	bool from_files; /* by initrd_read(): what was given back can be read again */
	bool in_files;	 /* by initrd_open(): `bytes` is empty, and the parts' files are open */
	bool bootconfig; /* then: the last file ends in a boot configuration's magic */

	/* Of `bytes`, made by initrd_finish(); `algorithm` DIGEST_NONE: none was made. */
	enum digest_algorithm algorithm;
	struct digest digest;
};

/**
 * Open @count files and look at what is in them, but leave the bytes there: for who hands on the
 * files themselves. Of a block device as much counts as belongs to the archives that it begins
 * with. Errors name the path; an empty file is an error, as it is for no use but a mistake.
 */
struct error *initrd_open(const char *const *paths, unsigned int count, struct initrd *ret);
/** initrd_open() of files that are open already; takes over those that it comes to. */
struct error *initrd_open_held(struct held_file *files, unsigned int count, struct initrd *ret);
/** Read what initrd_open() left in its files, each straight into its place. */
struct error *initrd_load(struct initrd *initrd);
/** initrd_open() and initrd_load(). */
struct error *initrd_read(const char *const *paths, unsigned int count, struct initrd *ret);

/** Bytes of the concatenation, wherever they are. */
uint64_t initrd_size(const struct initrd *initrd);

/** The most bytes that an initrd may have unpacked. */
struct initrd_limits {
	uint64_t here;		  /* while it is unpacked; 0: leave it as it is, without a reason */
	uint64_t there;		  /* for the kernel that gets it */
	const char *there_reason; /* why that is all, for kept_reason */
};

/**
 * Replace the concatenation by what the kernel would unpack from it, so that the next kernel need
 * not: each compressed archive by its contents, in place, everything else as it is. The meaning is
 * exactly the same (init/initramfs.c, unpack_to_rootfs()); where there is any doubt of that, or the
 * result would have too many bytes, nothing is changed and initrd->kept_reason says why.
 * Where that is damage, which the kernel would find as well, initrd->damage says so.
 *
 * With initrd->from_files what has been unpacked is given back on the way, so that packed and
 * unpacked are never there as a whole together; files that must stay packed after all are then read
 * again. Such an error names the file; the only other one is out of memory.
 *
 * @param algorithm  also make the digest of the result, on the way, or DIGEST_NONE
 */
struct error *initrd_finish(
	struct initrd *initrd, const struct initrd_limits *limits, enum digest_algorithm algorithm);
/**
 * Documentation/admin-guide/bootconfig.rst: text, its size, the sum of its bytes, a magic; then up
 * to three bytes that a boot loader aligns with. The kernel takes it off the end of an initrd.
 */
bool initrd_is_bootconfig(struct bytes bytes);
/** Do the initrds end in one, by its magic? That is all that the kernel tells it by. */
bool initrd_ends_in_bootconfig(const struct initrd *initrd);
/** initrd_finish() without a digest, and with a limit for both. */
struct error *initrd_unpack(struct initrd *initrd, uint64_t limit);
void initrd_deinit(struct initrd *initrd);
#define _cleanup_initrd_ __attribute__((cleanup(initrd_deinit)))

/** True if @bytes begins with an uncompressed cpio archive that holds kernel/x86/microcode/. */
bool initrd_has_microcode(struct bytes bytes);

#endif
