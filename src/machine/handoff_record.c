/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/handoff_record.h"

#include "base/bytes.h"

#include <stddef.h>
#include <string.h>

/* Version 1: the same fields up to here, and these stages. Version 2 was shorter as well. */
enum {
	VERSION_1_SIZE = offsetof(struct handoff_record, entry),
	VERSION_2_SIZE = offsetof(struct handoff_record, usual_offset),
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

/* Bytes that a record of this version has at least. */
static uint32_t smallest_size(uint32_t version)
{
	if (version == 1)
		return VERSION_1_SIZE;
	return version == 2 ? VERSION_2_SIZE : sizeof(struct handoff_record);
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
		record.size < smallest_size(record.version))
		return "the handoff record contradicts itself";
	/* What lies behind an older one in the node is no part of it. */
	if (record.version <= 2)
		memset((uint8_t *)&record + smallest_size(record.version), 0,
			sizeof(record) - smallest_size(record.version));
	if (record.version == 1)
		translate_version_1(&record);
	make_harmless(&record);
	*ret = record;
	return NULL;
}

/* A text inside of the record, behind the structure; false if it is none. */
static bool take_text(struct bytes data, const struct handoff_record *record, uint32_t offset,
	uint32_t size, struct bytes *ret)
{
	*ret = (struct bytes){0};
	if (record->size > data.size || offset < sizeof(*record) || offset > record->size ||
		size > record->size - offset || size > HANDOFF_COMMAND_LINE_MAX)
		return false;
	*ret = bytes_part(data, offset, size);
	return !memchr(ret->data, 0, size);
}

struct handoff_command_line handoff_record_command_line(
	struct bytes data, const struct handoff_record *record)
{
	struct handoff_command_line line;

	line.known =
		take_text(data, record, record->usual_offset, record->usual_size, &line.usual) &&
		take_text(data, record, record->once_offset, record->once_size, &line.once);
	return line.known ? line : (struct handoff_command_line){0};
}
