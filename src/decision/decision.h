/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is settled before a byte is unpacked and an address chosen, as data. plan/decide.h settles.
 */
#ifndef BATON_DECISION_DECISION_H
#define BATON_DECISION_DECISION_H

#include "decision/composition.h"
#include "decision/notes.h"
#include "decision/request.h"

struct decision {
	enum method method;		/* never METHOD_AUTO */
	char *command_line;		/* as the new kernel will see it */
	struct composition composition; /* where its words came from; its `text` is above */
	const char *hazard; /* what only a bzImage's own decompressor does, so that it must run;
			       NULL: nothing that is known without a look inside. Static */
	struct notes notes, line_notes; /* the latter about the command line */
};

/** Does baton choose the addresses? With kexec_file_load the running kernel does. */
static inline bool decision_places(const struct decision *decision)
{
	return decision->method != METHOD_FILE_LOAD;
}

void decision_deinit(struct decision *decision);
#define _cleanup_decision_ __attribute__((cleanup(decision_deinit)))

#endif
