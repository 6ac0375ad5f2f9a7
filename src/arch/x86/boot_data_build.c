/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arch/x86/boot_data_build.h"

#include "arch/x86/boot_params.h"
#include "arch/x86/e820.h"
#include "arch/x86/efi_info.h"
#include "arch/x86/setup_data.h"
#include "base/error.h"
#include "image/image.h"

#include <inttypes.h>

static void copy_field(
	struct boot_data *data, const struct machine *machine, uint32_t offset, uint32_t size)
{
	memcpy(data->bytes.data + offset, machine->boot_params + offset, size);
}

/* What firmware told the first boot loader, and only boot_params still know. */
static void copy_firmware_facts(
	struct boot_data *data, const struct machine *machine, bool pass_screen)
{
	if (!machine->has_boot_params)
		return;
	if (pass_screen) {
		copy_field(data, machine, BP_SCREEN_INFO, BP_SCREEN_INFO_SIZE);
		copy_field(data, machine, BP_EDID_INFO, 128);
	}
	copy_field(data, machine, BP_IST_INFO, 16);
	copy_field(data, machine, BP_HD_INFO, 32);
	copy_field(data, machine, BP_SYS_DESC_TABLE, 16);
	copy_field(data, machine, BP_OLPC_OFW_HEADER, 16);
	copy_field(data, machine, BP_CC_BLOB_ADDRESS, 4);
	copy_field(data, machine, BP_KBD_STATUS, 1);
	copy_field(data, machine, BP_SECURE_BOOT, 1);
	copy_field(data, machine, BP_EDDBUF_ENTRIES, 1);
	copy_field(data, machine, BP_EDD_MBR_SIG_ENTRIES, 1);
	copy_field(data, machine, BP_EDD_MBR_SIG, BP_EDD_MBR_SIG_SIZE);
	copy_field(data, machine, BP_EDDBUF, BP_EDDBUF_SIZE);
}

/* The header of a kernel that has none: boot.rst says what a loader must fill in. */
static void make_setup_header(uint8_t *boot_params, const struct image *image)
{
	store_le16(boot_params + SETUP_BOOT_FLAG, SETUP_BOOT_FLAG_VALUE);
	memcpy(boot_params + SETUP_HEADER, "HdrS", 4);
	store_le16(boot_params + SETUP_VERSION, 0x020c);
	store_le32(boot_params + SETUP_INITRD_ADDR_MAX, 0x7fffffff);
	store_le32(boot_params + SETUP_KERNEL_ALIGNMENT, (uint32_t)image->alignment);
	store_le32(boot_params + SETUP_CMDLINE_SIZE, COMMAND_LINE_DEFAULT_MAX);
	boot_params[SETUP_LOADFLAGS] = LOADED_HIGH;
}

static void fill_setup_header(uint8_t *boot_params, const struct image *image)
{
	uint64_t end = image->bzimage.setup_header_end;

	if (end > SETUP_HEADER_SPACE_END)
		end = SETUP_HEADER_SPACE_END;
	if (image->kind == IMAGE_BZIMAGE)
		memcpy(boot_params + SETUP_HEADER_START, image->bytes.data + SETUP_HEADER_START,
			end - SETUP_HEADER_START);
	else
		make_setup_header(boot_params, image);
	boot_params[BP_SENTINEL] = 0;
	boot_params[SETUP_TYPE_OF_LOADER] = LOADER_TYPE_KEXEC;
	boot_params[SETUP_EXT_LOADER_TYPE] = 0;
	boot_params[SETUP_EXT_LOADER_VER] = 0;
	boot_params[SETUP_LOADFLAGS] |= LOADED_HIGH;
	/*
	 * Whoever has randomised sets the flag: the decompressor, or baton on direct entry. Without
	 * it the kernel does not randomise its memory regions either.
	 */
	boot_params[SETUP_LOADFLAGS] &= (uint8_t) ~(KASLR_FLAG | KEEP_SEGMENTS);
}

static uint64_t choose_rsdp(const struct machine *machine)
{
	if (machine->acpi_rsdp)
		return machine->acpi_rsdp;
	return machine->efi.acpi20 ? machine->efi.acpi20 : machine->efi.acpi;
}

static struct error *add_command_line(
	struct boot_data *data, const struct boot_data_options *options)
{
	uint64_t length = strlen(options->command_line);
	uint64_t max = boot_data_command_line_max(options->image);

	if (length > max)
		return error_new(ERROR_USAGE,
			"command line: %" PRIu64 " bytes, but this kernel takes at most %" PRIu64
			"; shorten it, nothing is cut silently",
			length, max);
	data->command_line = data->bytes.size;
	return blob_append(&data->bytes, options->command_line, length + 1);
}

static struct error *add_setup_data(struct boot_data *data, const struct boot_data_options *options)
{
	TRY(e820_fill(data, &options->machine->memory, options->image));
	if (!boot_data_takes_setup_data(options->image))
		return NULL;
	if (options->pass_efi)
		TRY(efi_info_fill(data, options->machine));
	TRY(setup_data_add(data, SETUP_DATA_RNG_SEED, bytes_of(options->rng_seed, RNG_SEED_SIZE)));
	if (options->device_tree.size)
		TRY(setup_data_add(data, SETUP_DATA_DTB, options->device_tree));
	TRY(setup_data_keep(data, options->machine, options->device_tree.size != 0));
	TRY(setup_data_add(data, SETUP_DATA_BATON, options->record));
	data->record = data->nodes[data->node_count - 1] + SETUP_DATA_HEADER_SIZE;
	return NULL;
}

struct error *boot_data_build(const struct boot_data_options *options, struct boot_data *ret)
{
	_cleanup_boot_data_ struct boot_data data = {0};

	*ret = (struct boot_data){0};
	/* Room for all but giant maps at once: pointers into the blob are not kept across calls. */
	TRY(blob_reserve(&data.bytes, BOOT_PARAMS_SIZE * 4));
	TRY(blob_resize(&data.bytes, BOOT_PARAMS_SIZE));
	copy_firmware_facts(&data, options->machine, options->pass_screen);
	fill_setup_header(data.bytes.data, options->image);
	store_le64(data.bytes.data + BP_ACPI_RSDP_ADDR, choose_rsdp(options->machine));
	TRY(add_command_line(&data, options));
	TRY(add_setup_data(&data, options));
	*ret = data;
	data = (struct boot_data){0};
	return NULL;
}

static void store_split(uint8_t *boot_params, uint32_t low, uint32_t high, uint64_t value)
{
	store_le32(boot_params + low, (uint32_t)value);
	store_le32(boot_params + high, (uint32_t)(value >> 32));
}

void boot_data_place(struct boot_data *data, const struct boot_data_addresses *addresses)
{
	uint8_t *boot_params = data->bytes.data;
	uint64_t base = addresses->boot_data;

	store_split(
		boot_params, SETUP_CMD_LINE_PTR, BP_EXT_CMD_LINE_PTR, base + data->command_line);
	store_split(boot_params, SETUP_RAMDISK_IMAGE, BP_EXT_RAMDISK_IMAGE,
		addresses->initrd_size ? addresses->initrd : 0);
	store_split(boot_params, SETUP_RAMDISK_SIZE, BP_EXT_RAMDISK_SIZE, addresses->initrd_size);
	/*
	 * Every user of the new system may read boot_params (/sys/kernel/boot_params/data), so a
	 * base that was chosen at random is not told; past the decompressor nobody reads the field.
	 * It has 32 bits; above 4 GiB only the 64-bit entry is used, which does not read it either.
	 */
	if (addresses->kaslr)
		boot_params[SETUP_LOADFLAGS] |= KASLR_FLAG;
	else
		store_le32(boot_params + SETUP_CODE32_START, (uint32_t)addresses->kernel);
	if (data->efi_map)
		store_split(boot_params, BP_EFI_MEMMAP, BP_EFI_MEMMAP_HI, base + data->efi_map);
	setup_data_link(data, base);
}
