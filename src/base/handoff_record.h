/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The handoff record: what the old kernel's user space and purgatory tell the new system about how
 * it was started. On x86 it travels as the data of a setup_data node of our own type, which the new
 * kernel keeps and shows under /sys/kernel/boot_params/setup_data/. Little-endian, naturally
 * aligned, no padding. Freestanding: purgatory includes this header too.
 */
#ifndef BATON_BASE_HANDOFF_RECORD_H
#define BATON_BASE_HANDOFF_RECORD_H

#include <stdint.h>

/** setup_data type: "batn". Kernels ignore types they do not know, but keep and show them. */
#define SETUP_DATA_BATON       UINT32_C(0x6e746162)

/** "btonrecd" in memory order. */
#define HANDOFF_RECORD_MAGIC   UINT64_C(0x646365726e6f7462)
#define HANDOFF_RECORD_VERSION 1

/** Points in time on the CPU's own counter (TSC on x86), which goes on counting across the jump. */
enum handoff_stage {
	HANDOFF_STAGE_PLANNED,		 /* user space made the plan */
	HANDOFF_STAGE_PURGATORY_ENTERED, /* first instruction after the old kernel's last */
	HANDOFF_STAGE_VERIFIED,		 /* every digest has been compared */
	HANDOFF_STAGE_LEFT,		 /* just before the jump into the new kernel */
	HANDOFF_STAGE_COUNT = 8,	 /* room for later stages; unused ones are 0 */
};

enum handoff_digest_result {
	HANDOFF_DIGEST_NOT_RUN = 0, /* purgatory was never entered, or has not finished */
	HANDOFF_DIGEST_GOOD = 1,
	HANDOFF_DIGEST_SKIPPED = 2, /* asked for with --no-checks */
};

struct handoff_record {
	uint64_t magic;
	uint32_t version;
	uint32_t size;		/* of this structure, so that later versions may append */
	uint32_t chain;		/* handoffs since the last firmware boot, this one included */
	uint32_t digest_result; /* enum handoff_digest_result */
	uint64_t planned_at;	/* seconds since 1970 UTC by the old system's clock */
	uint64_t stage[HANDOFF_STAGE_COUNT]; /* counter values by enum handoff_stage */
	char from_release[64];		     /* old kernel's uname -r, NUL-terminated */
	char to_version[64];   /* new image's version string as far as known, NUL-terminated */
	char from_boot_id[40]; /* old system's /proc/sys/kernel/random/boot_id */
	char baton_version[24];
};

_Static_assert(sizeof(struct handoff_record) == 32 + 64 + 64 + 64 + 40 + 24,
	"the handoff record has no padding");

#endif
