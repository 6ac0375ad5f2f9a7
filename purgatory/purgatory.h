/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What runs between the two kernels. No operating system, no libc, interrupts off, one CPU, memory
 * identity-mapped by the page tables that the old kernel left, later by the plan's. Every wait is
 * bounded: purgatory never hangs, it goes on or it resets the machine.
 */
#ifndef BATON_PURGATORY_PURGATORY_H
#define BATON_PURGATORY_PURGATORY_H

#include <stddef.h>
#include <stdint.h>

#include "wire/handoff.h"
#include "wire/purgatory_params.h"

/** Filled in by the plan; at a known offset of the flat binary. */
extern struct purgatory_params purgatory_params;

/** Called by the entry code with the counter's value at entry; returns when all is well. */
void purgatory_main(uint64_t entered);

/**
 * Called last of all, on the page tables that the new kernel is entered with. What is cleared here
 * the old kernel's own tables may have lain in.
 */
void purgatory_finish(void);

/* Each architecture gives these. */
void console_init(const struct purgatory_params *params);
void console_write(const char *text);
/** Wait until what was written has been sent and, on a screen, could be read. Bounded. */
void console_finish(void);
uint64_t counter_read(void);
/** Zero whole pages. */
void memory_clear(uintptr_t address, uint64_t size);
_Noreturn void machine_reset(const struct purgatory_params *params);

#endif
