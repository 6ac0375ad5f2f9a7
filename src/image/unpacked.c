/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/unpacked.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

void payload_deinit(struct payload *payload)
{
	image_deinit(&payload->vmlinux);
	*payload = (struct payload){0};
}

void payload_free(struct payload *payload)
{
	if (payload)
		payload_deinit(payload);
	free(payload);
}

struct error *unpacked_kernel_note_damage(struct unpacked_kernel *kernel, const char *what)
{
	if (kernel->damage)
		return NULL;
	kernel->damage = strdup(what);
	return kernel->damage ? NULL : error_no_memory();
}

void unpacked_kernel_deinit(struct unpacked_kernel *kernel)
{
	blob_deinit(&kernel->prepared);
	payload_free(kernel->payload);
	free(kernel->declined);
	free(kernel->prepared_declined);
	free(kernel->unchecked);
	free(kernel->damage);
	*kernel = (struct unpacked_kernel){0};
}
