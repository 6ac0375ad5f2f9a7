/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is told from the old system to the new one about the handoff, and its two vessels. The old
 * system's user space writes stages into the mailbox; purgatory merges them into the record, by
 * their numbers; the new system reads the record. A new stage is one more name in the enum below.
 *
 * The mailbox is a page of ordinary memory: segments cannot be written to after the load, and the
 * reboot call comes from another process, often much later. Its physical address and a nonce are
 * put into purgatory's parameters at the load. Nothing keeps the kernel from moving the page to
 * another frame, so purgatory believes only what carries the magic and this very nonce; anything
 * else leaves the times unknown. handoff/mailbox.h makes and fills it.
 *
 * The record lies among what is loaded. On x86 it travels as the data of a setup_data node of our
 * own type, which the new kernel keeps and shows under /sys/kernel/boot_params/setup_data/;
 * plan/handoff_record.h makes it, machine/handoff_record.h reads it.
 *
 * Both are little-endian, naturally aligned, without padding. Freestanding: purgatory includes
 * this.
 *
 * Versions of the record: from 2 on, a later version only appends fields and stages, and `size`
 * tells how much is there, so that each reader takes the part that it knows. A change of anything
 * else gets another magic. Version 1 had other stages; handoff_record_parse() knows them. Another
 * layout of the mailbox has another magic: a mailbox that an older or newer
 * baton made is left alone, and the times are unknown.
 *
 * Since version 3 two texts, which together are the command line that was handed over, follow the
 * structure somewhere inside of `size`; the structure says where.
 */
#ifndef BATON_WIRE_HANDOFF_H
#define BATON_WIRE_HANDOFF_H

#include <stdint.h>

/** setup_data type: "batn". Kernels ignore types they do not know, but keep and show them. */
#define SETUP_DATA_BATON       UINT32_C(0x6e746162)

/** "btonrecd" in memory order. */
#define HANDOFF_RECORD_MAGIC   UINT64_C(0x646365726e6f7462)
#define HANDOFF_RECORD_VERSION 3

/**
 * Points in time on the CPU's own counter (TSC on x86), which goes on counting across the jump, in
 * the order in which they happen; 0 is not known. They are comparable if the counters of all CPUs
 * run alike and never stop ("invariant TSC", synchronised), which the reader must make sure of.
 */
enum handoff_stage {
	/* By the old system's user space, through the mailbox. */
	HANDOFF_STAGE_COMMAND,	   /* the command was given that ended the old system */
	HANDOFF_STAGE_LOADED,	   /* the next kernel lay in memory */
	HANDOFF_STAGE_REBOOT_CALL, /* services are stopped; the old kernel's reboot call */
	/* By purgatory. */
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

enum handoff_entry {
	HANDOFF_ENTRY_UNKNOWN = 0,
	HANDOFF_ENTRY_STUB = 1,	  /* at the image's own entry: a bzImage's decompressor */
	HANDOFF_ENTRY_DIRECT = 2, /* past its decompressor */
};

/** What became of the mailbox, which the old system's last stages come from. */
enum handoff_mailbox_state {
	HANDOFF_MAILBOX_UNKNOWN = 0, /* a record of version 1 */
	HANDOFF_MAILBOX_NONE = 1,    /* there was none at loading */
	HANDOFF_MAILBOX_READ = 2,    /* purgatory found it and took what was in it */
	HANDOFF_MAILBOX_LOST = 3,    /* its page held something else by then */
};

struct handoff_record {
	uint64_t magic;
	uint32_t version;
	uint32_t size;		/* of this structure as the writer knows it */
	uint32_t chain;		/* handoffs since the last firmware boot with this one; 0 unknown */
	uint32_t digest_result; /* enum handoff_digest_result */
	uint64_t planned_at;	/* seconds since 1970 UTC by the old system's clock */
	uint64_t stage[HANDOFF_STAGE_COUNT]; /* counter values by enum handoff_stage */
	char from_release[64];		     /* old kernel's uname -r, NUL-terminated */
	char to_version[64];   /* new image's version string as far as known, NUL-terminated */
	char from_boot_id[40]; /* old system's /proc/sys/kernel/random/boot_id */
	char baton_version[24];
	/* Since version 2. */
	uint32_t entry;		/* enum handoff_entry */
	uint32_t mailbox;	/* enum handoff_mailbox_state */
	uint32_t loaded_before; /* not 0: it was loaded before the command, so that LOADED is 0 */
	uint32_t unused;
	/* Since version 3: the command line, in bytes from the record's start; offset 0: not told.
	 * The usual one, which the next handoff begins with, and the words beside it that were
	 * given for this handoff alone. Each may have init's part, behind "--"; the new kernel got
	 * kernel's words of both, then init's of both. No NUL. */
	uint32_t usual_offset, usual_size;
	uint32_t once_offset, once_size;
};

/** Longest of these texts: the longest command line of any architecture (COMMAND_LINE_SIZE). */
enum { HANDOFF_COMMAND_LINE_MAX = 4096 };

_Static_assert(sizeof(struct handoff_record) == 32 + 64 + 64 + 64 + 40 + 24 + 16 + 16,
	"the handoff record has no padding");

/** "btonmbx2" in memory order; another layout gets another digit. */
#define HANDOFF_MAILBOX_MAGIC UINT64_C(0x3278626d6e6f7462)

enum { HANDOFF_MAILBOX_SIZE = 4096 }; /* a page */

struct handoff_mailbox {
	uint64_t magic;
	uint64_t nonce;			     /* of the load that it belongs to */
	uint64_t stage[HANDOFF_STAGE_COUNT]; /* as in the record; 0: not known, or purgatory's */
	uint64_t loaded_before;		     /* not 0: loaded before the command was given */
	/* For user space alone. */
	uint64_t address;  /* physical, when it was loaded */
	uint64_t asked_at; /* CLOCK_BOOTTIME, ns: the init system was asked to end the system */
};

_Static_assert(sizeof(struct handoff_mailbox) == 16 + 64 + 24, "the mailbox has no padding");

#endif
