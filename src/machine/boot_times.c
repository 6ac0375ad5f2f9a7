/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/boot_times.h"

#include "machine/facts.h"

enum {
	/* ACPI specification 6.5, 5.2.24: table header, then records; 5.2.6 is the header */
	FPDT_RECORDS = 36,
	/* table 5.106: type, length, revision, then the record's own */
	RECORD_LENGTH = 2,
	RECORD_HEADER = 4,
	/* 5.2.24.4: Firmware Basic Boot Performance Table Pointer Record */
	POINTER_TYPE = 0,
	POINTER_ADDRESS = 8,
	POINTER_SIZE = 16,
	/* 5.2.24.6: signature, length, then records */
	FBPT_LENGTH = 4,
	FBPT_RECORDS = 8,
	/* 5.2.24.9: Firmware Basic Boot Performance Data Record */
	BOOT_TYPE = 2,
	BOOT_TIMES = 8, /* five of 8 bytes */
	BOOT_SIZE = 48,
	/* The record comes first in the table; nothing behind it is read. */
	READ_SIZE = FBPT_RECORDS + BOOT_SIZE,

	/* efivarfs: 4 bytes of attributes, then the variable */
	VARIABLE_ATTRIBUTES = 4,
};

/* systemd.io/BOOT_LOADER_INTERFACE */
#define LOADER_VARIABLE(name)                                                                      \
	"sys/firmware/efi/efivars/" name "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

#define FPDT_SOURCE "ACPI FPDT"

/*
 * The first record of @type with at least @size bytes, among those from @offset on. Records are
 * chained by their lengths; a length of less than its own header's ends the search.
 */
static bool find_record(
	struct bytes table, uint64_t offset, uint16_t type, uint64_t size, struct bytes *ret)
{
	while (bytes_contain(table, offset, RECORD_HEADER)) {
		uint8_t length = table.data[offset + RECORD_LENGTH];

		if (length < RECORD_HEADER || !bytes_contain(table, offset, length))
			return false;
		if (load_le16(table.data + offset) == type && length >= size) {
			*ret = bytes_part(table, offset, length);
			return true;
		}
		offset += length;
	}
	return false;
}

bool fpdt_parse(struct bytes table, uint64_t *ret_address, const char **ret_reason)
{
	struct bytes record;

	*ret_address = 0;
	if (!acpi_table_check(table, "FPDT", ret_reason))
		return false;
	*ret_reason = "it points to no boot record";
	if (!find_record(table, FPDT_RECORDS, POINTER_TYPE, POINTER_SIZE, &record))
		return false;
	*ret_address = load_le64(record.data + POINTER_ADDRESS);
	return *ret_address != 0;
}

bool boot_performance_parse(
	struct bytes table, struct boot_performance *ret, const char **ret_reason)
{
	uint64_t *const fields[] = {&ret->reset_end, &ret->loader_loaded, &ret->loader_start,
		&ret->exit_entry, &ret->exit_end};
	struct bytes record;
	uint64_t length;

	*ret = (struct boot_performance){0};
	*ret_reason = "it does not begin with \"FBPT\"";
	if (table.size < FBPT_RECORDS || !bytes_match(table, 0, "FBPT", 4))
		return false;
	length = load_le32(table.data + FBPT_LENGTH);
	if (length < table.size)
		table.size = length;
	*ret_reason = "it holds no boot record";
	if (!find_record(table, FBPT_RECORDS, BOOT_TYPE, BOOT_SIZE, &record))
		return false;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		*fields[i] = load_le64(record.data + BOOT_TIMES + 8 * i);
	return true;
}

bool loader_time_parse(struct bytes variable, uint64_t *ret_usec)
{
	uint64_t value = 0, offset = VARIABLE_ATTRIBUTES;

	for (; bytes_contain(variable, offset, 2); offset += 2) {
		uint16_t unit = load_le16(variable.data + offset);

		if (!unit)
			break;
		if (unit < '0' || unit > '9' || __builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, unit - '0', &value))
			return false;
	}
	*ret_usec = value;
	/* A NUL may end it, and nothing follows. */
	return offset > VARIABLE_ATTRIBUTES &&
	       (offset == variable.size || offset + 2 == variable.size);
}

/* The record as the kernel shows it; false in @ret_found if it does not. */
static struct error *read_shown(
	struct source *source, bool *ret_found, struct boot_performance *ret)
{
	bool has_end;

	*ret = (struct boot_performance){0};
	TRY(read_decimal(source, "sys/firmware/acpi/fpdt/boot/bootloader_launch_ns", ret_found,
		&ret->loader_start));
	return read_decimal(source, "sys/firmware/acpi/fpdt/boot/exitbootservice_end_ns", &has_end,
		&ret->exit_end);
}

/* Memory that the firmware keeps for itself; a pointer to anywhere else is not followed. */
static bool is_firmwares(const struct memory_map *map, uint64_t address, uint64_t size)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct memory_range *range = &map->ranges[i];

		if (address >= range->start && address < range->end)
			return size <= range->end - address &&
			       (range->type == MEMORY_RESERVED || range->type == MEMORY_ACPI ||
				       range->type == MEMORY_NVS);
	}
	return false;
}

/* The record in memory, found through the table. */
static struct error *read_pointed(struct source *source, const struct machine *machine,
	bool *ret_found, struct boot_performance *ret, const char **ret_why)
{
	struct bytes table, memory;
	const char *reason;
	uint64_t address;
	bool found;

	*ret_found = false;
	*ret_why = "neither the firmware (ACPI FPDT) nor the boot loader (EFI variable "
		   "LoaderTimeInitUSec) reports times";
	TRY(source_file(source, "sys/firmware/acpi/tables/FPDT", &found, &table));
	if (!found)
		return NULL;
	*ret_why = "the firmware's FPDT is malformed";
	if (!fpdt_parse(table, &address, &reason))
		return NULL;
	*ret_why = "the firmware's FPDT points to memory that is not the firmware's";
	if (!is_firmwares(&machine->memory, address, READ_SIZE))
		return NULL;
	*ret_why = "the firmware's boot record cannot be read: that needs root and /dev/mem, or a "
		   "kernel with CONFIG_ACPI_FPDT";
	TRY(source_memory(source, address, READ_SIZE, &found, &memory));
	if (!found)
		return NULL;
	*ret_why = "the firmware's boot record is malformed";
	*ret_found = boot_performance_parse(memory, ret, &reason);
	return NULL;
}

/* Take what can be true; a later point in time must not come first. */
static void judge(struct boot_times *times, uint64_t start_ns, uint64_t end_ns,
	const char *start_source, const char *end_source)
{
	if (!start_ns || start_ns > BOOT_TIME_NS_MAX) {
		times->why = "the times that firmware and loader report cannot be true";
		return;
	}
	times->firmware_known = true;
	times->firmware_ns = start_ns;
	times->firmware_source = start_source;
	if (end_ns < start_ns || end_ns - start_ns > BOOT_TIME_NS_MAX) {
		times->why = end_ns ? "the loader's reported end cannot be true"
				    : "the loader's end is not reported";
		return;
	}
	times->loader_known = true;
	times->loader_ns = end_ns - start_ns;
	times->loader_source = end_source;
	times->why = NULL;
}

static struct error *read_loader_time(struct source *source, const char *path, uint64_t *ret_ns)
{
	struct bytes variable;
	uint64_t usec;
	bool found;

	*ret_ns = 0;
	TRY(source_file(source, path, &found, &variable));
	if (found && loader_time_parse(variable, &usec) &&
		__builtin_mul_overflow(usec, 1000, ret_ns))
		*ret_ns = UINT64_MAX;
	return NULL;
}

static struct error *read_loader_times(struct source *source, struct boot_times *times)
{
	uint64_t start_ns, end_ns;

	TRY(read_loader_time(source, LOADER_VARIABLE("LoaderTimeInitUSec"), &start_ns));
	TRY(read_loader_time(source, LOADER_VARIABLE("LoaderTimeExecUSec"), &end_ns));
	if (start_ns)
		judge(times, start_ns, end_ns, "LoaderTimeInitUSec", "LoaderTimeExecUSec");
	return NULL;
}

struct error *boot_times_read(
	struct source *source, const struct machine *machine, struct boot_times *ret)
{
	struct boot_performance record;
	bool found;

	*ret = (struct boot_times){0};
	TRY(read_shown(source, &found, &record));
	if (!found)
		TRY(read_pointed(source, machine, &found, &record, &ret->why));
	if (found)
		judge(ret, record.loader_start, record.exit_end, FPDT_SOURCE, FPDT_SOURCE);
	if (!ret->loader_known && machine->efi.present)
		TRY(read_loader_times(source, ret));
	return NULL;
}
