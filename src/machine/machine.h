/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is this computer? Every fact about the running system, read once, through a struct source
 * (machine/source.h), which is the live system below a root directory or a recorded archive.
 * Plain data afterwards: the plan is made from this and never looks at the system again.
 */
#ifndef BATON_MACHINE_MACHINE_H
#define BATON_MACHINE_MACHINE_H

#include "base/blob.h"
#include "base/range.h"

#include <stdio.h>

struct error;
struct source;

/**
 * e820 types: ACPI specification 6.5, table 15.1, and Linux's asm/e820/types.h. Firmware and
 * loaders use numbers beyond these (GRUB's 20 for EFI runtime code), which are kept as they are.
 */
enum memory_type {
	MEMORY_RAM = 1,
	MEMORY_RESERVED = 2,
	MEMORY_ACPI = 3,
	MEMORY_NVS = 4,
	MEMORY_UNUSABLE = 5,
	MEMORY_PMEM = 7,
	MEMORY_PRAM = 12,
	MEMORY_SOFT_RESERVED = 0xefffffff,
};

struct memory_range {
	uint64_t start;
	uint64_t end; /* half-open; the firmware's inclusive ends were converted */
	uint32_t type;
};

/**
 * Sorted by start and disjoint once finished. Ranges as the firmware gave them: they may touch, and
 * are not merged, unless some overlapped.
 */
struct memory_map {
	struct memory_range *ranges;
	size_t count;
	size_t capacity;
	size_t conflicts; /* overlaps of different types that memory_map_finish() resolved */
};

/** Append a range; an empty one is dropped. Any order will do. */
struct error *memory_map_add(struct memory_map *map, struct memory_range range);
/**
 * Sort by start and make disjoint: where ranges overlap, the higher type number wins, as in Linux'
 * own e820__update_table(), so that RAM (1) loses against all else. A map that is in order already
 * takes linear time and stays as it is; an overlap costs a sort, and merges touching equals.
 */
struct error *memory_map_finish(struct memory_map *map);
/** Bytes of @type in a finished map. */
uint64_t memory_map_total(const struct memory_map *map, uint32_t type);
void memory_map_deinit(struct memory_map *map);
#define _cleanup_memory_map_ __attribute__((cleanup(memory_map_deinit)))
/** "System RAM", "ACPI Tables"…; the names /sys/firmware/memmap uses; NULL if unknown. */
const char *memory_type_name(uint32_t type);

/** Where the memory map that the new kernel gets came from. */
enum memory_source {
	MEMORY_SOURCE_NONE,
	MEMORY_SOURCE_FIRMWARE_MEMMAP, /* /sys/firmware/memmap */
	MEMORY_SOURCE_BOOT_PARAMS, /* the e820 table in /sys/kernel/boot_params, with its extension
				    */
	MEMORY_SOURCE_IOMEM,	   /* /proc/iomem */
};

/** A fact that may not be known. */
enum tristate { TRISTATE_UNKNOWN = -1, TRISTATE_NO = 0, TRISTATE_YES = 1 };

struct setup_data_node {
	uint32_t type;
	struct blob data;
};

/** efi_memory_desc_t: UEFI specification 2.10, section 7.2.3. */
struct efi_range {
	uint32_t type;
	uint64_t physical_start;
	uint64_t virtual_start;
	uint64_t page_count; /* of 4 KiB */
	uint64_t attribute;
};

struct efi_facts {
	bool present;
	uint32_t platform_size; /* 64 or 32: the firmware's word size; 0 if unknown */
	uint64_t system_table;	/* physical addresses; 0 if unknown */
	uint64_t config_table;
	uint64_t vendor;
	uint64_t runtime;
	uint64_t smbios;
	uint64_t smbios3;
	uint64_t acpi; /* RSDP from the ACPI 1.0 GUID */
	uint64_t acpi20;
	struct efi_range *runtime_map;
	size_t runtime_map_count;
	enum tristate secure_boot;
	enum tristate mixed_mode;
};

enum lockdown {
	LOCKDOWN_UNKNOWN = -1,
	LOCKDOWN_NONE,
	LOCKDOWN_INTEGRITY,
	LOCKDOWN_CONFIDENTIALITY
};

/** Newer flags of kexec_file_load (include/uapi/linux/kexec.h of Linux 7.3). */
enum { FILE_FLAG_DEBUG = 0x8, FILE_FLAG_NO_CMA = 0x10, FILE_FLAG_FORCE_DTB = 0x20 };

/** What the running kernel can do about kexec; see facts in docs/boot-protocol.md. */
struct kexec_facts {
	enum tristate loaded; /* /sys/kernel/kexec_loaded or kexec/loaded */
	enum tristate crash_loaded;
	uint64_t crash_size;		/* reserved for a crash kernel */
	uint64_t crash_elfcorehdr_size; /* that crash hotplug needs; 0 if unknown or without it */
	enum tristate load_disabled;	/* kernel.kexec_load_disabled */
	int64_t limit_reboot;		/* kernel.kexec_load_limit_reboot; -1 unlimited or absent */
	int64_t limit_panic;
	enum tristate has_kexec_load; /* from harmless probing; unknown when not root */
	enum tristate has_file_load;
	uint64_t load_flags;	 /* kexec_load flags the kernel is known to accept */
	uint64_t file_flags;	 /* kexec_file_load flags the kernel is known to accept */
	bool file_load_is_64bit; /* this is a 32-bit program and the kernel is not: it offers the
				    call to others */
	bool load_refused;	 /* the security policy (IMA) answers kexec_load with EACCES */
	bool probed;		 /* machine_probe_kexec() could ask, or a record says so */
};

/** The kernel's measurements of files, for attestation. */
struct ima_facts {
	uint64_t measurements; /* in its list; 0 if there is none or it may not be read */
	bool tpm;	       /* which keeps a sum of them; only looked at if there may be some */
	bool hidden; /* there is a TPM, and no securityfs mounted that would tell of a list */
	enum tristate carried; /* by kexec_file_load to the next kernel: CONFIG_IMA_KEXEC */
};

/** baton's own kernel module, /dev/baton (module/). */
struct module_facts {
	bool present;
	uint64_t interface;   /* its version */
	enum tristate loaded; /* the next restart starts what is loaded there */
	char *obstacle; /* why nothing can be loaded there, one sentence; NULL or empty: it can */
};

/** What the running kernel has put on its command line itself. */
struct added_words {
	char *built_in; /* CONFIG_CMDLINE, which comes before all others; NULL: none, or not known
			 */
	bool overrides; /* CONFIG_CMDLINE_OVERRIDE: in place of what the boot loader gave */
	bool bootconfig_built_in; /* CONFIG_BOOT_CONFIG_EMBED */
	char *bootconfig;	  /* what a boot configuration's keys kernel.* become; NULL: none */
	char *bootconfig_init;	  /* and its keys init.*, for init */
};

/** The text or graphics screen that the old kernel leaves behind. */
struct screen_facts {
	char *driver; /* name of the framebuffer driver or DRM device in charge; NULL if none */
	bool valid;   /* boot_params' screen information still describes the hardware */
	char *reason; /* why it is or is not, one sentence */
};

/** ACPI's way to reset: FADT RESET_REG and RESET_VALUE (ACPI 6.5, 5.2.9). */
struct reset_facts {
	bool present;
	uint8_t space; /* generic address space: 0 memory, 1 I/O */
	uint8_t value;
	uint64_t address;
};

struct machine {
	char *architecture; /* uname -m of the kernel: "x86_64" */
	char *release;	    /* uname -r */
	char *version;	    /* uname -v */
	char *command_line; /* /proc/cmdline, without the newline */
	struct added_words added;
	bool xen_paravirtual; /* a PV domain of Xen, dom0 too: /sys/hypervisor/guest_type */
	char *hypervisor;     /* "kvm", "xen", "qemu-tcg"… when known, else NULL */
	char *boot_id;

	struct memory_map memory; /* handed on to the next kernel */
	enum memory_source memory_source;
	char *memory_reason;		 /* why that source was believed, one sentence */
	struct range_set usable;	 /* RAM that segments may be put into: RAM in `memory`, and
					    System RAM in /proc/iomem where that is readable, minus crash
					    reservations and what is reserved inside System RAM there,
					    minus EFI runtime ranges, minus [0, 0x1000) and
					    [0xa0000, 0x100000) */
	struct range_set crash_reserved; /* "Crash kernel" in /proc/iomem */
	struct range kernel_text;	 /* running kernel, code to bss; empty if unknown */
	bool iomem_readable;		 /* /proc/iomem showed real addresses */

	bool has_boot_params;
	uint8_t boot_params[4096]; /* the running kernel's own (/sys/kernel/boot_params/data) */
	struct setup_data_node *setup_data;
	size_t setup_data_count;

	struct efi_facts efi;
	uint64_t acpi_rsdp; /* physical; 0 if unknown */
	struct reset_facts reset;
	struct screen_facts screen;
	struct kexec_facts kexec;
	struct module_facts module;
	struct ima_facts ima;
	enum lockdown lockdown;
	enum tristate kho_active;   /* /sys/kernel/debug/kho/out */
	enum tristate reboot_force; /* /sys/kernel/reboot/force: skips the stop of other CPUs */
	char *reboot_mode;	    /* "warm", "cold"…; NULL if unknown */
	char *reboot_type;	    /* "acpi", "efi", "kbd"…; NULL if unknown */
	int32_t bootloader_type;    /* kernel.bootloader_type: 0xd0 for kexec; -1 if unknown */

	char *cpu_vendor, *cpu_model;
	uint32_t cpu_count;	    /* online; 0 if unknown */
	uint32_t cpu_present_count; /* plugged in, online or not; 0 if unknown */
	bool cpu_unknown;	    /* its flags were not read: what follows means nothing */
	bool cpu_la57;		    /* the running kernel uses 5-level page tables */
	bool cpu_crc32c;	    /* SSE4.2: the crc32 instruction */
	bool cpu_long_mode;
	bool confidential_guest; /* SEV, SEV-ES, SNP or TDX guest */
	bool memory_encryption;	 /* SME active */

	uint64_t memory_total;	   /* bytes, MemTotal */
	uint64_t memory_available; /* bytes, MemAvailable */

	char **warnings; /* sentences: what could not be read, what contradicts */
	size_t warning_count;
};

/**
 * Read every fact through @source. Facts that are missing are marked unknown, with a warning where
 * it matters; an error means that what was there is malformed beyond use.
 */
struct error *machine_read(struct source *source, struct machine *ret);
/**
 * Ask the running kernel which of the kexec system calls and flags it knows, into @machine->kexec.
 * For those about to load: needs CAP_SYS_BOOT. Asks in ways that cannot load, unload or use up
 * anything; where it must not ask (no right, kexec disabled, a load limit set) the abilities stay
 * unknown and a warning says why. On anything but the live system it does nothing: there
 * machine_read() has filled in what the record holds.
 */
struct error *machine_probe_kexec(struct source *source, struct machine *machine);
/** Was the running kernel given an initrd, by whoever started it? */
enum tristate machine_had_initrd(const struct machine *machine);
/** Is a kernel loaded for the next reboot, in the kernel or in the module? */
enum tristate machine_loaded(const struct machine *machine);
/** Has IMA measured more than the boot itself? */
bool machine_measures(const struct machine *machine);
/** Why nothing can be loaded into the module, or NULL. */
const char *machine_module_obstacle(const struct machine *machine);
/** A machine of which nothing is known. */
struct machine machine_unknown(void);
void machine_deinit(struct machine *machine);
#define _cleanup_machine_ __attribute__((cleanup(machine_deinit)))

struct json_object;

/**
 * Every fact as a JSON object with the names of the fields above, for `baton status --json` and
 * golden tests. Addresses, sizes in memory and masks are strings of the form "0x1000", because JSON
 * numbers lose precision past 53 bits; counts are numbers, unknown facts are null.
 * @param ret  owned by the caller: json_object_put()
 */
struct error *machine_describe_json(const struct machine *machine, struct json_object **ret);

/**
 * Print the facts for people, aligned. Long lists are summed up, with their first and last ranges,
 * unless @verbose.
 */
void machine_describe_text(const struct machine *machine, bool verbose, FILE *stream);

#endif
