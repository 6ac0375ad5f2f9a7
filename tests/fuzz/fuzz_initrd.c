/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The walk over cpio archives that looks for microcode. */
#include "image/initrd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	initrd_has_microcode(bytes_of(data, size));
	return 0;
}
