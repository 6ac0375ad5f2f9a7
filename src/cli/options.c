/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The options of baton. To add one: its row, its setter, the verbs' bits; then baton(8) and the
 * completion, which tests/cli compares with the help.
 */
#include "cli/options.h"

#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "job/choice_options.h"

#define FLAG(function, statement)                                                                  \
	static struct error *function(void *data, const char *value)                               \
	{                                                                                          \
		struct options *options = data;                                                    \
                                                                                                   \
		statement;                                                                         \
		return NULL;                                                                       \
	}

FLAG(set_help, options->help = true)
FLAG(set_version, options->version = true)
FLAG(set_quiet, options->quiet = true)
FLAG(set_verbose, options->verbose = true)
FLAG(set_show_addresses, options->show_addresses = true)
FLAG(set_json, options->json = true)
FLAG(set_dry_run, options->dry_run = true)
FLAG(set_now, options->now = true)
FLAG(set_ignore_inhibitors, options->ignore_inhibitors = true)
FLAG(set_no_load, options->no_load = true)
FLAG(set_machine, options->choice.job.record = value)
FLAG(set_root, options->root = value)
FLAG(set_record, options->record = value)
FLAG(set_elf, options->elf = value)
FLAG(set_svg, options->svg = value)
FLAG(set_boot, options->boot = value)
FLAG(set_history, options->history = true)
FLAG(set_add_to_history, options->add_to_history = true)

static struct error *set_kernel(void *data, const char *value)
{
	struct options *options = data;

	options->choice.job.kernel = value;
	options->kernel_by_option = true;
	return NULL;
}

static struct error *set_clear(void *data, const char *value)
{
	struct options *options = data;

	options->clear = true;
	return NULL;
}

static struct error *set_all(void *data, const char *value)
{
	struct options *options = data;

	options->all = true;
	return NULL;
}

static struct error *set_color(void *data, const char *value)
{
	static const char *const names[] = {"auto", "always", "never", NULL};
	struct options *options = data;
	size_t index;

	TRY(parse_name("--color", value, names, "unknown", &index));
	options->color = (enum color_choice)index;
	return NULL;
}

static const struct option_row option_rows[] = {
	{"kernel", 0, "FILE", ON_PLANNING, "the kernel, instead of naming it by position",
		set_kernel},
	{"initrd", 0, "FILE", ON_PLANNING, "add an initrd; may be repeated, used in this order",
		choice_option_initrd},
	{"no-initrd", 0, NULL, ON_PLANNING, "use none, even if one lies beside the kernel",
		choice_option_no_initrd},
	{"unpack-initrd", 0, "WHEN", ON_PLANNING,
		"do the kernel's unpacking now: auto (if memory allows), always or never",
		choice_option_unpack_initrd},
	{"cmdline", 0, "TEXT", ON_PLANNING, "the command line, instead of the running kernel's",
		choice_option_cmdline},
	{"append", 0, "TEXT", ON_PLANNING,
		"add to the command line, for this handoff alone; may be repeated",
		choice_option_append},
	{"reuse-cmdline", 0, NULL, ON_PLANNING,
		"the running command line with what was for one handoff, too",
		choice_option_reuse_cmdline},
	{"crash", 0, NULL, ON_LOAD | ON_UNLOAD | ON_PLAN, "the kernel that starts after a crash",
		choice_option_crash},
	{"panic", 0, NULL, ON_LOAD | ON_UNLOAD | ON_PLAN, "the same as --crash",
		choice_option_crash},
	{"now", 0, NULL, ON_REBOOT, "stop no services: write back the disks and jump", set_now},
	{"ignore-inhibitors", 0, NULL, ON_REBOOT,
		"reboot even if a program asks for the system to stay up", set_ignore_inhibitors},
	{"no-load", 0, NULL, ON_REBOOT, "start what is loaded already", set_no_load},
	{"dry-run", 'n', NULL, ON_LOAD | ON_REBOOT, "show the plan and change nothing",
		set_dry_run},
	{"via", 0, "CALL", ON_PLANNING, "auto, kexec_load, kexec_file_load or module",
		choice_option_via},
	{"format", 0, "NAME", ON_PLANNING, "accept only this format: bzImage or ELF",
		choice_option_format},
	{"dtb", 0, "FILE", ON_PLANNING, "pass a device tree to the kernel", choice_option_dtb},
	{"mem-min", 0, "ADDRESS", ON_PLANNING, "put nothing below this address",
		choice_option_mem_min},
	{"mem-max", 0, "ADDRESS", ON_PLANNING, "put nothing at or above this address",
		choice_option_mem_max},
	{"entry", 0, "HOW", ON_PLANNING,
		"direct (past the kernel's decompressor), stub (at it), auto, or an address",
		choice_option_entry},
	{"32bit", 0, NULL, ON_PLANNING, "enter at the 32-bit entry point",
		choice_option_enter_32bit},
	{"no-verify", 0, NULL, ON_PLANNING, "do not compare digests just before the jump",
		choice_option_no_verify},
	{"verify", 0, NULL, ON_PLANNING,
		"look closer whether the new system will come up: into packed initrds, too",
		choice_option_verify},
	{"no-verify-start", 0, NULL, ON_PLANNING,
		"only warn where the new system is not expected to come up",
		choice_option_no_verify_start},
	{"no-efi", 0, NULL, ON_PLANNING, "hide the EFI firmware from the kernel",
		choice_option_no_efi},
	{"screen", 0, "HOW", ON_PLANNING, "hand the framebuffer over: auto, reuse or none",
		choice_option_screen},
	{"console", 0, "WHERE", ON_PLANNING,
		"messages between the kernels: vga, serial, ttyS0..3 or PORT[,BAUD]",
		choice_option_console},
	{"seed", 0, "HEX", ON_PLANNING, "all the plan's randomness, so that it repeats",
		choice_option_seed},
	{"show-addresses", 0, NULL, ON_LOAD | ON_REBOOT,
		"tell where what is loaded will lie, which is the next kernel's secret",
		set_show_addresses},
	{"machine", 0, "FILE", ON_STATUS | ON_PLANNING | ON_MACHINE | ON_DOCTOR,
		"a recorded machine, instead of this one", set_machine},
	{"record", 0, "FILE", ON_MACHINE, "write a record of this machine", set_record},
	{"elf", 0, "FILE", ON_PLAN, "write the plan as an ELF file that QEMU starts", set_elf},
	{"boot", 0, "WHICH", ON_REPORT,
		"another boot: -1 (the one before this), -2, ... or an id's beginning", set_boot},
	{"history", 0, NULL, ON_REPORT, "a table of all recorded boots", set_history},
	{"svg", 0, "FILE", ON_REPORT, "write the bars as a picture", set_svg},
	{"record", 0, NULL, ON_REPORT, "keep this boot in the history, and print nothing",
		set_add_to_history},
	{"all", 0, NULL, ON_PREPARE, "the newest kernels in /boot, those that are not yet prepared",
		set_all},
	{"clear", 0, NULL, ON_PREPARE, "forget every prepared kernel", set_clear},
	{"root", 0, "DIR", ON_LIST,
		"a system that is below this folder, instead of the running one", set_root},
	{"json", 0, NULL, ON_FACTS | ON_PREPARE, "print facts as JSON", set_json},
	{"verbose", 'v', NULL, ON_ALL, "print more, such as the formats that declined",
		set_verbose},
	{"quiet", 'q', NULL, ON_ALL, "print errors and warnings only", set_quiet},
	{"color", 0, "WHEN", ON_ALL, "auto, always or never", set_color},
	{"help", 'h', NULL, ON_ALL, "explain", set_help},
	{"version", 'V', NULL, ON_VERSION | ON_HELP | ON_STATUS, "print the version", set_version},
	{0},
};

struct verb_words {
	char command[32], see[48];
};

void options_deinit(struct options *options)
{
	choice_deinit(&options->choice);
}

/** The table as @verb sees it; @words has room for what it borrows. */
static struct option_table table_of(const struct verb *verb, struct verb_words *words)
{
	snprintf(words->command, sizeof(words->command), "baton %s", verb ? verb->name : "");
	snprintf(words->see, sizeof(words->see), "see baton help%s%s", verb ? " " : "",
		verb ? verb->name : "");
	return (struct option_table){
		.rows = option_rows,
		.commands = verb ? verb->bit : 0,
		.command = words->command,
		.see = words->see,
		.stops_at_word = !verb,
	};
}

struct error *options_read(
	int argc, char **argv, const struct verb *verb, struct options *options, int *ret_rest)
{
	struct verb_words words;
	const struct option_table table = table_of(verb, &words);

	return option_table_read(&table, argc, argv, options, ret_rest);
}

void options_print(const struct verb *verb)
{
	struct verb_words words;
	const struct option_table table = table_of(verb, &words);

	option_table_print(&table, 2, 24);
}
