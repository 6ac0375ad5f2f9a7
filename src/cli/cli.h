/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What both command lines share: where the output goes, how an error is told, which exit status it
 * becomes. Nothing in this folder decides anything about kernels; it parses options and prints.
 */
#ifndef BATON_CLI_CLI_H
#define BATON_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "ledger/collect.h"
#include "reboot/reboot.h"

/** The system as the command lines see it; tests put their own in its place. */
struct cli_system {
	struct reboot_system reboot;
	uint64_t started; /* the CPU's counter when the program began; 0 unknown */
	const struct ledger_system *ledger;
	bool may_reboot; /* has CAP_SYS_BOOT */
	bool is_root;
};

enum color_choice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/** One run of one command. */
struct cli {
	const char *program; /* in front of messages: "baton", "kexec" */
	const struct cli_system *system;
	bool verbose;
	bool show_addresses; /* of what is loaded, which are the next kernel's secret */
	bool quiet;
	bool json;
	bool silent;	/* the exit status alone tells; an error is not printed */
	bool color_out; /* on standard output */
	bool color_err; /* on standard error */
};

int baton_main(int argc, char **argv, const struct cli_system *system);
int kexec_main(int argc, char **argv, const struct cli_system *system);
/** Run one of the two with a stack that it can rely on, whatever `ulimit -s` says. */
int cli_run(int (*run)(int argc, char **argv, const struct cli_system *system), int argc,
	char **argv, const struct cli_system *system);

/** Decide about colours: NO_COLOR (no-color.org) and TERM=dumb count for `auto` only. */
void cli_choose_color(struct cli *cli, enum color_choice choice);

/** Exit statuses of baton, documented in baton(8). */
enum exit_status {
	EXIT_STATUS_OK = 0,
	EXIT_STATUS_FAILED = 1,
	EXIT_STATUS_USAGE = 2,
	EXIT_STATUS_NOT_PERMITTED = 3,
	EXIT_STATUS_BAD_FILE = 4,
	EXIT_STATUS_NO_ROOM = 5,
	EXIT_STATUS_NOT_LOADED = 6,
};

enum exit_status exit_status_of(const struct error *error);

/** Print "PROGRAM: MESSAGE" on standard error, with control characters made harmless. */
void cli_tell_error(const struct cli *cli, const struct error *error);
/** The same for a warning; frees it. For reboot_jump(): @data is the struct cli. */
void cli_warn(struct error *warning, void *data);
void cli_warn_text(const struct cli *cli, const char *warning);

/** NULL, or why this process may not load, unload or reboot (ERROR_NOT_PERMITTED). */
struct error *cli_check_permission(const struct cli *cli, const char *to_do_what);

/** Flush and close standard output; ERROR_SYSTEM if anything was lost on the way. */
struct error *cli_close_output(void);
/** The same of what was printed so far; more can be printed. */
struct error *cli_flush_output(void);

/* text.c */

enum { SIZE_TEXT = 32 };

/** "7.8 MiB" into @buffer, which is returned. */
const char *size_text(uint64_t size, char buffer[static SIZE_TEXT]);

/**
 * Print text that came from a file or the command line: control characters and bytes that are not
 * UTF-8 as \xNN, so that a kernel's version string cannot drive the terminal.
 */
void print_escaped(FILE *file, const char *text);

/** The same for text of several lines. */
void print_escaped_lines(FILE *file, const char *text);

enum style {
	STYLE_PLAIN,
	STYLE_BOLD,
	STYLE_DIM,
	STYLE_GOOD,
	STYLE_WARN,
	STYLE_BAD,
	/* parts of a boot */
	STYLE_FIRMWARE,
	STYLE_OLD,
	STYLE_BETWEEN,
	STYLE_NEW,
};

/** The escape sequence that starts @style on standard output, or "" without colours. */
const char *style_out(const struct cli *cli, enum style style);
const char *style_err(const struct cli *cli, enum style style);

/** "  label         " for the left column of a list of facts. */
void print_label(const struct cli *cli, const char *label);

#endif
