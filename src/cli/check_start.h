/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Will what is to be started come up? (plan/start.h, with the facts of entry/start_facts.h) */
#ifndef BATON_CLI_CHECK_START_H
#define BATON_CLI_CHECK_START_H

#include "cli/choice.h"

/**
 * What the system's files tell, before anything is unpacked. Refusals are errors, unless
 * choice->warn_of_start; the rest waits in prepared->findings. Says nothing about a recorded
 * machine or a crash kernel: the one is elsewhere, the other has its own ways.
 */
struct error *check_start(
	const struct cli *cli, const struct choice *choice, struct prepared *prepared);

/** What the initrd tells, once plan_unpack() is done with it. */
struct error *check_start_initrd(const struct choice *choice, struct prepared *prepared);

/**
 * What the files tell of the kernel that is loaded already, if baton loaded it: an upgrade may have
 * removed its modules since, or its root may be gone. Doubts are told; refusals are errors, unless
 * choice->warn_of_start.
 */
struct error *check_start_loaded(const struct cli *cli, const struct choice *choice);

#endif
