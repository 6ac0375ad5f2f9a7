/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/record.h"

#include "image/image.h"
#include "machine/machine.h"

#include <string.h>

/* How many handoffs brought the running kernel; 0 if it was started by firmware or another loader.
 */
static uint32_t running_chain(const struct machine *machine)
{
	for (size_t i = 0; i < machine->setup_data_count; i++) {
		const struct setup_data_node *node = &machine->setup_data[i];
		struct handoff_record record = {0};

		if (node->type != SETUP_DATA_BATON || node->data.size < sizeof(record))
			continue;
		memcpy(&record, node->data.data, sizeof(record));
		if (record.magic == HANDOFF_RECORD_MAGIC &&
			record.version == HANDOFF_RECORD_VERSION && record.chain < UINT32_MAX)
			return record.chain;
	}
	return 0;
}

/* Cut to what the record has room for, with a NUL. */
static void copy_text(char *to, size_t size, const char *from)
{
	size_t length = from ? strnlen(from, size - 1) : 0;

	if (length)
		memcpy(to, from, length);
	to[length] = '\0';
}

struct handoff_record record_make(
	const struct request *request, const struct image *image, const struct machine *machine)
{
	struct handoff_record record = {
		.magic = HANDOFF_RECORD_MAGIC,
		.version = HANDOFF_RECORD_VERSION,
		.size = sizeof(record),
		.chain = running_chain(machine) + 1,
		.digest_result = HANDOFF_DIGEST_NOT_RUN,
		.planned_at = request->time_now,
		.stage = {[HANDOFF_STAGE_PLANNED] = request->counter_now},
	};

	copy_text(record.from_release, sizeof(record.from_release), machine->release);
	copy_text(record.to_version, sizeof(record.to_version), image->bzimage.kernel_version);
	copy_text(record.from_boot_id, sizeof(record.from_boot_id), machine->boot_id);
	copy_text(record.baton_version, sizeof(record.baton_version), BATON_VERSION);
	return record;
}
