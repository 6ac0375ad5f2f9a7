/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts for people and, as JSON, for programs. The keys are documented in baton(8). */
#ifndef BATON_CLI_PRINT_H
#define BATON_CLI_PRINT_H

#include "cli/plan.h"
#include "job/plan_json.h"
#include "machine/json.h"

/** Print on standard output as valid UTF-8 (json_text()), with a newline, and free. */
void json_print(struct json_object *object);

/** Kernel, initrds, command line and method: the lines that plan and load share. */
void print_choices(const struct cli *cli, const struct job *job);
/**
 * @only_shown: the plan is not carried out. Of one that is, warnings were told on standard error
 * already, and addresses are told only if that was asked for: by them the next kernel's place
 * could be known, which is drawn at random so that it is not.
 */
void print_plan(const struct cli *cli, const struct job *job, bool only_shown);
/** Where each part goes; nothing if the kernel places them. */
void print_segments(const struct cli *cli, const struct plan *plan);
/** The plan's notes but for the warnings, a line each: why so, what was declined, what is missing.
 */
void print_reasons(const struct cli *cli, const struct plan *plan);

/*
 * What job_each_warning() has. tell_warnings() is for whoever
 * loads, whatever else is printed: on standard error. print_warnings() is for a plan that is only
 * shown: on standard output, below a label.
 */
void tell_warnings(const struct cli *cli, const struct job *job);
void print_warnings(const struct cli *cli, const struct job *job);

/** The memory map with the segments drawn in; a bounded number of lines for any map. */
void print_picture(const struct cli *cli, const struct machine *machine, const struct plan *plan);

enum { OBSTACLES_MAX = 8 };

/** Sentences (static) that say why loading would fail or be limited; returns how many.
 * @ret_blocked: nothing at all can be loaded. */
unsigned int machine_obstacles(const struct machine *machine,
	const char *sentences[static OBSTACLES_MAX], bool *ret_blocked);

#endif
