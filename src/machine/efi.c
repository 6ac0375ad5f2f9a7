/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What EFI firmware left: Documentation/ABI/testing/sysfs-firmware-efi and
 * sysfs-firmware-efi-runtime-map; the efi_info part of boot_params (zero-page.rst, at 0x1c0).
 */
#include "machine/facts.h"

#include <stdlib.h>

enum {
	/* zero-page.rst: efi_info; fields as in arch/x86/include/uapi/asm/bootparam.h */
	EFI_SIGNATURE_OFFSET = 0x1c0, /* "EL64" or "EL32" */
	EFI_SYSTAB_OFFSET = 0x1c4,
	EFI_SYSTAB_HIGH_OFFSET = 0x1d8,
	/* zero-page.rst: secure_boot; enum efi_secureboot_mode in include/linux/efi.h */
	SECURE_BOOT_OFFSET = 0x1ec,
	SECURE_BOOT_DISABLED = 2,
	SECURE_BOOT_ENABLED = 3,
	/* efivarfs: 4 bytes of attributes, then the variable; here one byte (UEFI 2.10, 3.3) */
	SECURE_BOOT_VARIABLE_SIZE = 5,
	RUNTIME_MAP_MAX = 4096,
};

#define SECURE_BOOT_VARIABLE                                                                       \
	"sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

void efi_systab_parse(struct bytes contents, struct efi_facts *efi)
{
	struct {
		const char *name;
		uint64_t *field;
	} const fields[] = {
		{"ACPI20=", &efi->acpi20},
		{"ACPI=", &efi->acpi},
		{"SMBIOS3=", &efi->smbios3},
		{"SMBIOS=", &efi->smbios},
	};
	struct text text = text_of(contents), line;

	while (text_take(&text, '\n', &line))
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			if (text_skip(&line, fields[i].name))
				text_is_hex(line, fields[i].field);
}

/* One line: TYPE PHYSICAL VIRTUAL PAGES ATTRIBUTE, hexadecimal, tabs between. */
static bool parse_runtime(struct text line, struct efi_range *ret)
{
	uint64_t type;
	uint64_t *fields[] = {&type, &ret->physical_start, &ret->virtual_start, &ret->page_count,
		&ret->attribute};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if ((i && !text_skip(&line, "\t")) || !text_hex(&line, fields[i]))
			return false;
	ret->type = (uint32_t)type;
	return type <= UINT32_MAX && text_is_empty(line);
}

struct error *efi_runtime_map_parse(struct bytes table, struct efi_facts *efi)
{
	struct text text = text_of(table), line;
	size_t capacity = 0;

	while (text_take(&text, '\n', &line)) {
		struct efi_range range;

		if (!parse_runtime(line, &range))
			return error_new(ERROR_FORMAT, "entry %zu: not five hexadecimal numbers",
				efi->runtime_map_count);
		if (efi->runtime_map_count == RUNTIME_MAP_MAX)
			return error_new(ERROR_LIMIT, "more than %d entries", RUNTIME_MAP_MAX);
		if (efi->runtime_map_count == capacity) {
			struct efi_range *map;

			capacity = capacity ? capacity * 2 : 32;
			map = reallocarray(efi->runtime_map, capacity, sizeof(*map));
			if (!map)
				return error_no_memory();
			efi->runtime_map = map;
		}
		efi->runtime_map[efi->runtime_map_count++] = range;
	}
	return NULL;
}

static struct error *read_address(struct source *source, const char *path, uint64_t *ret)
{
	struct bytes contents;
	uint64_t address;
	bool found;

	TRY(source_file(source, path, &found, &contents));
	if (found && text_is_hex(text_of(contents), &address))
		*ret = address;
	return NULL;
}

static struct error *read_runtime_map(struct source *source, struct machine *machine)
{
	static const char *const columns[] = {
		"type", "phys_addr", "virt_addr", "num_pages", "attribute", NULL};
	struct bytes table;
	struct error *error;
	bool found;

	TRY(source_table(source, "sys/firmware/efi/runtime-map", columns, &found, &table));
	error = efi_runtime_map_parse(table, &machine->efi);
	if (error)
		machine->efi.runtime_map_count = 0;
	return warn_if_malformed(machine, error_prefix(error, "/sys/firmware/efi/runtime-map"));
}

/* The firmware's variable; else what the loader or the EFI stub noted in boot_params. */
static struct error *read_secure_boot(struct source *source, struct machine *machine)
{
	struct bytes variable;
	bool found;

	TRY(source_file(source, SECURE_BOOT_VARIABLE, &found, &variable));
	if (found && variable.size == SECURE_BOOT_VARIABLE_SIZE)
		machine->efi.secure_boot =
			variable.data[SECURE_BOOT_VARIABLE_SIZE - 1] ? TRISTATE_YES : TRISTATE_NO;
	else if (machine->boot_params[SECURE_BOOT_OFFSET] == SECURE_BOOT_ENABLED)
		machine->efi.secure_boot = TRISTATE_YES;
	else if (machine->boot_params[SECURE_BOOT_OFFSET] == SECURE_BOOT_DISABLED)
		machine->efi.secure_boot = TRISTATE_NO;
	return NULL;
}

static void take_boot_params(struct machine *machine)
{
	const uint8_t *boot_params = machine->boot_params;
	struct efi_facts *efi = &machine->efi;
	bool is_64 = memcmp(boot_params + EFI_SIGNATURE_OFFSET, "EL64", 4) == 0;

	if (!is_64 && memcmp(boot_params + EFI_SIGNATURE_OFFSET, "EL32", 4) != 0)
		return;
	efi->system_table = load_le32(boot_params + EFI_SYSTAB_OFFSET) |
			    (uint64_t)load_le32(boot_params + EFI_SYSTAB_HIGH_OFFSET) << 32;
	if (!efi->platform_size)
		efi->platform_size = is_64 ? 64 : 32;
}

struct error *read_efi(struct source *source, struct machine *machine)
{
	struct efi_facts *efi = &machine->efi;
	struct bytes systab;
	uint64_t size = 0;
	bool found;

	TRY(source_directory(source, "sys/firmware/efi", &efi->present));
	if (!efi->present)
		return NULL;
	TRY(read_decimal(source, "sys/firmware/efi/fw_platform_size", &found, &size));
	efi->platform_size = found && (size == 32 || size == 64) ? (uint32_t)size : 0;
	TRY(source_file(source, "sys/firmware/efi/systab", &found, &systab));
	efi_systab_parse(systab, efi);
	TRY(read_address(source, "sys/firmware/efi/config_table", &efi->config_table));
	TRY(read_address(source, "sys/firmware/efi/fw_vendor", &efi->vendor));
	TRY(read_address(source, "sys/firmware/efi/runtime", &efi->runtime));
	take_boot_params(machine);
	if (efi->platform_size)
		efi->mixed_mode = efi->platform_size == 32 && machine->cpu_long_mode;
	TRY(read_runtime_map(source, machine));
	return read_secure_boot(source, machine);
}
