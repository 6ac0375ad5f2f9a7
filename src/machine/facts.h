/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What machine_read() is made of: one reader a group of facts, each with the parser of its file
 * beside it, which unit tests and fuzzers call with bytes of their own.
 *
 * To add a fact: a field in machine.h; its reader here; a line in machine_json.c and
 * machine_text.c; its file in the fixtures of tests/golden/make_machines.py.
 */
#ifndef BATON_MACHINE_FACTS_H
#define BATON_MACHINE_FACTS_H

#include "base/error.h"
#include "machine/machine.h"
#include "machine/source.h"
#include "machine/text.h"

/* Readers, in the order machine_read() calls them; a later one may use what earlier ones found. */
struct error *read_identity(struct source *source, struct machine *machine);
struct error *read_added_words(struct source *source, struct machine *machine);
struct error *read_cpu(struct source *source, struct machine *machine);
struct error *read_hypervisor(struct source *source, struct machine *machine);
struct error *read_boot_params(struct source *source, struct machine *machine);
struct error *read_efi(struct source *source, struct machine *machine);
struct error *read_acpi(struct source *source, struct machine *machine);
struct error *read_memory(struct source *source, struct machine *machine);
struct error *read_kexec_state(struct source *source, struct machine *machine);
struct error *read_module_state(struct source *source, struct machine *machine);
struct error *read_ima(struct source *source, struct machine *machine);
struct error *read_screen(struct source *source, struct machine *machine);

/** Add a sentence to machine->warnings. */
struct error *machine_warn(struct machine *machine, const char *format, ...) BATON_PRINTF(2, 3);
/**
 * Turn "this file is malformed" into a warning, for files that the machine can be described
 * without; other errors (memory, limits) are handed back. Takes ownership of @error.
 */
struct error *warn_if_malformed(struct machine *machine, struct error *error);
/** Replace the string at @ret by a formatted one. */
struct error *set_string(char **ret, const char *format, ...) BATON_PRINTF(2, 3);

/* Small files. Absence leaves @ret alone. */
/** A file's text without the white space at its ends. */
struct error *read_string(struct source *source, const char *path, char **ret);
struct error *read_decimal(struct source *source, const char *path, bool *ret_found, uint64_t *ret);
struct error *read_signed(struct source *source, const char *path, int64_t *ret);
/** A file that holds 0 or another number. */
struct error *read_switch(struct source *source, const char *path, enum tristate *ret);

/* memory_map.c */
/** No e820 type; stands for a name that tells none, until a better source is asked. */
#define MEMORY_TYPE_UNKNOWN UINT32_C(0)
/** e820_type_to_string()'s name for all other numbers. */
#define MEMORY_NAME_UNKNOWN "Unknown E820 type"
/** The type with this name in /sys/firmware/memmap or /proc/iomem; false if there is none. */
bool memory_type_of(struct text name, uint32_t *ret);

/* firmware_memmap.c */
/**
 * Read the table {start, end, type} of /sys/firmware/memmap (Documentation/ABI/testing/
 * sysfs-firmware-memmap): hexadecimal, the end inclusive, the type a name.
 * A name that is none of a type's ("Unknown E820 type") gives MEMORY_TYPE_UNKNOWN.
 * ERROR_FORMAT, with the line, for what is not such a table.
 */
struct error *firmware_memmap_parse(struct bytes table, struct memory_map *ret);
/**
 * Give the ranges of unknown type the number that @numbers (finished) has for the very same range,
 * else MEMORY_RESERVED.
 * @return how many had to be taken as reserved
 */
size_t firmware_memmap_resolve(struct memory_map *map, const struct memory_map *numbers);

/* boot_params_read.c */
/** The e820 table inside boot_params, and its extension in setup_data; unfinished. */
struct error *boot_params_memory_map(const struct machine *machine, struct memory_map *ret);

/* iomem.c */
/** What /proc/iomem says: the kernel's resource tree, with ends inclusive and hexadecimal. */
struct iomem {
	struct memory_map map;	   /* ranges whose name is a memory type's, unfinished */
	struct range_set ram;	   /* "System RAM" */
	struct range_set crash;	   /* "Crash kernel" */
	struct range_set reserved; /* "Reserved" inside System RAM */
	struct range kernel;	   /* from "Kernel code" to "Kernel bss" */
	bool readable;		   /* some address is not zero */
};

/** ERROR_FORMAT, with the line, for what is not /proc/iomem. */
struct error *iomem_parse(struct bytes text, struct iomem *ret);
void iomem_deinit(struct iomem *iomem);
#define _cleanup_iomem_ __attribute__((cleanup(iomem_deinit)))

/* efi.c */
/** The lines NAME=0xADDRESS of /sys/firmware/efi/systab; what it does not know is passed over. */
void efi_systab_parse(struct bytes text, struct efi_facts *efi);
/** The table {type, phys_addr, virt_addr, num_pages, attribute} of runtime-map. */
struct error *efi_runtime_map_parse(struct bytes table, struct efi_facts *efi);

/* acpi.c */
/** Signature, length and checksum of an ACPI table; false and why (static) in @ret_reason. */
bool acpi_table_check(struct bytes table, const char *signature, const char **ret_reason);
/** Find the reset register in a FADT; false and why in @ret_reason when it is not a sound FADT. */
bool fadt_parse(struct bytes fadt, struct reset_facts *ret, const char **ret_reason);

/* kernel_config.c */
/**
 * The lines of the running kernel's configuration that readers look at: from /proc/config.gz
 * (CONFIG_IKCONFIG_PROC), beside its modules, or in /boot.
 */
struct error *kernel_config_read(
	struct source *source, const struct machine *machine, bool *ret_found, struct bytes *ret);

/* added_words.c */
/** What the lines of a kernel's configuration (.config) say about command lines. */
struct error *kernel_config_parse(struct bytes text, struct added_words *ret);
/** /proc/bootconfig: lines KEY = "VALUE", "VALUE"… (fs/proc/bootconfig.c). */
struct error *bootconfig_parse(struct bytes text, struct added_words *ret);

/* cpu.c */
/** The flags, vendor and model of the first processor in /proc/cpuinfo. */
struct error *cpuinfo_parse(struct bytes text, struct machine *machine);
/** Number of CPUs in a list such as "0-3,8"; 0 if it is not one. */
uint32_t cpu_list_count(struct text list);

/* kexec_state.c */
/** "[none] integrity confidentiality": the bracketed word. */
enum lockdown lockdown_parse(struct text text);

/* screen.c: include/uapi/linux/screen_info.h, at offset 0 of boot_params */
/** The mode that runs now, as the framebuffer device tells it; zeros if unknown. */
struct screen_mode {
	uint64_t width, height, bits_per_pixel, stride;
};

/** True if @info (0x40 bytes of boot_params) still describes the hardware; @ret_reason says why. */
bool screen_info_is_valid(const uint8_t *info, const char *driver, struct screen_mode mode,
	const struct range_set *display_memory, const char **ret_reason);
/** Memory BARs of display-class devices in the table {class, resource} of /sys/bus/pci/devices. */
struct error *display_memory_parse(struct bytes table, struct range_set *ret);

#endif
