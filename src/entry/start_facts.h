/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the facts that plan/start.h judges, below the injectable root. */
#ifndef BATON_ENTRY_START_FACTS_H
#define BATON_ENTRY_START_FACTS_H

#include "plan/start.h"

/** What is to be started, of which the facts are wanted. */
struct start_question {
	const char *root;		  /* "/" or a folder that stands in for it */
	const char *kernel;		  /* its path */
	const char *release;		  /* as its header says; NULL or "" unknown */
	const char *command_line;	  /* the new kernel's */
	const char *running_command_line; /* NULL unknown */
};

/**
 * Read the facts about files, root file system and consoles into @ret, to be freed with
 * start_facts_deinit(). What cannot be read is not known; an error is out of memory only.
 *
 * Costs some system calls; where the root's drivers are modules also depmod's files of that
 * release (modules.builtin, modules.dep, modules.alias: depmod(8)), some 2 MB.
 */
struct error *start_facts_read(const struct start_question *question, struct start_facts *ret);

#endif
