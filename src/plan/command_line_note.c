/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plan tells about its command line. */
#include "base/error.h"
#include "plan/command_line.h"
#include "plan/plan.h"
#include "plan/running_line.h"

static const struct {
	const char *name, *sentence; /* before the words */
	bool left_out;
} origins[ORIGIN_COUNT] = {
	[ORIGIN_RUNNING] = {"running", "from the running kernel", false},
	[ORIGIN_RUNNING_ONCE] = {"running_once",
		"from the running kernel, given for its own start alone", false},
	[ORIGIN_KEPT] = {"kept",
		"added by the running kernel itself, and handed on as the new one may not", false},
	[ORIGIN_GIVEN] = {"given", "as it was given", false},
	[ORIGIN_APPENDED] = {"appended", "for this handoff alone", false},
	[ORIGIN_MARK] = {"mark",
		"tells the next handoff, which finds no record, what was for this one alone",
		false},
	[ORIGIN_LEFT_OLD_BOOT] = {"old_boot", "left out what belongs to the old boot", true},
	[ORIGIN_LEFT_ONCE] = {"once",
		"left out what was given for the last handoff alone (--reuse-cmdline keeps it)",
		true},
	[ORIGIN_LEFT_BUILT_IN] = {"built_in",
		"left out what is built into the kernel, and comes again", true},
	[ORIGIN_LEFT_BOOTCONFIG] = {"bootconfig",
		"left out what comes again with the boot configuration", true},
};

const char *command_line_origin_name(enum command_line_origin origin)
{
	return origins[origin].name;
}

bool command_line_is_left_out(enum command_line_origin origin)
{
	return origins[origin].left_out;
}

static void note_parts(const struct composition *composition, struct notes *notes)
{
	for (unsigned int i = 0; i < ORIGIN_COUNT; i++)
		if (composition->parts[i])
			note_add(notes, NOTE_COMMAND_LINE, "%s: %s", origins[i].sentence,
				composition->parts[i]);
}

void command_line_note(const struct composition *composition, struct notes *notes)
{
	note_parts(composition, notes);
	if (composition->overridden)
		note_add(notes, NOTE_COMMAND_LINE,
			"what the boot loader gave is not known: the running kernel replaces it by "
			"its own (CONFIG_CMDLINE_OVERRIDE), which is handed on");
	if (composition->unmarked)
		note_add(notes, NOTE_COMMAND_LINE,
			"there is neither a record nor a mark of what was given for this handoff "
			"alone: the next one will reuse it");
	if (composition->suspects)
		note_add(notes, NOTE_WARNING,
			"the running command line holds %s, which was probably meant for this boot "
			"only; it is reused (--cmdline gives another)",
			composition->suspects);
}
