/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/handoff_record.h"

#include "base/blob.h"
#include "base/error.h"
#include "decision/question.h"
#include "image/image.h"
#include "machine/machine.h"
#include "machine/start.h"
#include "plan/command_line.h"

#include <string.h>

/*
 * The number of this handoff since the machine last went through firmware. 0 is unknown, and stays
 * so: after a kexec that left no record nobody can tell how many there were.
 */
static uint32_t next_chain(const struct machine *machine)
{
	struct handoff_record record;
	const char *why;

	if (machine_handoff_record(machine, &record, &why))
		return record.chain && record.chain < UINT32_MAX ? record.chain + 1 : 0;
	return why || machine_was_kexec(machine) == TRISTATE_YES ? 0 : 1;
}

/* Cut to what the record has room for, with a NUL. */
static void copy_text(char *to, size_t size, const char *from)
{
	size_t length = from ? strnlen(from, size - 1) : 0;

	if (length)
		memcpy(to, from, length);
	to[length] = '\0';
}

/* The command line's two parts behind the structure, if they are not longer than a reader takes. */
static struct error *add_texts(const struct composition *line, struct blob *ret)
{
	struct handoff_record *record = (struct handoff_record *)ret->data;
	uint32_t usual = (uint32_t)strlen(line->usual), once = (uint32_t)strlen(line->once);

	if (usual > HANDOFF_COMMAND_LINE_MAX || once > HANDOFF_COMMAND_LINE_MAX)
		return NULL;
	record->usual_offset = sizeof(*record);
	record->usual_size = usual;
	record->once_offset = record->usual_offset + usual;
	record->once_size = once;
	record->size += usual + once;
	TRY(blob_append(ret, line->usual, usual));
	return blob_append(ret, line->once, once);
}

struct error *handoff_record_make(
	const struct question *question, const struct composition *line, struct blob *ret)
{
	const struct machine *machine = question->machine;
	const struct bzimage *header = &question->image->bzimage;
	struct handoff_record record = {
		.magic = HANDOFF_RECORD_MAGIC,
		.version = HANDOFF_RECORD_VERSION,
		.size = sizeof(record),
		.chain = next_chain(machine),
		.digest_result = HANDOFF_DIGEST_NOT_RUN,
		.planned_at = question->request->time_now,
		.mailbox = HANDOFF_MAILBOX_NONE,
	};

	copy_text(record.from_release, sizeof(record.from_release), machine->release);
	copy_text(record.to_version, sizeof(record.to_version), header->kernel_version);
	copy_text(record.from_boot_id, sizeof(record.from_boot_id), machine->boot_id);
	copy_text(record.baton_version, sizeof(record.baton_version), BATON_VERSION);
	TRY(blob_copy(bytes_of(&record, sizeof(record)), ret));
	return add_texts(line, ret);
}
