/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One piece of memory that the kernel is to fill at the jump, and why it lies where it does. */
#ifndef BATON_DECISION_SEGMENT_H
#define BATON_DECISION_SEGMENT_H

#include "base/bytes.h"
#include "base/error.h"

enum {
	/** The kernel's KEXEC_SEGMENT_MAX (include/linux/kexec.h). */
	SEGMENTS_MAX = 16,
};

enum segment_role {
	SEGMENT_KERNEL,
	SEGMENT_INITRD,
	SEGMENT_BOOT_DATA,   /* boot_params, command line, setup_data */
	SEGMENT_PAGE_TABLES, /* that purgatory goes over to */
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

/** A zeroed one is empty. */
struct segments {
	struct segment list[SEGMENTS_MAX];
	unsigned int count;
};

/** Append one. Its source and name must outlive the list. @reason is printf-style. */
struct error *segments_add(struct segments *segments, const struct segment *segment,
	const char *reason, ...) BATON_PRINTF(3, 4);

/** The first with that role; NULL: there is none. */
struct segment *segments_find(const struct segments *segments, enum segment_role role);

/** By role, and by address where several have one: as people read a plan. */
void segments_sort(struct segments *segments);

void segments_deinit(struct segments *segments);

#endif
