/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What kexec's two calls, and baton's module, take and do on x86. */
#ifndef BATON_ARCH_X86_CALLS_H
#define BATON_ARCH_X86_CALLS_H

#include "base/range.h"

struct error;
struct machine;
struct question;

/** As struct arch has them. */
const char *x86_needs_kexec_load(const struct question *question);
struct error *x86_check_file_load(const struct question *question);
unsigned long x86_kexec_flag(const struct machine *machine);
unsigned int x86_mapped(const struct machine *machine, struct range ret[static 2]);

#endif
