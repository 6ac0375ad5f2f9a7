/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /sys/kernel/boot_params: the parameters that this kernel was started with
 * (Documentation/ABI/testing/sysfs-kernel-boot_params), and the memory map in them
 * (Documentation/arch/x86/zero-page.rst).
 */
#include "machine/facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	E820_COUNT_OFFSET = 0x1e8, /* zero-page.rst: e820_entries, one byte */
	E820_TABLE_OFFSET = 0x2d0, /* e820_table */
	E820_TABLE_MAX = 128,
	E820_ENTRY_SIZE = 20,		/* address, size: 8 bytes each; type: 4 */
	RAMDISK_SIZE_OFFSET = 0x21c,	/* boot.rst: ramdisk_size */
	EXT_RAMDISK_SIZE_OFFSET = 0xc4, /* zero-page.rst: ext_ramdisk_size, its upper half */
	SETUP_E820_EXT = 1,		/* arch/x86/include/uapi/asm/setup_data.h */
	SETUP_RNG_SEED = 9,
	NODES_MAX = 256,
};

static struct error *add_node(struct machine *machine, uint32_t type, struct bytes data)
{
	struct setup_data_node *nodes =
		reallocarray(machine->setup_data, machine->setup_data_count + 1, sizeof(*nodes));

	if (!nodes)
		return error_no_memory();
	machine->setup_data = nodes;
	nodes[machine->setup_data_count] = (struct setup_data_node){.type = type};
	TRY(blob_copy(data, &nodes[machine->setup_data_count].data));
	machine->setup_data_count++;
	return NULL;
}

/* Read node @number; the list ends where @ret_found is false. A random seed stays where it is. */
static struct error *read_node(
	struct source *source, struct machine *machine, int number, bool *ret_found)
{
	struct bytes contents, data = bytes_of("", 0);
	uint64_t type;
	char path[64];
	bool found;

	snprintf(path, sizeof(path), "sys/kernel/boot_params/setup_data/%d/type", number);
	TRY(source_file(source, path, ret_found, &contents));
	if (!*ret_found)
		return NULL;
	if (!text_is_hex(text_of(contents), &type) || type > UINT32_MAX)
		return machine_warn(
			machine, "/%s: not a hexadecimal number; the node is ignored.", path);
	if (type != SETUP_RNG_SEED) {
		snprintf(path, sizeof(path), "sys/kernel/boot_params/setup_data/%d/data", number);
		TRY(source_file(source, path, &found, &data));
	}
	return add_node(machine, (uint32_t)type, data);
}

struct error *read_boot_params(struct source *source, struct machine *machine)
{
	struct bytes contents;
	bool found;

	TRY(source_file(source, "sys/kernel/boot_params/data", &found, &contents));
	if (found && contents.size == sizeof(machine->boot_params)) {
		memcpy(machine->boot_params, contents.data, contents.size);
		machine->has_boot_params = true;
	} else if (found) {
		TRY(machine_warn(machine,
			"/sys/kernel/boot_params/data has %" PRIu64
			" bytes, expected 4096; it is ignored.",
			contents.size));
	}
	found = true;
	for (int i = 0; found && i < NODES_MAX; i++)
		TRY(read_node(source, machine, i, &found));
	return NULL;
}

enum tristate machine_had_initrd(const struct machine *machine)
{
	const uint8_t *params = machine->boot_params;

	if (!machine->has_boot_params)
		return TRISTATE_UNKNOWN;
	return load_le32(params + RAMDISK_SIZE_OFFSET) ||
			       load_le32(params + EXT_RAMDISK_SIZE_OFFSET)
		       ? TRISTATE_YES
		       : TRISTATE_NO;
}

static struct error *add_e820(
	const char *name, const uint8_t *entries, size_t count, struct memory_map *ret)
{
	for (size_t i = 0; i < count; i++) {
		const uint8_t *entry = entries + i * E820_ENTRY_SIZE;
		struct memory_range range = {
			.start = load_le64(entry), .type = load_le32(entry + 16)};

		if (__builtin_add_overflow(range.start, load_le64(entry + 8), &range.end))
			return error_new(ERROR_FORMAT,
				"%s: entry %zu: 0x%" PRIx64 " bytes at 0x%" PRIx64
				" reach past the address space",
				name, i, load_le64(entry + 8), range.start);
		TRY(memory_map_add(ret, range));
	}
	return NULL;
}

struct error *boot_params_memory_map(const struct machine *machine, struct memory_map *ret)
{
	size_t count = machine->boot_params[E820_COUNT_OFFSET];

	if (!machine->has_boot_params)
		return NULL;
	if (count > E820_TABLE_MAX)
		return error_new(ERROR_FORMAT,
			"e820 table: %zu entries, but there is room for 128 only", count);
	TRY(add_e820("e820 table", machine->boot_params + E820_TABLE_OFFSET, count, ret));
	for (size_t i = 0; i < machine->setup_data_count; i++) {
		const struct setup_data_node *node = &machine->setup_data[i];

		if (node->type == SETUP_E820_EXT)
			TRY(add_e820("e820 extension", node->data.data,
				node->data.size / E820_ENTRY_SIZE, ret));
	}
	return NULL;
}
