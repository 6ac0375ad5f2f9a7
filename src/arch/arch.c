/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arch/arch.h"

const struct arch *arch_of(const struct machine *machine)
{
	/* The only one so far. What runs on another is refused by its check(). */
	(void)machine;
	return &arch_x86;
}

void start_data_deinit(const struct arch *arch, struct start_data *data)
{
	blob_deinit(&data->bytes);
	if (data->own)
		arch->free_start_data(data->own);
	*data = (struct start_data){0};
}
