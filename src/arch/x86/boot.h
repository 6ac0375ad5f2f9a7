/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the new kernel reads at its start: boot_params, command line, setup_data, the record. */
#ifndef BATON_ARCH_X86_BOOT_H
#define BATON_ARCH_X86_BOOT_H

#include "base/bytes.h"

struct decision;
struct error;
struct layout;
struct notes;
struct question;
struct start_data;

/** As struct arch has them: make_start_data(), place_start_data(), free_start_data(). */
struct error *x86_make_start_data(const struct question *question, const struct decision *decision,
	struct bytes record, struct notes *notes, struct start_data *ret);
void x86_place_start_data(const struct layout *layout, struct start_data *data);
void x86_free_start_data(void *own);

#endif
