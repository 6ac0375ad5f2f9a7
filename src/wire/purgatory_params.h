/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the plan tells purgatory, and how a flat purgatory binary says where to put it.
 * Freestanding; both sides include this header. Little-endian, naturally aligned, no padding.
 */
#ifndef BATON_WIRE_PURGATORY_PARAMS_H
#define BATON_WIRE_PURGATORY_PARAMS_H

#include <stdint.h>

#include "wire/digest.h"

/** "PURGATRY" in memory order, at PURGATORY_HEADER_OFFSET of the flat binary. */
#define PURGATORY_MAGIC		UINT64_C(0x5952544147525550)
#define PURGATORY_HEADER_OFFSET 8

/** At PURGATORY_HEADER_OFFSET; the entry point is at offset 0. */
struct purgatory_header {
	uint64_t magic;
	uint32_t params_offset; /* of struct purgatory_params, from the binary's start */
	uint32_t params_end;	/* offset past it, as purgatory was built */
	uint32_t memory_size;	/* bytes it occupies, stack and zeroed data included */
	uint32_t file_size;	/* bytes of the flat binary */
	uint32_t text_end;	/* offset past what never changes: code and constants */
};

/* As purgatory_head in purgatory/x86/entry.inc has it. */
_Static_assert(__builtin_offsetof(struct purgatory_header, params_offset) == 8, "head");
_Static_assert(__builtin_offsetof(struct purgatory_header, text_end) == 24, "head");
_Static_assert(PURGATORY_HEADER_OFFSET == 8, "head");

enum {
	PURGATORY_REGIONS_MAX = 16,
	PURGATORY_NAME_SIZE = 16,
};

/** Memory to verify. */
struct purgatory_region {
	uint64_t address;
	uint64_t size;
	struct digest digest;
	char name[PURGATORY_NAME_SIZE]; /* "kernel", NUL-terminated */
};

enum purgatory_console {
	PURGATORY_CONSOLE_VGA = 1 << 0,	   /* text mode at 0xb8000 */
	PURGATORY_CONSOLE_SERIAL = 1 << 1, /* 16550 at serial_port */
	PURGATORY_RESET_VGA = 1 << 2,	   /* program VGA text mode 3 first */
};

enum purgatory_entry_mode {
	PURGATORY_ENTRY_64 = 0, /* long mode, RSI = boot_params */
	PURGATORY_ENTRY_32 = 1, /* protected mode without paging, ESI = boot_params */
};

enum purgatory_reset_space {
	PURGATORY_RESET_NONE = 0,
	PURGATORY_RESET_IO = 1,
	PURGATORY_RESET_MEMORY = 2,
};

struct purgatory_params {
	uint64_t entry;	      /* physical address to jump to */
	uint64_t boot_params; /* physical address, for RSI */
	uint64_t record;      /* physical address of struct handoff_record; 0 for none */
	uint32_t entry_mode;  /* enum purgatory_entry_mode */
	uint32_t console;     /* bits of enum purgatory_console */
	uint32_t serial_port; /* I/O port of the 16550 */
	uint32_t serial_baud; /* 0: leave the speed as it is */
	uint32_t verify;      /* 0: skip the digests */
	uint32_t algorithm;   /* enum digest_algorithm */
	uint32_t region_count;
	uint32_t reset_space; /* enum purgatory_reset_space: ACPI's reset register */
	uint32_t reset_value;
	uint32_t page_table_levels; /* of `page_tables`: 4, or 5 where it came with 5; else 0 */
	uint64_t reset_address;
	uint64_t mailbox; /* physical address of struct handoff_mailbox; 0 for none */
	uint64_t mailbox_nonce;
	uint64_t page_tables; /* physical address of tables to go over to; 0: stay on what is there
			       */
	uint64_t clear_address; /* memory to be zeroed, once on those; the size is in whole pages */
	uint64_t clear_size;
	struct purgatory_region regions[PURGATORY_REGIONS_MAX];
	struct digest own; /* of all of the above; compared even if `verify` is 0 */
};

/* As the entries have them (purgatory/x86/entry.inc). */
_Static_assert(__builtin_offsetof(struct purgatory_params, boot_params) == 8, "PARAMS_BOOT_PARAMS");
_Static_assert(__builtin_offsetof(struct purgatory_params, entry_mode) == 24, "PARAMS_ENTRY_MODE");
_Static_assert(__builtin_offsetof(struct purgatory_params, page_table_levels) == 60,
	"PARAMS_PAGE_TABLE_LEVELS");
_Static_assert(
	__builtin_offsetof(struct purgatory_params, page_tables) == 88, "PARAMS_PAGE_TABLES");
_Static_assert(sizeof(struct purgatory_region) == 48, "no padding");
_Static_assert(
	sizeof(struct purgatory_params) == 112 + 48 * PURGATORY_REGIONS_MAX + 16, "no padding");

#endif
