/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What was decided and why, and what is to be warned of: the plan's own account, for `baton plan`,
 * -v and whoever loads.
 */
#ifndef BATON_DECISION_NOTES_H
#define BATON_DECISION_NOTES_H

#include <stdbool.h>

#include "base/error.h"

enum note_topic {
	NOTE_METHOD,
	NOTE_ENTRY_MODE,
	NOTE_COMMAND_LINE,
	NOTE_ENTRY,
	NOTE_KASLR,
	NOTE_EFI,
	NOTE_SCREEN,
	NOTE_MEMORY_MAP,
	NOTE_SETUP_DATA,
	NOTE_PAGE_TABLES,
	NOTE_PLACEMENT,
	NOTE_FILES,
	NOTE_INITRD,
	NOTE_LEDGER,
	NOTE_NOT_CHECKED, /* nobody looked at it: it may be well or not */
	NOTE_WARNING,	  /* for whoever loads, always */
};

struct note {
	enum note_topic topic;
	char *text; /* one sentence */
};

/** A zeroed one is empty. */
struct notes {
	struct note *list;
	unsigned int count, room;
	bool no_memory; /* one is missing */
};

/** Add one. That there was no memory for it is asked once, at the end, by notes_error(). */
void note_add(struct notes *notes, enum note_topic topic, const char *format, ...)
	BATON_PRINTF(3, 4);

/** Have all of @from behind those of @notes; @from is empty then. */
void notes_move(struct notes *from, struct notes *notes);

/** ERROR_NO_MEMORY if a note is missing. */
struct error *notes_error(const struct notes *notes);

void notes_deinit(struct notes *notes);

/** "method", "entry mode", "command line"…, as JSON has it. Static. */
const char *note_topic_name(enum note_topic topic);

#endif
