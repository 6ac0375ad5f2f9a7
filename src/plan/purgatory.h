/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What runs between the kernels: its parameters, and the digests that it compares. */
#ifndef BATON_PLAN_PURGATORY_H
#define BATON_PLAN_PURGATORY_H

#include "base/digest.h"

struct error;
struct machine;
struct planning;

/** The algorithm of the digests that purgatory compares on this machine. */
enum digest_algorithm plan_digest_algorithm(const struct machine *machine);

/** Make purgatory's segment, once all that it is told of is placed. */
struct error *add_purgatory(struct planning *planning);

/** METHOD_ELF: make what stands for the first kernel. */
struct error *place_pvh_entry(struct planning *planning);

#endif
