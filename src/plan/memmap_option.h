/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that the new command line takes away from the new kernel: memmap=. */
#ifndef BATON_PLAN_MEMMAP_OPTION_H
#define BATON_PLAN_MEMMAP_OPTION_H

#include "base/range.h"

struct error;

struct memmap_option {
	struct range_set
		taken; /* not to be used: reserved ($), ACPI (#), persistent (!), retyped (%) */
	unsigned int count; /* regions of every kind, as kaslr.c counts them: by comma */
	bool limits;	    /* memmap=SIZE, which is mem=SIZE: no memory from there up */
	bool understood;    /* false: something in it was not; then nothing may be concluded */
};

/**
 * Read every memmap= of @command_line: size[KMGTPE] followed by @, #, $, ! or % and an address,
 * several separated by commas (Documentation/admin-guide/kernel-parameters.txt).
 */
struct error *memmap_option_read(const char *command_line, struct memmap_option *ret);
void memmap_option_deinit(struct memmap_option *option);
#define _cleanup_memmap_option_ __attribute__((cleanup(memmap_option_deinit)))

#endif
