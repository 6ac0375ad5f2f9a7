/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "decision/notes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_ROOM = 32 };

static bool make_room(struct notes *notes)
{
	unsigned int room = notes->room ? 2 * notes->room : FIRST_ROOM;
	struct note *list;

	if (notes->count < notes->room)
		return true;
	list = reallocarray(notes->list, room, sizeof(*list));
	if (!list)
		return false;
	notes->list = list;
	notes->room = room;
	return true;
}

void note_add(struct notes *notes, enum note_topic topic, const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0 || !make_room(notes)) {
		if (length >= 0)
			free(text);
		notes->no_memory = true;
		return;
	}
	notes->list[notes->count++] = (struct note){.topic = topic, .text = text};
}

void notes_move(struct notes *from, struct notes *notes)
{
	notes->no_memory = notes->no_memory || from->no_memory;
	for (unsigned int i = 0; i < from->count; i++) {
		if (make_room(notes)) {
			notes->list[notes->count++] = from->list[i];
		} else {
			free(from->list[i].text);
			notes->no_memory = true;
		}
	}
	from->count = 0;
	notes_deinit(from);
}

struct error *notes_error(const struct notes *notes)
{
	return notes->no_memory ? error_no_memory() : NULL;
}

void notes_deinit(struct notes *notes)
{
	for (unsigned int i = 0; i < notes->count; i++)
		free(notes->list[i].text);
	free(notes->list);
	*notes = (struct notes){0};
}

const char *note_topic_name(enum note_topic topic)
{
	static const char *const names[] = {
		[NOTE_METHOD] = "method",
		[NOTE_ENTRY_MODE] = "entry mode",
		[NOTE_COMMAND_LINE] = "command line",
		[NOTE_ENTRY] = "entry",
		[NOTE_KASLR] = "KASLR",
		[NOTE_EFI] = "EFI",
		[NOTE_SCREEN] = "screen",
		[NOTE_MEMORY_MAP] = "memory map",
		[NOTE_SETUP_DATA] = "setup_data",
		[NOTE_PAGE_TABLES] = "page tables",
		[NOTE_PLACEMENT] = "placement",
		[NOTE_FILES] = "files",
		[NOTE_INITRD] = "initrd",
		[NOTE_LEDGER] = "ledger",
		[NOTE_NOT_CHECKED] = "not checked",
		[NOTE_WARNING] = "warning",
	};

	return names[topic];
}
