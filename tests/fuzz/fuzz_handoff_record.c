/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The handoff record, which another kernel's baton wrote, or whoever filled its memory. */
#include "base/bytes.h"
#include "base/handoff_record.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct handoff_record record, again;
	uint8_t *copy = malloc(size ? size : 1);

	/* A copy of its very size, so that reading past it is seen. */
	memcpy(copy, data, size);
	if (!handoff_record_parse(bytes_of(copy, size), &record)) {
		if (!memchr(record.from_release, 0, sizeof(record.from_release)) ||
			!memchr(record.to_version, 0, sizeof(record.to_version)) ||
			!memchr(record.from_boot_id, 0, sizeof(record.from_boot_id)) ||
			!memchr(record.baton_version, 0, sizeof(record.baton_version)) ||
			record.digest_result > HANDOFF_DIGEST_SKIPPED ||
			record.entry > HANDOFF_ENTRY_DIRECT ||
			record.mailbox > HANDOFF_MAILBOX_LOST)
			abort();
		if (record.version == 1 && record.stage[HANDOFF_STAGE_COMMAND])
			abort();
		/* What we read is a record of ours. */
		record.version = HANDOFF_RECORD_VERSION;
		record.size = sizeof(record);
		if (handoff_record_parse(bytes_of(&record, sizeof(record)), &again) ||
			memcmp(&record, &again, sizeof(record)) != 0)
			abort();
	}
	free(copy);
	return 0;
}
