/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* EFI's texts: the first byte chooses between the system table's lines and the runtime map. */
#include "base/error.h"
#include "machine/facts.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct efi_facts efi = {0};

	if (!size)
		return -1;
	if (data[0] == 's')
		efi_systab_parse(bytes_of(data + 1, size - 1), &efi);
	else
		error_free(efi_runtime_map_parse(bytes_of(data + 1, size - 1), &efi));
	free(efi.runtime_map);
	return 0;
}
