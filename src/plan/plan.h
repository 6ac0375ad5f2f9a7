/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where does everything go, and where does the CPU start? The answer, as data. */
#ifndef BATON_PLAN_PLAN_H
#define BATON_PLAN_PLAN_H

#include "base/blob.h"
#include "base/bytes.h"
#include "base/range.h"
#include "decision/notes.h"
#include "decision/segment.h"
#include "plan/command_line.h"

struct error;
struct held_file;
struct image;
struct initrd;
struct machine;
struct payload;

/** What kexec_file_load is given: a file as it is, or one that has yet to be made in memory. */
struct plan_file {
	bool present;
	uint64_t size;
	const struct held_file
		*itself; /* as it is; NULL: made of the parts, or else of the bytes */
	const struct initrd *parts;
	struct bytes bytes;
};

struct plan {
	enum method method; /* never METHOD_AUTO */
	enum target target;
	char *command_line;		/* as the new kernel will see it */
	struct composition composition; /* where its words came from; its `text` is above */
	const char *format;		/* of the image */

	/* METHOD_KEXEC_LOAD, METHOD_MODULE and METHOD_ELF; with kexec_file_load the kernel places
	 * things. */
	struct segments segments;
	uint64_t entry;	       /* purgatory's */
	uint64_t kernel_entry; /* the kernel's own, that purgatory jumps to */
	bool only_shown;       /* made to be shown: what a load would look at was not looked at */
	bool incomplete; /* made from a kernel's headers alone: to be shown, not to be loaded */
	bool direct;	 /* entered past its own decompressor */
	uint64_t virtual_offset;  /* that a directly entered kernel was relocated by */
	uint64_t boot_params;	  /* physical address */
	uint64_t record;	  /* physical address of the handoff record */
	uint64_t mailbox;	  /* that purgatory looks into; 0 for none */
	uint64_t page_table_root; /* of the tables that purgatory goes over to; 0 for none */
	unsigned int page_table_levels;
	struct range
		cleared; /* that purgatory zeroes, once on those: the kernel's, and in no segment */
	unsigned int ranges_in_start_data, ranges_in_extension;
	struct blob boot_data, page_tables, purgatory, pvh_entry; /* owned sources of segments */
	struct payload *payload; /* of a directly entered kernel: the source of its segments */
	struct blob kernel;	 /* a flattened ELF whose parts are not page-aligned; else empty */

	/* METHOD_FILE_LOAD */
	struct plan_file file_kernel, file_initrd; /* borrowed from image and initrd */
	uint64_t file_flags;

	uint64_t handed_over; /* bytes that the kernel copies */
	struct notes notes;
};

void plan_deinit(struct plan *plan);
#define _cleanup_plan_ __attribute__((cleanup(plan_deinit)))

/** "kexec_load", "kexec_file_load", "module", "ELF"; "auto" for METHOD_AUTO. */
const char *method_name(enum method method);

#endif
