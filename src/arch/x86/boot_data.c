/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arch/x86/boot_data.h"

#include "arch/x86/boot_params.h"
#include "image/image.h"

uint64_t boot_data_command_line_max(const struct image *image)
{
	if (image->bzimage.cmdline_size)
		return image->bzimage.cmdline_size;
	return image->kind == IMAGE_BZIMAGE ? BZIMAGE_CMDLINE_OLD : COMMAND_LINE_DEFAULT_MAX;
}

bool boot_data_takes_setup_data(const struct image *image)
{
	return image->kind != IMAGE_BZIMAGE ||
	       image->bzimage.protocol >= BZIMAGE_PROTOCOL_SETUP_DATA;
}

unsigned int boot_data_e820_max(const struct image *image)
{
	return boot_data_takes_setup_data(image) ? E820_KERNEL_MAX : BP_E820_MAX;
}

void boot_data_deinit(struct boot_data *data)
{
	blob_deinit(&data->bytes);
	*data = (struct boot_data){0};
}
