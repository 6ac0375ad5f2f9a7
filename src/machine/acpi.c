/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ACPI: where the root pointer is, and how to reset the machine. */
#include "base/command_line.h"
#include "machine/facts.h"

enum {
	RSDP_OFFSET = 0x70, /* zero-page.rst: acpi_rsdp_addr */
	/* ACPI specification 6.5, 5.2.6 (header) and table 5.9 (FADT) */
	HEADER_SIZE = 36,
	LENGTH_OFFSET = 4,
	FLAGS_OFFSET = 112,
	RESET_SUPPORTED = 1 << 10,   /* table 5.10: RESET_REG_SUP */
	RESET_REGISTER_OFFSET = 116, /* generic address structure, 5.2.3.2 */
	RESET_ADDRESS_OFFSET = RESET_REGISTER_OFFSET + 4,
	RESET_VALUE_OFFSET = 128,
	SPACE_MEMORY = 0,
	SPACE_IO = 1,
};

static bool sum_is_zero(struct bytes table)
{
	uint8_t sum = 0;

	for (uint64_t i = 0; i < table.size; i++)
		sum += table.data[i];
	return sum == 0;
}

bool acpi_table_check(struct bytes table, const char *signature, const char **ret_reason)
{
	*ret_reason = "it does not begin with its signature";
	if (table.size < HEADER_SIZE || !bytes_match(table, 0, signature, 4))
		return false;
	*ret_reason = "its length is not that of the file";
	if (load_le32(table.data + LENGTH_OFFSET) != table.size)
		return false;
	*ret_reason = "its checksum is wrong";
	return sum_is_zero(table);
}

bool fadt_parse(struct bytes fadt, struct reset_facts *ret, const char **ret_reason)
{
	*ret = (struct reset_facts){0};
	if (!acpi_table_check(fadt, "FACP", ret_reason))
		return false;
	/* ACPI 1.0's table ends before the register; then, as without the flag, there is none. */
	*ret_reason = NULL;
	if (fadt.size <= RESET_VALUE_OFFSET ||
		!(load_le32(fadt.data + FLAGS_OFFSET) & RESET_SUPPORTED))
		return true;
	ret->space = fadt.data[RESET_REGISTER_OFFSET];
	ret->address = load_le64(fadt.data + RESET_ADDRESS_OFFSET);
	ret->value = fadt.data[RESET_VALUE_OFFSET];
	/* PCI configuration space is allowed too, but not reachable without an access method. */
	ret->present = ret->address && (ret->space == SPACE_MEMORY || ret->space == SPACE_IO);
	return true;
}

static struct error *read_fadt(struct source *source, struct machine *machine)
{
	const char *reason;
	struct bytes fadt;
	bool found;

	TRY(source_file(source, "sys/firmware/acpi/tables/FACP", &found, &fadt));
	if (!found || fadt_parse(fadt, &machine->reset, &reason))
		return NULL;
	return machine_warn(machine, "/sys/firmware/acpi/tables/FACP: %s; it is ignored.", reason);
}

/* The address on the command line: acpi_rsdp= in kernel-parameters.txt. */
static uint64_t rsdp_on_command_line(const char *command_line)
{
	struct command_line_reader reader = {.at = command_line};
	uint64_t address = 0, value;
	struct parameter word;

	while (command_line_next(&reader, &word)) {
		struct text text;

		if (!parameter_is(&word, "acpi_rsdp") || !word.value)
			continue;
		text = (struct text){word.value, word.value + word.value_length};
		if (text_is_hex(text, &value))
			address = value;
	}
	return address;
}

struct error *read_acpi(struct source *source, struct machine *machine)
{
	uint64_t named = machine->command_line ? rsdp_on_command_line(machine->command_line) : 0;

	if (named)
		machine->acpi_rsdp = named;
	else if (load_le64(machine->boot_params + RSDP_OFFSET))
		machine->acpi_rsdp = load_le64(machine->boot_params + RSDP_OFFSET);
	else
		machine->acpi_rsdp = machine->efi.acpi20 ? machine->efi.acpi20 : machine->efi.acpi;
	return read_fadt(source, machine);
}
