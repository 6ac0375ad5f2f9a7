/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/handoff_record.h"

#include "base/bytes.h"

#include <stddef.h>

/* Version 1: the same fields up to here, and these stages. */
enum {
	VERSION_1_SIZE = offsetof(struct handoff_record, entry),
	VERSION_1_PURGATORY_ENTERED = 1, /* 0 was the plan, which is no stage any more */
	VERSION_1_VERIFIED = 2,
	VERSION_1_LEFT = 3,
};

static void translate_version_1(struct handoff_record *record)
{
	uint64_t old[HANDOFF_STAGE_COUNT];

	memcpy(old, record->stage, sizeof(old));
	memset(record->stage, 0, sizeof(record->stage));
	record->stage[HANDOFF_STAGE_PURGATORY_ENTERED] = old[VERSION_1_PURGATORY_ENTERED];
	record->stage[HANDOFF_STAGE_VERIFIED] = old[VERSION_1_VERIFIED];
	record->stage[HANDOFF_STAGE_LEFT] = old[VERSION_1_LEFT];
}

/* A later writer may know values that we do not. */
static void bound(uint32_t *value, uint32_t last, uint32_t otherwise)
{
	if (*value > last)
		*value = otherwise;
}

static void make_harmless(struct handoff_record *record)
{
	record->from_release[sizeof(record->from_release) - 1] = '\0';
	record->to_version[sizeof(record->to_version) - 1] = '\0';
	record->from_boot_id[sizeof(record->from_boot_id) - 1] = '\0';
	record->baton_version[sizeof(record->baton_version) - 1] = '\0';
	bound(&record->digest_result, HANDOFF_DIGEST_SKIPPED, HANDOFF_DIGEST_NOT_RUN);
	bound(&record->entry, HANDOFF_ENTRY_DIRECT, HANDOFF_ENTRY_UNKNOWN);
	bound(&record->mailbox, HANDOFF_MAILBOX_LOST, HANDOFF_MAILBOX_UNKNOWN);
}

const char *handoff_record_parse(struct bytes data, struct handoff_record *ret)
{
	struct handoff_record record = {0};

	*ret = (struct handoff_record){0};
	if (data.size < VERSION_1_SIZE)
		return "the handoff record is cut short";
	memcpy(&record, data.data, data.size < sizeof(record) ? data.size : sizeof(record));
	if (record.magic != HANDOFF_RECORD_MAGIC)
		return "the handoff record has a layout that this baton does not know";
	if (record.size > data.size)
		return "the handoff record is cut short";
	if (record.version == 0 || (record.version == 1 && record.size != VERSION_1_SIZE) ||
		(record.version > 1 && record.size < sizeof(record)))
		return "the handoff record contradicts itself";
	if (record.version == 1) {
		memset(&record.entry, 0, sizeof(record) - VERSION_1_SIZE);
		translate_version_1(&record);
	}
	make_harmless(&record);
	*ret = record;
	return NULL;
}
