/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arch/x86/efi_info.h"

#include "arch/x86/boot_params.h"
#include "arch/x86/setup_data.h"
#include "base/error.h"
#include "image/image.h"

enum {
	/* efi_memory_desc_t, UEFI specification 2.10, section 7.2.3 */
	DESCRIPTOR_SIZE_MIN = 40,
	DESCRIPTOR_SIZE_USUAL = 48,
	DESCRIPTOR_SIZE_MAX = 256,

	/* struct efi_setup_data, arch/x86/include/asm/efi.h */
	EFI_SETUP_VENDOR = 0,
	EFI_SETUP_RUNTIME = 8,
	EFI_SETUP_TABLES = 16,
	EFI_SETUP_SMBIOS = 24,
	EFI_SETUP_SIZE = 96,
};

bool boot_data_efi_possible(
	const struct machine *machine, const struct image *image, const char **ret_reason)
{
	const struct efi_facts *efi = &machine->efi;

	*ret_reason = NULL;
	if (!efi->present)
		*ret_reason = "the running kernel has no EFI";
	else if (efi->platform_size == 32)
		*ret_reason = "32-bit EFI cannot be handed on";
	else if (image->machine == IMAGE_MACHINE_386)
		/* arch/x86/kernel/setup.c: it looks for "EL32" only */
		*ret_reason = "a 32-bit kernel cannot call 64-bit EFI";
	else if (!efi->system_table || !efi->config_table)
		*ret_reason = "the EFI system table's address is not known";
	else if (!efi->runtime_map_count)
		*ret_reason = "the running kernel shows no EFI runtime map";
	return !*ret_reason;
}

static uint32_t descriptor_size(const struct machine *machine)
{
	uint32_t size = machine->has_boot_params
				? load_le32(machine->boot_params + BP_EFI_MEMDESC_SIZE)
				: 0;

	if (size < DESCRIPTOR_SIZE_MIN || size > DESCRIPTOR_SIZE_MAX || size % 8)
		return DESCRIPTOR_SIZE_USUAL;
	return size;
}

static uint32_t descriptor_version(const struct machine *machine)
{
	uint32_t version = machine->has_boot_params
				   ? load_le32(machine->boot_params + BP_EFI_MEMDESC_VERSION)
				   : 0;

	return version ? version : 1;
}

static struct error *add_runtime_map(
	struct boot_data *data, const struct efi_facts *efi, uint32_t size)
{
	uint64_t start = (data->bytes.size + 15) & ~UINT64_C(15);

	TRY(blob_resize(&data->bytes, start + efi->runtime_map_count * size));
	for (size_t i = 0; i < efi->runtime_map_count; i++) {
		const struct efi_range *range = &efi->runtime_map[i];
		uint8_t *descriptor = data->bytes.data + start + i * size;

		store_le32(descriptor, range->type);
		store_le64(descriptor + 8, range->physical_start);
		store_le64(descriptor + 16, range->virtual_start);
		store_le64(descriptor + 24, range->page_count);
		store_le64(descriptor + 32, range->attribute);
	}
	data->efi_map = start;
	data->efi_map_size = efi->runtime_map_count * size;
	return NULL;
}

struct error *efi_info_fill(struct boot_data *data, const struct machine *machine)
{
	const struct efi_facts *efi = &machine->efi;
	uint8_t setup[EFI_SETUP_SIZE] = {0};
	uint32_t size = descriptor_size(machine);
	uint8_t *boot_params;

	TRY(add_runtime_map(data, efi, size));
	boot_params = data->bytes.data;
	memcpy(boot_params + BP_EFI_INFO, "EL64", 4);
	store_le32(boot_params + BP_EFI_SYSTAB, (uint32_t)efi->system_table);
	store_le32(boot_params + BP_EFI_SYSTAB_HI, (uint32_t)(efi->system_table >> 32));
	store_le32(boot_params + BP_EFI_MEMDESC_SIZE, size);
	store_le32(boot_params + BP_EFI_MEMDESC_VERSION, descriptor_version(machine));
	store_le32(boot_params + BP_EFI_MEMMAP_SIZE, (uint32_t)data->efi_map_size);
	store_le64(setup + EFI_SETUP_VENDOR, efi->vendor);
	store_le64(setup + EFI_SETUP_RUNTIME, efi->runtime);
	store_le64(setup + EFI_SETUP_TABLES, efi->config_table);
	store_le64(setup + EFI_SETUP_SMBIOS, efi->smbios);
	return setup_data_add(data, SETUP_DATA_EFI, bytes_of(setup, sizeof(setup)));
}
