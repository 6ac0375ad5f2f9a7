/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BATON_IMAGE_ELF_H
#define BATON_IMAGE_ELF_H

#include "base/bytes.h"
#include "base/range.h"

struct error;

/**
 * Where the last segment ends in the ELF file that begins with @head, or its program headers; what
 * comes behind is for debuggers. False if @head is the beginning of none that could be a kernel.
 */
bool elf_file_end(struct bytes head, uint64_t *ret);

/**
 * What must be read of the ELF file that begins with @head: that, and the segments to load. Empty
 * if it is the beginning of none that could be a kernel.
 */
struct error *elf_file_ranges(struct bytes head, struct range_set *ret);

#endif
