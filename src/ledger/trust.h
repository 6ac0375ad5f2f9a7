/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BATON_LEDGER_TRUST_H
#define BATON_LEDGER_TRUST_H

#include "ledger/clocks.h"

struct error;
struct source;

/**
 * Is there a reason not to believe that the counter has run evenly, and alike on all CPUs, from the
 * old system until now?
 * @param ret_why  static; NULL: no reason
 */
struct error *ledger_distrust_counter(
	struct source *source, const struct ledger_clocks *clocks, const char **ret_why);

#endif
