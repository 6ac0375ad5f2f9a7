/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The moment when the system is up, where the init system does not keep it: /run/baton/up. */
#ifndef BATON_LEDGER_MARK_H
#define BATON_LEDGER_MARK_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct source;

/** Note that everything is started now. The first mark since the start of the kernel counts. */
struct error *ledger_mark_up(const char *root);

/** Read the mark: CLOCK_MONOTONIC in ns. False in @ret_found if there is none, or none of ours. */
struct error *ledger_read_up(struct source *source, bool *ret_found, int64_t *ret_ns);

#endif
