/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan of a load by kexec_file_load: which files, and is there room for what becomes of them?
 */
#ifndef BATON_PLAN_FILE_LOAD_H
#define BATON_PLAN_FILE_LOAD_H

#include "plan/plan.h"

struct question;

/**
 * Fill in file_kernel, file_initrd and what goes with them.
 * Errors: a file that would have to be made in memory, where the policy wants to see files
 * (ERROR_NOT_PERMITTED); not enough memory (ERROR_NO_SPACE).
 */
struct error *file_load_plan(const struct question *question, struct plan *plan);

/**
 * Most bytes of a command line, without the NUL, of @max that the kernel takes: the call keeps room
 * for a crash kernel's elfcorehdr=, whatever is loaded (arch/x86/kernel/kexec-bzimage64.c,
 * bzImage64_load(); seen in 6.1 to 7.2).
 */
uint64_t file_load_command_line_max(uint64_t max);

#endif
