/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What did the user ask for? Plain data, made by a command line or by a boot entry. */
#ifndef BATON_DECISION_REQUEST_H
#define BATON_DECISION_REQUEST_H

#include "base/bytes.h"

enum target {
	TARGET_NORMAL = 0, /* for the next reboot */
	TARGET_CRASH,	   /* for a panic, into the crash reservation */
};

/** How a plan is made real. */
enum method {
	METHOD_AUTO = 0, /* the plan chooses, and says why */
	METHOD_KEXEC_LOAD,
	METHOD_FILE_LOAD, /* kexec_file_load */
	METHOD_MODULE,	  /* segments, by baton's own kernel module */
	METHOD_ELF,	  /* an ELF file that QEMU starts through its PVH note */
};

/** Whose framebuffer facts the new kernel gets. */
enum screen_policy {
	SCREEN_AUTO = 0, /* the boot-time screen information if it is still valid */
	SCREEN_REUSE,	 /* in any case */
	SCREEN_NONE,
};

/** Where a bzImage is entered. */
enum entry_choice {
	ENTRY_AUTO = 0, /* directly where nothing stands in the way */
	ENTRY_DIRECT,	/* past its decompressor, or not at all */
	ENTRY_STUB,	/* at its decompressor, as boot loaders do */
};

/** Whether compressed initrds are unpacked before the outage (image/initrd.h, initrd_unpack()). */
enum initrd_choice {
	INITRD_AUTO = 0, /* where memory allows it */
	INITRD_UNPACK,	 /* whatever memory there is */
	INITRD_KEEP,	 /* not at all */
};

enum { REQUEST_SEED_SIZE = 64 };

/**
 * A zeroed structure is a valid request for everything by default. Strings and bytes are borrowed:
 * they must live as long as the request, and those of the plan made from it.
 */
struct request {
	enum target target;
	bool describe_only; /* the plan is to be shown, not made real: it may lack contents */
	enum method method;

	/*
	 * Command line: REUSE, then BASE, then APPEND, joined by a space. What comes beside
	 * another one is for this handoff alone, and the next one's REUSE leaves it out.
	 */
	bool reuse_command_line;  /* the running kernel's, less what belongs to its boot */
	bool reuse_whole;	  /* with it: what was given for its own start alone as well */
	bool unmarked;		  /* no word of our own, where no record goes along */
	const char *command_line; /* NULL: nothing */
	const char *append;	  /* NULL: nothing */

	enum initrd_choice initrd_choice;
	enum entry_choice entry_choice;
	bool entry_32bit; /* enter a bzImage at its 32-bit entry point */
	bool no_efi;	  /* hide the EFI from the new kernel */
	bool no_verify;	  /* purgatory compares no digests */
	enum screen_policy screen;
	struct bytes device_tree; /* flattened, passed as SETUP_DTB; empty: none */

	uint64_t memory_min; /* segments lie inside [memory_min, memory_max) */
	uint64_t memory_max; /* 0: no bound */
	bool loader_32bit;   /* the program that loads the plan names the first 4 GiB only */
	bool has_entry;	     /* jump to `entry` and not to the image's own */
	uint64_t entry;

	unsigned int console; /* bits of enum purgatory_console */
	uint16_t serial_port; /* I/O port; 0: 0x3f8 when the serial console is asked for */
	uint32_t serial_baud; /* 0: leave it as it is */

	uint64_t file_flags; /* kexec_file_load flags asked for by name (NO_CMA, FORCE_DTB) */
	bool file_debug;     /* ask the kernel for its debug output, where it knows the flag */

	uint8_t seed[REQUEST_SEED_SIZE]; /* the only randomness: 32 bytes are the new kernel's
					    RNG seed, the rest is for KASLR */
	uint64_t time_now;		 /* seconds since 1970, for the record; 0 unknown */

	/* The page of struct handoff_mailbox: its physical address, page-aligned (0: none), and the
	 * nonce of this load. */
	uint64_t mailbox;
	uint64_t mailbox_nonce;
	const char *no_mailbox; /* why there is none, for the plan to tell; NULL: nothing to tell */
};

#endif
