/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What runs between the kernels: its parameters, and the digests that it compares. */
#ifndef BATON_PLAN_PURGATORY_H
#define BATON_PLAN_PURGATORY_H

struct arch;
struct error;
struct plan;
struct question;

/** Make purgatory, once all that it is told of is made. */
struct error *purgatory_fill(
	const struct arch *arch, const struct question *question, struct plan *plan);

#endif
