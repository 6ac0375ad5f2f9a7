/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where does everything go, and where does the CPU start? A pure function of request, image and
 * machine: same inputs, same plan, on any host, without privileges and without system calls (but
 * for memory).
 */
#ifndef BATON_PLAN_PLAN_H
#define BATON_PLAN_PLAN_H

#include "base/blob.h"
#include "base/bytes.h"
#include "base/digest.h"
#include "plan/command_line.h"

struct error;
struct held_file;
struct image;
struct initrd;
struct machine;

enum {
	/** The kernel's KEXEC_SEGMENT_MAX (include/linux/kexec.h). */
	PLAN_SEGMENTS_MAX = 16,
	PLAN_REASONS_MAX = 64,
};

enum segment_role {
	SEGMENT_KERNEL,
	SEGMENT_INITRD,
	SEGMENT_BOOT_DATA,   /* boot_params, command line, setup_data */
	SEGMENT_PAGE_TABLES, /* where purgatory goes down to 4 levels */
	SEGMENT_PURGATORY,
	SEGMENT_PVH_ENTRY, /* METHOD_ELF only */
};

struct segment {
	enum segment_role role;
	const char *name;     /* "kernel", "kernel part 2", "initrd", "boot data", "purgatory" */
	struct bytes source;  /* lives as long as image, initrd and plan */
	uint64_t address;     /* physical, page-aligned */
	uint64_t memory_size; /* page-aligned, >= source.size; the rest is zero */
	char *reason;	      /* why this address: one sentence */
};

/** What kexec_file_load is given: a file as it is, or one that has yet to be made in memory. */
struct plan_file {
	bool present;
	uint64_t size;
	const struct held_file
		*itself; /* as it is; NULL: made of the parts, or else of the bytes */
	const struct initrd *parts;
	struct bytes bytes;
};

/** A decision that was made, for `baton plan` and -v. */
struct reason {
	const char *topic; /* "method", "screen", "command line", "memory map", "warning"… */
	char *text;	   /* one sentence */
};

struct plan {
	enum method method; /* never METHOD_AUTO */
	enum target target;
	char *command_line;		/* as the new kernel will see it */
	struct composition composition; /* where its words came from; its `text` is above */
	const char *format;		/* of the image */

	/* METHOD_KEXEC_LOAD, METHOD_MODULE and METHOD_ELF; with kexec_file_load the kernel places
	 * things. */
	struct segment segments[PLAN_SEGMENTS_MAX];
	unsigned int segment_count;
	uint64_t entry;	       /* purgatory's */
	uint64_t kernel_entry; /* the kernel's own, that purgatory jumps to */
	bool incomplete; /* made from a kernel's headers alone: to be shown, not to be loaded */
	bool direct;	 /* entered past its own decompressor */
	uint64_t virtual_offset;  /* that a directly entered kernel was relocated by */
	uint64_t boot_params;	  /* physical address */
	uint64_t record;	  /* physical address of the handoff record */
	uint64_t mailbox;	  /* that purgatory looks into; 0 for none */
	uint64_t page_table_root; /* of the tables that purgatory goes over to; 0 for none */
	unsigned int e820_in_boot_params, e820_in_extension;
	struct blob boot_data, page_tables, purgatory, pvh_entry; /* owned sources of segments */
	struct blob kernel; /* a flattened ELF whose parts are not page-aligned; else empty */

	/* METHOD_FILE_LOAD */
	struct plan_file file_kernel, file_initrd; /* borrowed from image and initrd */
	uint64_t file_flags;

	uint64_t handed_over; /* bytes that the kernel copies */
	struct reason reasons[PLAN_REASONS_MAX];
	unsigned int reason_count;
};

/**
 * Make the plan. What plan_unpack() (plan/unpack.h) has made ready is used.
 *
 * @param initrd  may be NULL
 * @param ret     freed with plan_deinit(); borrows from @image, @initrd and @request's strings
 * Errors are complete sentences for the user: no hole fits (ERROR_NO_SPACE, with the largest hole),
 * the image cannot be started on this machine (ERROR_UNSUPPORTED), the policy forbids it
 * (ERROR_NOT_PERMITTED), the command line is too long or options contradict (ERROR_USAGE).
 */
struct error *plan_make(const struct request *request, const struct image *image,
	const struct initrd *initrd, const struct machine *machine, struct plan *ret);

/**
 * Everything that plan_make() would refuse and that is known before a byte is unpacked: what the
 * options contradict, what this machine and its policy allow, what the kernel can be entered by.
 * Where the plan is to be made real, also what the system call is known to answer: kexec is
 * disabled, its limit is used up, no memory is reserved for a crash kernel.
 */
struct error *plan_check(
	const struct request *request, const struct image *image, const struct machine *machine);

/** The algorithm of the digests that purgatory compares on this machine. */
enum digest_algorithm plan_digest_algorithm(const struct machine *machine);

void plan_deinit(struct plan *plan);
#define _cleanup_plan_ __attribute__((cleanup(plan_deinit)))

/** "kexec_load", "kexec_file_load", "module", "ELF"; "auto" for METHOD_AUTO. */
const char *method_name(enum method method);

#endif
