/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The interface of /dev/baton, version 1. docs/module.md explains it.
 *
 * Only who has CAP_SYS_BOOT is heard (EPERM). Each structure begins with its own size: a later
 * version appends fields, and a module takes a longer structure if what it does not know is zero
 * (E2BIG otherwise). The size in a command's own number (_IOC_SIZE) is not looked at. All addresses
 * are physical, all sizes are bytes.
 */
#ifndef BATON_UAPI_H
#define BATON_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define BATON_INTERFACE_VERSION 1
#define BATON_DEVICE		"/dev/baton"

/* As many as kexec_load takes. */
#define BATON_SEGMENTS_MAX	16
#define BATON_MAPPED_MAX	8
#define BATON_MAPPED_SIZE_MAX	(1 << 26) /* of each range */
#define BATON_REASON_MAX	192

/** The meaning of struct kexec_segment: what is behind the contents is zero. */
struct baton_segment {
	__aligned_u64 buffer;	   /* user address of the contents */
	__aligned_u64 buffer_size; /* of the contents, at most memory_size */
	__aligned_u64 address;	   /* destination, page-aligned, in System RAM */
	__aligned_u64 memory_size; /* page-aligned */
};

/** A range that the next kernel finds identity-mapped, beside all RAM and ACPI's tables. */
struct baton_range {
	__aligned_u64 start;
	__aligned_u64 size;
};

struct baton_load {
	__u32 size;  /* sizeof(struct baton_load) */
	__u32 flags; /* 0 */
	__aligned_u64 entry;
	__aligned_u64 segments; /* user address of struct baton_segment[segment_count] */
	__aligned_u64 mapped;	/* user address of struct baton_range[mapped_count], or 0 */
	__u32 segment_count;	/* 1 to BATON_SEGMENTS_MAX */
	__u32 mapped_count;	/* 0 to BATON_MAPPED_MAX */
};

/* baton_status.state */
#define BATON_STATE_LOADED 0x1 /* the next ordinary restart starts what is loaded */

struct baton_status {
	__u32 size; /* sizeof(struct baton_status), set by the caller */
	__u32 state;
	__aligned_u64 entry;
	__aligned_u64 pages_in_place; /* that already lie at their destination */
	__aligned_u64 pages_to_copy;  /* once, in the moment of the jump */
	__aligned_u64 pages_to_clear;
	__aligned_u64 pages_held; /* allocated in all, page tables and lists too */
	__aligned_u64 loads;	  /* that were successful since the module came */
};

/* baton_capabilities.hooks */
#define BATON_HOOK_RESTART_HANDLER 0x1
#define BATON_HOOK_KPROBE	   0x2

struct baton_capabilities {
	__u32 size;    /* sizeof(struct baton_capabilities), set by the caller */
	__u32 version; /* BATON_INTERFACE_VERSION */
	__u32 hooks;
	__u32 segments_max;
	__u32 mapped_max;
	__u32 page_size;
	__aligned_u64 address_max;	 /* of a destination, inclusive */
	char obstacle[BATON_REASON_MAX]; /* why nothing can be loaded here; empty: it can */
};

/**
 * Load, and arm: an ordinary restart starts it. What was loaded before is given back, or stays as
 * it is when the load fails.
 *
 * EPERM no CAP_SYS_BOOT, lockdown, or kernel.kexec_load_disabled; EACCES the security module's
 * policy; EOPNOTSUPP the obstacle that CAPABILITIES tells; EBUSY another load is under way; EFAULT,
 * E2BIG, EINVAL sizes, alignment, overlap, count, flags, more than half of RAM; EADDRNOTAVAIL a
 * destination outside of System RAM; ENOMEM; EINTR.
 */
#define BATON_IOC_LOAD	       _IOW('B', 0xb0, struct baton_load)
/** Give back what is loaded; no error if there is nothing. EPERM, also with
 * kernel.kexec_load_disabled; EBUSY. */
#define BATON_IOC_UNLOAD       _IO('B', 0xb1)
#define BATON_IOC_STATUS       _IOWR('B', 0xb2, struct baton_status)
#define BATON_IOC_CAPABILITIES _IOWR('B', 0xb3, struct baton_capabilities)

#endif
