/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which system call loads this image on this machine, and may it? */
#ifndef BATON_PLAN_METHOD_H
#define BATON_PLAN_METHOD_H

#include "decision/request.h"

struct decision;
struct error;
struct machine;
struct question;

/** Set decision->method and note why, or say what stands in the way. */
struct error *method_choose(const struct question *question, struct decision *decision);

/**
 * What the kernel is known to answer to a load, so that nothing need be read for it: kexec was
 * disabled, the limit of loads is used up (Documentation/admin-guide/sysctl/kernel.rst,
 * kexec_load_disabled, kexec_load_limit_*), nothing is reserved for a crash kernel.
 * ERROR_NOT_PERMITTED or ERROR_UNSUPPORTED; NULL if nothing of it is known.
 */
struct error *method_refusal(enum method method, enum target target, const struct machine *machine);

/** The first two of them, with the name of the call that was refused. */
struct error *method_switched_off(
	const char *call, enum target target, const struct machine *machine);

#endif
