/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The FADT. Its checksum is put right first, or hardly any input would get past it. */
#include "machine/facts.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reset_facts reset;
	const char *reason;
	uint8_t *table, sum = 0;

	if (size < 36 || size > 4096)
		return -1;
	table = malloc(size);
	memcpy(table, data, size);
	store_le32(table + 4, (uint32_t)size);
	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + table[i]);
	table[9] = (uint8_t)(table[9] - sum);
	if (fadt_parse(bytes_of(table, size), &reset, &reason)) {
		if (reset.present && (reset.space > 1 || !reset.address))
			abort();
	} else if (!reason || reset.present) {
		abort();
	}
	free(table);
	return 0;
}
