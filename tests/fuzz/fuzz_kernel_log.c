/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's log, into which every program can write. */
#include "ledger/kernel_log.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct kernel_log log;

	memcpy(copy, data, size);
	log = kernel_log_read(bytes_of(copy, size));
	if (log.first_program_ns < 0 || (!log.first_program_known && log.first_program_ns) ||
		log.counter_hz > UINT64_C(1000000) * 1000000)
		abort();
	free(copy);
	return 0;
}
