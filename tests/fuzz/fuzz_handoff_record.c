/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The handoff record, which another kernel's baton wrote, or whoever filled its memory. */
#include "base/bytes.h"
#include "machine/handoff_record.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What it tells of the command line lies inside of the record, behind the structure. */
static void check_command_line(struct bytes data, const struct handoff_record *record)
{
	struct handoff_command_line line = handoff_record_command_line(data, record);
	const struct bytes texts[] = {line.usual, line.once};

	if (line.known && record->version < 3)
		abort();
	for (size_t i = 0; i < 2; i++)
		if (texts[i].size &&
			(texts[i].data < data.data + sizeof(*record) ||
				texts[i].data + texts[i].size > data.data + data.size ||
				memchr(texts[i].data, 0, texts[i].size)))
			abort();
}

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
		check_command_line(bytes_of(copy, size), &record);
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
