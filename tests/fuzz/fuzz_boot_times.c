/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What firmware and loader say of themselves: the first byte chooses between a loader's EFI
 * variable, an FPDT (whose checksum and length are put right first) and a boot record.
 */
#include "machine/boot_times.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse_fpdt(const uint8_t *data, size_t size)
{
	const char *reason = NULL;
	uint8_t *table, sum = 0;
	uint64_t address;

	if (size < 36)
		return;
	table = malloc(size);
	memcpy(table, data, size);
	store_le32(table + 4, (uint32_t)size);
	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + table[i]);
	table[9] = (uint8_t)(table[9] - sum);
	if (fpdt_parse(bytes_of(table, size), &address, &reason) ? !address : !reason)
		abort();
	free(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct boot_performance record;
	const char *reason = NULL;
	uint64_t usec;

	if (!size)
		return -1;
	switch (data[0]) {
	case 'b':
		if (!boot_performance_parse(bytes_of(data + 1, size - 1), &record, &reason) &&
			!reason)
			abort();
		return 0;
	case 'f':
		parse_fpdt(data + 1, size - 1);
		return 0;
	case 'v':
		loader_time_parse(bytes_of(data + 1, size - 1), &usec);
		return 0;
	default:
		return -1;
	}
}
