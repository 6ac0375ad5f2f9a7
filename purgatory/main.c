/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "purgatory.h"

#include "wire/digest.h"
#include "wire/handoff.h"

/* Not const and not zero-initialised by the loader: the plan stores it into the binary. */
struct purgatory_params purgatory_params __attribute__((section(".params")));

static void write_digits(uint64_t value)
{
	char text[17] = "0123456789abcdef";

	for (int i = 0; i < 16; i++) {
		unsigned int digit = value >> (60 - 4 * i) & 0xf;

		text[i] = (char)(digit < 10 ? '0' + digit : 'a' + digit - 10);
	}
	console_write(text);
}

static void write_hex(uint64_t value)
{
	console_write("0x");
	write_digits(value);
}

static void write_digest(struct digest digest)
{
	write_hex(digest.word[1]);
	write_digits(digest.word[0]);
}

static void tell_damage(const struct purgatory_region *region, struct digest found)
{
	console_write("\r\nbaton: purgatory: ");
	console_write(region->name);
	console_write(" at ");
	write_hex(region->address);
	console_write(", size ");
	write_hex(region->size);
	console_write(": digest ");
	write_digest(found);
	console_write(", expected ");
	write_digest(region->digest);
	console_write(".\r\nMemory was changed between loading and the jump, as a device that was "
		      "not\r\nquiet does. Resetting the machine, so that firmware starts it.\r\n");
}

/* With damaged parameters there is no telling what to compare, or where to go. */
static int own_damaged(const struct purgatory_params *params)
{
	struct purgatory_region own = {
		.address = (uintptr_t)params,
		.size = offsetof(struct purgatory_params, own),
		.digest = params->own,
		.name = "parameters",
	};
	struct digest found = digest_of(params->algorithm, params, own.size);

	if (digest_equal(found, own.digest))
		return 0;
	tell_damage(&own, found);
	return 1;
}

/** Compare every region; all are looked at, so that the message names each damaged one. */
static int regions_damaged(const struct purgatory_params *params)
{
	int damaged = 0;

	for (uint32_t i = 0; i < params->region_count && i < PURGATORY_REGIONS_MAX; i++) {
		const struct purgatory_region *region = &params->regions[i];
		struct digest found = digest_of(
			params->algorithm, (const void *)(uintptr_t)region->address, region->size);

		if (digest_equal(found, region->digest))
			continue;
		tell_damage(region, found);
		damaged = 1;
	}
	return damaged;
}

/* What the old system's user space noted after the load; whatever else lies there is left alone. */
static void read_mailbox(const struct purgatory_params *params, struct handoff_record *record)
{
	const struct handoff_mailbox *mailbox = (const void *)(uintptr_t)params->mailbox;

	if (!mailbox)
		return;
	if (mailbox->magic != HANDOFF_MAILBOX_MAGIC || mailbox->nonce != params->mailbox_nonce) {
		record->mailbox = HANDOFF_MAILBOX_LOST;
		return;
	}
	record->mailbox = HANDOFF_MAILBOX_READ;
	for (unsigned int i = 0; i < HANDOFF_STAGE_COUNT; i++)
		record->stage[i] = mailbox->stage[i];
	record->loaded_before = mailbox->loaded_before != 0;
}

void purgatory_main(uint64_t entered)
{
	const struct purgatory_params *params = &purgatory_params;
	struct handoff_record *record = (void *)(uintptr_t)params->record;

	console_init(params);
	if (own_damaged(params) || (params->verify && regions_damaged(params))) {
		console_finish();
		machine_reset(params);
	}
	if (record) {
		read_mailbox(params, record);
		record->stage[HANDOFF_STAGE_PURGATORY_ENTERED] = entered;
		record->stage[HANDOFF_STAGE_VERIFIED] = counter_read();
		record->digest_result =
			params->verify ? HANDOFF_DIGEST_GOOD : HANDOFF_DIGEST_SKIPPED;
	}
	console_write(params->verify
			      ? "baton: purgatory: everything verified, "
				"starting the new kernel\r\n"
			      : "baton: purgatory: starting the new kernel, not verified\r\n");
}

void purgatory_finish(void)
{
	const struct purgatory_params *params = &purgatory_params;
	struct handoff_record *record = (void *)(uintptr_t)params->record;

	memory_clear((uintptr_t)params->clear_address, params->clear_size);
	if (record)
		record->stage[HANDOFF_STAGE_LEFT] = counter_read();
}
