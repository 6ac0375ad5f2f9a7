/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where did the time go, across the two kernels? One boot as plain data: what kind of boot it was,
 * and points in time on one axis. Collected on the new system (collect.c) from the handoff record,
 * the kernel's log and the init system; kept in an append-only file (history.c); shown by
 * `baton report` (src/cli).
 *
 * What is not known is marked so, with the reason, and never guessed.
 */
#ifndef BATON_LEDGER_LEDGER_H
#define BATON_LEDGER_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

enum ledger_kind {
	LEDGER_KIND_UNKNOWN,
	LEDGER_KIND_FIRMWARE, /* through firmware and a boot loader */
	LEDGER_KIND_BATON,    /* a handoff by baton, with its record */
	LEDGER_KIND_KEXEC,    /* by kexec, but without a record: the file call, or another tool */
};

/**
 * Points in time, in the order in which they happen. The phase between two neighbours that are
 * known has its name in ledger_phase_name().
 */
enum ledger_event {
	LEDGER_COMMAND,	      /* the command that ended the old system was given */
	LEDGER_LOADED,	      /* the next kernel lay in memory */
	LEDGER_REBOOT_CALL,   /* services are stopped; the old kernel's reboot call */
	LEDGER_PURGATORY,     /* first instruction after the old kernel's last */
	LEDGER_VERIFIED,      /* every digest was compared */
	LEDGER_LEFT,	      /* the jump into the new kernel's image */
	LEDGER_KERNEL,	      /* the new kernel's own clock starts */
	LEDGER_FIRST_PROGRAM, /* it starts its first program, /init or /sbin/init */
	LEDGER_SYSTEM,	      /* the initrd is done: the real system's init starts */
	LEDGER_UP,	      /* the init system says that everything is started */
	LEDGER_EVENT_COUNT,
};

struct ledger_time {
	bool known;
	int64_t ns; /* since LEDGER_KERNEL, or near it if that is not known; negative before it */
	const char
		*why; /* why it is not known; NULL if it is. Static, or the history's (history.h) */
};

/** What firmware and boot loader say of themselves; shown for LEDGER_KIND_FIRMWARE only. */
struct ledger_firmware {
	bool firmware_known; /* from reset to the boot loader's start */
	uint64_t firmware_ns;
	const char *firmware_source; /* "ACPI FPDT", "LoaderTimeInitUSec"; static */
	bool loader_known;	     /* from there to the kernel's start */
	uint64_t loader_ns;
	const char *loader_source;
	const char *why; /* static: why one of them is not known; NULL if both are */
};

enum {
	LEDGER_RELEASE_SIZE = 64,
	LEDGER_BOOT_ID_SIZE = 40,
};

enum {
	LEDGER_UNITS_MAX = 5,
	LEDGER_UNIT_SIZE = 64,
	LEDGER_LABEL_SIZE = 29,
};

/** A unit of the init system that took long to start. */
struct ledger_unit {
	char name[LEDGER_UNIT_SIZE];   /* printable ASCII, cut where it is longer */
	char label[LEDGER_LABEL_SIZE]; /* a short form, for people */
	int64_t start_ns;	       /* on the boot's axis */
	int64_t ns;		       /* how long it took */
};

struct ledger_boot {
	enum ledger_kind kind;
	char boot_id[LEDGER_BOOT_ID_SIZE];	/* of the system that was started */
	char release[LEDGER_RELEASE_SIZE];	/* its kernel's uname -r */
	char from_boot_id[LEDGER_BOOT_ID_SIZE]; /* of the system before; "" unknown */
	char from_release[LEDGER_RELEASE_SIZE]; /* "" unknown */
	uint32_t chain;	     /* handoffs in a row since firmware, this one included; 0 unknown or
				firmware */
	int digest_result;   /* enum handoff_digest_result, for LEDGER_KIND_BATON */
	bool direct;	     /* the kernel was entered past its decompressor */
	uint64_t started_at; /* seconds since 1970 UTC at LEDGER_KERNEL; 0 unknown */
	struct ledger_time at[LEDGER_EVENT_COUNT];
	/*
	 * How the old system's times were brought to this axis, and how exact that is; NULL when
	 * none of them is known. Static.
	 */
	const char *clock;
	uint64_t precision_ns;
	struct ledger_firmware firmware;
	struct ledger_unit
		slowest[LEDGER_UNITS_MAX]; /* the slowest first; they start side by side */
	unsigned int slowest_count;	   /* 0 also where it is not known */
};

/** "stopping services", "moving kernel into place"…: the phase that ends with @event; static. */
const char *ledger_phase_name(enum ledger_event event);
/** Stable names for JSON: "command", "loaded", "reboot_call", "purgatory"…; static. */
const char *ledger_event_id(enum ledger_event event);
/** "firmware", "baton", "kexec", "unknown"; static. */
const char *ledger_kind_id(enum ledger_kind kind);

#endif
