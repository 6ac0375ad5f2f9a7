/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verbs of baton.
 *
 * To add one: its row here, a bit in options.h, verb_NAME.c with its function (declared in
 * verbs.h), its bit on the rows of option_rows[] that it takes; then baton(8), the completion in
 * integration/completion/baton, and a test in tests/cli. The tests compare these with the help, so
 * a verb that is missing from one of them fails.
 */
#include "cli/verbs.h"

#include "base/parse.h"

#include <string.h>

const struct verb verbs[] = {
	{
		.name = "status",
		.bit = ON_STATUS,
		.summary = "what is loaded, what this machine allows, what to do next",
		.description =
			"Tells whether a kernel is loaded for the next reboot or for a crash, which of "
			"the kernel's two system calls work, what stands in the way, and how this system "
			"itself was started. With --quiet only the exit status tells: 0 if a kernel is "
			"loaded for the next reboot, 6 if not.",
		.run = verb_status,
	},
	{
		.name = "list",
		.bit = ON_LIST,
		.summary = "what the boot loader could start, and what it would start next",
		.description =
			"Reads the boot loader's configuration as the boot loader itself does, and lists "
			"its entries with what each starts; -v tells kernel, initrds and command line. "
			"Nothing is mounted or written. With --root=DIR that of another system.",
		.run = verb_list,
	},
	{
		.name = "load",
		.bit = ON_LOAD,
		.argument = "KERNEL",
		.summary = "load a kernel for the next reboot",
		.description =
			"Loads KERNEL, its initrds and its command line into memory. KERNEL is a file, or "
			"an entry of the boot loader by number, id, title or version (`baton list`). "
			"Without it what the boot loader would start next is taken; where none is known, "
			"/vmlinuz, /boot/vmlinuz, or the running kernel's own file. Nothing is stopped; "
			"`baton reboot` then starts it.",
		.run = verb_load,
	},
	{
		.name = "unload",
		.bit = ON_UNLOAD,
		.summary = "forget what was loaded",
		.description =
			"Unloads the kernel that waits for the next reboot, or with --crash the "
			"one that waits for a crash.",
		.run = verb_unload,
	},
	{
		.name = "plan",
		.bit = ON_PLAN,
		.argument = "KERNEL",
		.summary = "show what load would do, without doing it",
		.description =
			"Reads everything that load reads, decides everything that it decides, and prints "
			"it: the system call and why, the command line, and where in memory each part "
			"goes and why. Needs no privileges for a recorded machine (--machine).",
		.run = verb_plan,
	},
	{
		.name = "machine",
		.bit = ON_MACHINE,
		.summary = "show what baton knows about this computer, or record it",
		.description =
			"Prints every fact that plans are made from. With --record=FILE they are packed "
			"into one archive, which `baton plan --machine=FILE` replays on any computer; "
			"such a record belongs to a good bug report.",
		.run = verb_machine,
	},
	{
		.name = "reboot",
		.bit = ON_REBOOT,
		.argument = "KERNEL",
		.summary = "load a kernel and reboot straight into it",
		.description =
			"Loads as `baton load` does, then stops the system in order: through systemd "
			"where that runs, otherwise by writing back the disks and making them read-only. "
			"--now leaves the services out; --no-load starts what has been loaded before. "
			"Programs that ask for the system to stay up are respected.",
		.run = verb_reboot,
	},
	{
		.name = "prepare",
		.bit = ON_PREPARE,
		.argument = "KERNEL",
		.summary = "unpack a kernel now, so that loading it takes a fraction of the time",
		.description =
			"Unpacks KERNEL, or the default one, and keeps the result below /var/cache/baton. "
			"Loading it then starts from there. Done by itself when a kernel package is "
			"installed. The newest four are kept; --clear forgets all.",
		.run = verb_prepare,
	},
	{
		.name = "report",
		.bit = ON_REPORT,
		.summary = "show where the time of the last boot went",
		.description =
			"Tells whether this system was started by a handoff, from which kernel, how many "
			"there were in a row, and where the time went: from the command on the old system "
			"until everything runs on the new one, a bar for each phase. What is not known is "
			"said to be unknown, with the reason. Needs no privileges, but knows more as root.",
		.run = verb_report,
	},
	{
		.name = "mark",
		.bit = ON_MARK,
		.argument = "EVENT",
		.summary = "note for the ledger that something happens now (for init systems)",
		.description =
			"Called by the hooks that come with baton; not by people. EVENT is shutdown (the "
			"init system begins to end this system), reboot-call (services are stopped, the "
			"kernel's reboot call comes next) or up (everything is started; only where the init "
			"system is not systemd, which knows by itself).",
		.run = verb_mark,
	},
	{
		.name = "doctor",
		.bit = ON_DOCTOR,
		.summary = "which ways to start a kernel are open here, and how to open one",
		.description =
			"Looks at the three ways: kexec_load, kexec_file_load, and baton's own kernel "
			"module, for kernels that were built without the first two. Tells of each "
			"whether it works here and why not, and what to do where none does. The exit "
			"status is 0 if a way is open, or may be (ask as root), and 1 if none is.",
		.run = verb_doctor,
	},
	{
		.name = "help",
		.bit = ON_HELP,
		.argument = "VERB",
		.summary = "explain baton or one verb",
		.description = "Prints this summary, or what a verb does and the options it takes.",
		.run = verb_help,
	},
	{
		.name = "version",
		.bit = ON_VERSION,
		.summary = "print the version",
		.description = "Prints baton's version.",
		.run = verb_version,
	},
	{0},
};

const struct verb *verb_find(const char *name)
{
	for (const struct verb *verb = verbs; verb->name; verb++)
		if (strcmp(verb->name, name) == 0)
			return verb;
	return NULL;
}

struct error *verb_unknown(const char *word)
{
	const char *names[32] = {0};
	const char *near;
	size_t count = 0;

	for (const struct verb *verb = verbs; verb->name && count < 31; verb++)
		names[count++] = verb->name;
	near = suggest(word, names);
	if (near)
		return error_new(ERROR_USAGE, "%s: no such verb; did you mean %s?", word, near);
	if (strchr(word, '/'))
		return error_new(ERROR_USAGE,
			"%s: no such verb; for a kernel file say what to do with "
			"it: baton load %s",
			word, word);
	return error_new(ERROR_USAGE, "%s: no such verb; `baton help` lists them", word);
}
