/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BATON_CLI_VERBS_H
#define BATON_CLI_VERBS_H

#include "cli/options.h"

/** Ends with a row without a name. */
extern const struct verb verbs[];

const struct verb *verb_find(const char *name);
/** ERROR_USAGE for a word that is no verb. */
struct error *verb_unknown(const char *word);

/* What several verbs share. */

/** Check what options say together, and take @argument as the kernel. */
struct error *options_finish(struct options *options, const char *argument);
/** ERROR_USAGE if a recorded machine was asked for, where something would be carried out. */
struct error *refuse_machine_record(const struct options *options, const char *verb);
/** Is it an installed kernel, by where it lies, that a load had to unpack? */
bool is_installed_unprepared(const struct job *job);
#define PREPARE_HINT "`baton prepare` keeps this kernel unpacked, and makes its next load quicker."

/** job_load() on the system of this command, with its warnings told. */
struct error *load_job(const struct cli *cli, struct job *job);

/** Plan, load, and print what was done; @ret is to be freed with job_deinit() in any case. */
struct error *load_now(struct cli *cli, struct choice *choice, struct job *ret);

struct error *verb_status(struct cli *cli, struct options *options, const char *argument);
struct error *verb_list(struct cli *cli, struct options *options, const char *argument);
struct error *verb_load(struct cli *cli, struct options *options, const char *argument);
struct error *verb_unload(struct cli *cli, struct options *options, const char *argument);
struct error *verb_plan(struct cli *cli, struct options *options, const char *argument);
struct error *verb_machine(struct cli *cli, struct options *options, const char *argument);
struct error *verb_reboot(struct cli *cli, struct options *options, const char *argument);
struct error *verb_prepare(struct cli *cli, struct options *options, const char *argument);
struct error *verb_report(struct cli *cli, struct options *options, const char *argument);
struct error *verb_mark(struct cli *cli, struct options *options, const char *argument);
struct error *verb_doctor(struct cli *cli, struct options *options, const char *argument);
struct error *verb_help(struct cli *cli, struct options *options, const char *argument);
struct error *verb_version(struct cli *cli, struct options *options, const char *argument);

#endif
