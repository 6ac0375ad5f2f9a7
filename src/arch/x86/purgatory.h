/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Purgatory and PVH entry as bytes to be placed: copies of the built-in flat binaries, filled in.
 */
#ifndef BATON_ARCH_X86_PURGATORY_H
#define BATON_ARCH_X86_PURGATORY_H

#include "base/blob.h"
#include "wire/purgatory_params.h"

struct error;

/** By the mode in which the old kernel leaves the CPU. Both enter kernels in either mode. */
enum purgatory_kind {
	PURGATORY_X86_64, /* long mode, memory identity-mapped */
	PURGATORY_I386,	  /* protected mode, paging off: reaches the first 4 GiB only */
};

/** Bytes of memory that purgatory needs, its stack included. */
uint64_t purgatory_memory_size(enum purgatory_kind kind);
/**
 * Copy purgatory and store @params into it; adds its own code at @address as a region to verify, so
 * one of PURGATORY_REGIONS_MAX must be left.
 */
struct error *purgatory_build(enum purgatory_kind kind, const struct purgatory_params *params,
	uint64_t address, struct blob *ret);

uint64_t pvh_entry_memory_size(void);
/** @address of the blob itself, below 4 GiB; @entry is purgatory's. */
struct error *pvh_entry_build(uint64_t address, uint64_t entry, struct blob *ret);

#endif
