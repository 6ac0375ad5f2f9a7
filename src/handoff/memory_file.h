/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that kexec_file_load is given and that are on no disk. */
#ifndef BATON_HANDOFF_MEMORY_FILE_H
#define BATON_HANDOFF_MEMORY_FILE_H

#include "plan/plan.h"

/**
 * Make what @file describes: in memory, gone when it is closed. What comes from other files is
 * copied piece by piece.
 * @param name  "kernel", "initrd"
 */
struct error *memory_file_make(const char *name, const struct plan_file *file, int *ret_fd);

#endif
