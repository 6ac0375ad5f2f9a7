/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /proc/iomem. */
#include "base/error.h"
#include "machine/facts.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_iomem_ struct iomem iomem = {0};
	_cleanup_error_ struct error *error = NULL;

	error = iomem_parse(bytes_of(data, size), &iomem);
	if (error)
		return 0;
	if ((iomem.ram.count || iomem.crash.count) && !iomem.map.count)
		abort();
	error = memory_map_finish(&iomem.map);
	return 0;
}
