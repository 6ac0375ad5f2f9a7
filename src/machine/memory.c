/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which memory map to hand on, and where segments may go.
 *
 * /sys/firmware/memmap is believed when it is there and has RAM in it: it is the firmware's map, or
 * the one the previous kexec handed on, untouched by mem= and memmap= and by what this kernel has
 * reserved for itself. Next best is the e820 table in boot_params with its extension
 * (SETUP_E820_EXT), which the kernel may have amended. Last /proc/iomem, whose names tell the
 * types, but only if its addresses are shown. Where the others contradict the one believed, a
 * warning says so.
 */
#include "machine/facts.h"

#include <inttypes.h>

/* The first page (interrupt vectors, BIOS data), and video memory and ROMs, even if typed RAM. */
static const struct range never_usable[] = {{0, 0x1000}, {0xa0000, 0x100000}};

/* What the two better places say; each empty if absent or without RAM. */
struct candidates {
	struct memory_map firmware;
	struct memory_map boot_params;
};

static void candidates_deinit(struct candidates *candidates)
{
	memory_map_deinit(&candidates->firmware);
	memory_map_deinit(&candidates->boot_params);
}
#define _cleanup_candidates_ __attribute__((cleanup(candidates_deinit)))

/* Finish @map; empty it, with a warning, if there is no RAM in it. */
static struct error *check_map(struct machine *machine, const char *name, struct memory_map *map)
{
	if (!map->count)
		return NULL;
	TRY(memory_map_finish(map));
	if (memory_map_total(map, MEMORY_RAM))
		return NULL;
	memory_map_deinit(map);
	return machine_warn(machine, "%s has no RAM in it, so it is not believed.", name);
}

/* Types whose number the kernel does not show by name are looked up in @boot_params. */
static struct error *read_firmware_memmap(struct source *source, struct machine *machine,
	const struct memory_map *boot_params, struct memory_map *ret)
{
	static const char *const columns[] = {"start", "end", "type", NULL};
	struct bytes table;
	struct error *error;
	size_t unresolved;
	bool found;

	TRY(source_table(source, "sys/firmware/memmap", columns, &found, &table));
	error = error_prefix(firmware_memmap_parse(table, ret), "/sys/firmware/memmap");
	if (error) {
		memory_map_deinit(ret);
		return warn_if_malformed(machine, error);
	}
	unresolved = firmware_memmap_resolve(ret, boot_params);
	if (unresolved)
		TRY(machine_warn(machine,
			"/sys/firmware/memmap has %zu ranges of unknown type; they are taken as "
			"reserved.",
			unresolved));
	return check_map(machine, "/sys/firmware/memmap", ret);
}

static struct error *read_boot_params_map(struct machine *machine, struct memory_map *ret)
{
	struct error *error = boot_params_memory_map(machine, ret);

	if (!error)
		return check_map(machine, "The e820 table in boot_params", ret);
	memory_map_deinit(ret);
	return warn_if_malformed(machine, error_prefix(error, "/sys/kernel/boot_params"));
}

static struct error *read_iomem(struct source *source, struct machine *machine, struct iomem *ret)
{
	struct error *error;
	struct bytes text;
	bool found;

	TRY(source_file(source, "proc/iomem", &found, &text));
	error = error_prefix(iomem_parse(text, ret), "/proc/iomem");
	if (error) {
		iomem_deinit(ret);
		return warn_if_malformed(machine, error);
	}
	machine->iomem_readable = ret->readable;
	if (!ret->readable)
		return machine_warn(machine,
			"/proc/iomem does not show its addresses (only root may see them), so crash "
			"reservations are unknown.");
	machine->kernel_text = ret->kernel;
	return range_set_copy(&ret->crash, &machine->crash_reserved);
}

static void take_map(struct machine *machine, struct memory_map *map, enum memory_source source)
{
	machine->memory = *map;
	machine->memory_source = source;
	*map = (struct memory_map){0};
}

static struct error *choose_map(
	struct machine *machine, struct candidates *candidates, struct iomem *iomem)
{
	if (candidates->firmware.count) {
		take_map(machine, &candidates->firmware, MEMORY_SOURCE_FIRMWARE_MEMMAP);
		return set_string(&machine->memory_reason,
			"/sys/firmware/memmap is the map that this kernel was given, unmodified.");
	}
	if (candidates->boot_params.count) {
		take_map(machine, &candidates->boot_params, MEMORY_SOURCE_BOOT_PARAMS);
		return set_string(&machine->memory_reason,
			"/sys/firmware/memmap is not there or has no RAM, and boot_params holds an "
			"e820 table.");
	}
	if (iomem->readable)
		TRY(check_map(machine, "/proc/iomem", &iomem->map));
	if (iomem->readable && iomem->map.count) {
		take_map(machine, &iomem->map, MEMORY_SOURCE_IOMEM);
		return set_string(&machine->memory_reason,
			"neither /sys/firmware/memmap nor boot_params holds a map, and /proc/iomem "
			"shows its addresses.");
	}
	TRY(machine_warn(machine, "The memory map is unknown: neither /sys/firmware/memmap, "
				  "boot_params nor /proc/iomem tells it."));
	return set_string(&machine->memory_reason, "no map was found.");
}

static struct error *ram_of(const struct memory_map *map, struct range_set *ret)
{
	for (size_t i = 0; i < map->count; i++)
		if (map->ranges[i].type == MEMORY_RAM)
			TRY(range_set_add(
				ret, (struct range){map->ranges[i].start, map->ranges[i].end}));
	return NULL;
}

/* RAM that only /proc/iomem knows: hot-added, or a map that does not fit this machine. */
static struct error *check_iomem_ram(
	struct machine *machine, const struct range_set *ram, const struct iomem *iomem)
{
	_cleanup_range_set_ struct range_set beyond = {0};

	if (!iomem->readable)
		return NULL;
	TRY(range_set_copy(&iomem->ram, &beyond));
	TRY(range_set_subtract(&beyond, ram));
	if (!beyond.count)
		return NULL;
	return machine_warn(machine,
		"/proc/iomem has 0x%" PRIx64 " bytes of System RAM, the first at 0x%" PRIx64
		", that are not RAM in the memory map; the next kernel will not be told of them.",
		range_set_total(&beyond), beyond.ranges[0].start);
}

static struct error *check_boot_params(
	struct machine *machine, const struct memory_map *boot_params)
{
	uint64_t here = memory_map_total(&machine->memory, MEMORY_RAM);
	uint64_t there = memory_map_total(boot_params, MEMORY_RAM);

	if (!boot_params->count || here == there)
		return NULL;
	return machine_warn(machine,
		"/sys/firmware/memmap has 0x%" PRIx64
		" bytes of RAM, the e820 table in boot_params "
		"0x%" PRIx64 "; the former is believed.",
		here, there);
}

static struct error *check_conflicts(struct machine *machine)
{
	if (!machine->memory.conflicts)
		return NULL;
	return machine_warn(machine,
		"The memory map has %zu overlaps of ranges of different types; the more restrictive "
		"type was taken.",
		machine->memory.conflicts);
}

/* As range_set_subtract(), which makes a new set even where there is nothing to take out. */
static struct error *subtract(struct range_set *set, const struct range_set *other)
{
	return other->count ? range_set_subtract(set, other) : NULL;
}

/* Take every range of runtime services out of @usable. */
static struct error *remove_efi_runtime(const struct efi_facts *efi, struct range_set *usable)
{
	_cleanup_range_set_ struct range_set runtime = {0};

	for (size_t i = 0; i < efi->runtime_map_count; i++) {
		struct range range = {.start = efi->runtime_map[i].physical_start};
		uint64_t size;

		if (__builtin_mul_overflow(efi->runtime_map[i].page_count, 4096, &size) ||
			__builtin_add_overflow(range.start, size, &range.end))
			range.end = UINT64_MAX;
		TRY(range_set_add(&runtime, range));
	}
	return subtract(usable, &runtime);
}

static struct error *make_usable(struct machine *machine, const struct iomem *iomem)
{
	struct range_set *usable = &machine->usable;

	TRY(ram_of(&machine->memory, usable));
	TRY(check_iomem_ram(machine, usable, iomem));
	if (iomem->readable) {
		TRY(range_set_intersect(usable, &iomem->ram));
		TRY(subtract(usable, &iomem->reserved));
		TRY(subtract(usable, &iomem->crash));
	}
	TRY(remove_efi_runtime(&machine->efi, usable));
	for (size_t i = 0; i < sizeof(never_usable) / sizeof(never_usable[0]); i++)
		TRY(range_set_remove(usable, never_usable[i]));
	return NULL;
}

static struct error *read_meminfo(struct source *source, struct machine *machine)
{
	struct text text, line;
	struct bytes contents;
	uint64_t kib;
	bool found;

	TRY(source_file(source, "proc/meminfo", &found, &contents));
	for (text = text_of(contents); text_take(&text, '\n', &line);) {
		uint64_t *field = text_skip(&line, "MemTotal:")	      ? &machine->memory_total
				  : text_skip(&line, "MemAvailable:") ? &machine->memory_available
								      : NULL;

		line = text_trim(line);
		if (field && text_decimal(&line, &kib) && kib <= UINT64_MAX / 1024)
			*field = kib * 1024;
	}
	return NULL;
}

struct error *read_memory(struct source *source, struct machine *machine)
{
	_cleanup_candidates_ struct candidates candidates = {0};
	_cleanup_iomem_ struct iomem iomem = {0};

	TRY(read_meminfo(source, machine));
	TRY(read_iomem(source, machine, &iomem));
	TRY(read_boot_params_map(machine, &candidates.boot_params));
	TRY(read_firmware_memmap(source, machine, &candidates.boot_params, &candidates.firmware));
	TRY(choose_map(machine, &candidates, &iomem));
	TRY(check_boot_params(machine, &candidates.boot_params));
	TRY(check_conflicts(machine));
	return make_usable(machine, &iomem);
}
