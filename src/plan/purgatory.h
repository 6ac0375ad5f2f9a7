/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What runs between the kernels: its parameters, and the digests that it compares. */
#ifndef BATON_PLAN_PURGATORY_H
#define BATON_PLAN_PURGATORY_H

#include "base/digest.h"

struct error;
struct machine;
struct plan;
struct question;

/** The algorithm of the digests that purgatory compares on this machine. */
enum digest_algorithm plan_digest_algorithm(const struct machine *machine);

/** Make purgatory, once all that it is told of is made. */
struct error *purgatory_fill(const struct question *question, struct plan *plan);

/** METHOD_ELF: make what stands for the first kernel; nothing where it has no place. */
struct error *pvh_entry_fill(struct plan *plan);

#endif
