/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ways into the kernel, a row and a file each.
 *
 * To add one: its file with its row, the row in load.c's table (and where it goes in
 * handoff_unload() and unload_older()), its method in decision/request.h
 * and plan/method.c.
 */
#ifndef BATON_HANDOFF_METHOD_H
#define BATON_HANDOFF_METHOD_H

#include "handoff/handoff.h"

struct handoff_method {
	enum method method;
	struct error *(*load)(const struct handoff_calls *calls, const struct plan *plan,
		const struct machine *machine);
	/** Returns 0 or a negative errno. */
	int (*unload)(const struct handoff_calls *calls, enum target target,
		const struct machine *machine);
	/** What unload() returned, as a sentence; @errnum is positive. */
	struct error *(*explain)(int errnum, enum target target, const struct machine *machine);
};

extern const struct handoff_method handoff_by_kexec_load;
extern const struct handoff_method handoff_by_file_load;
extern const struct handoff_method handoff_by_module;

#endif
