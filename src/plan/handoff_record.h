/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The handoff record as the old system writes it; purgatory adds its stages. */
#ifndef BATON_PLAN_HANDOFF_RECORD_H
#define BATON_PLAN_HANDOFF_RECORD_H

#include "decision/request.h"
#include "wire/handoff.h"

struct blob;
struct composition;
struct error;
struct question;

/**
 * The record of this handoff, its chain counted on from the running kernel's own record. How the
 * kernel is entered is not decided yet: `entry` is for the caller to fill in. The command line's
 * texts are in it unless they are longer than readers take.
 */
struct error *handoff_record_make(
	const struct question *question, const struct composition *line, struct blob *ret);

#endif
