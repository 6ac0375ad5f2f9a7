/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/record.h"

#include "image/image.h"
#include "machine/machine.h"
#include "machine/start.h"

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

struct handoff_record record_make(
	const struct request *request, const struct image *image, const struct machine *machine)
{
	struct handoff_record record = {
		.magic = HANDOFF_RECORD_MAGIC,
		.version = HANDOFF_RECORD_VERSION,
		.size = sizeof(record),
		.chain = next_chain(machine),
		.digest_result = HANDOFF_DIGEST_NOT_RUN,
		.planned_at = request->time_now,
		.mailbox = HANDOFF_MAILBOX_NONE,
	};

	copy_text(record.from_release, sizeof(record.from_release), machine->release);
	copy_text(record.to_version, sizeof(record.to_version), image->bzimage.kernel_version);
	copy_text(record.from_boot_id, sizeof(record.from_boot_id), machine->boot_id);
	copy_text(record.baton_version, sizeof(record.baton_version), BATON_VERSION);
	return record;
}
