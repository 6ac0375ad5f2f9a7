/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that the new command line takes away from the new kernel: memmap=. */
#ifndef BATON_BASE_MEMMAP_OPTION_H
#define BATON_BASE_MEMMAP_OPTION_H

#include "base/range.h"

struct error;

enum memmap_kind {
	MEMMAP_LIMIT, /* SIZE alone: as mem=SIZE, no memory from there up */
	MEMMAP_ADD,   /* @: memory, whatever the firmware says */
	MEMMAP_TAKE,  /* reserved ($), ACPI (#), persistent (!), retyped (%): not to be used */
	MEMMAP_EXACT, /* "exactmap": no memory but what is added */
	MEMMAP_NOT_UNDERSTOOD,
};

struct memmap_region {
	enum memmap_kind kind;
	struct range range; /* MEMMAP_LIMIT: [size, end of the address space) */
};

/**
 * Read one region of a value of memmap= and move *@value past it: size[KMGTPE] followed by @, #, $,
 * ! or % and an address, or nothing; several separated by commas
 * (Documentation/admin-guide/kernel-parameters.txt; arch/x86/kernel/e820.c, parse_memmap_one()).
 * False at the end.
 */
bool memmap_next(const char **value, struct memmap_region *ret);

struct memmap_option {
	struct range_set taken; /* not to be used */
	unsigned int count;	/* regions of every kind, as kaslr.c counts them: by comma */
	bool limits;		/* memmap=SIZE, which is mem=SIZE: no memory from there up */
	bool understood;	/* false: something in it was not; then nothing may be concluded */
};

/** Read every memmap= of @command_line. */
struct error *memmap_option_read(const char *command_line, struct memmap_option *ret);
void memmap_option_deinit(struct memmap_option *option);
#define _cleanup_memmap_option_ __attribute__((cleanup(memmap_option_deinit)))

#endif
