/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the new kernel reads at its start: boot_params, command line, setup_data, the record. */
#ifndef BATON_PLAN_BOOT_H
#define BATON_PLAN_BOOT_H

struct boot_data;
struct decision;
struct error;
struct layout;
struct notes;
struct plan;
struct question;

/**
 * Make the pieces, with relative pointers: their size is what the rest depends on.
 * @param ret  to be freed with boot_data_deinit(), also after an error
 */
struct error *boot_data_make(const struct question *question, const struct decision *decision,
	struct notes *notes, struct boot_data *ret);

/** When everything has its address: store the pointers in boot_params; the plan takes it over. */
void boot_data_fill(const struct layout *layout, struct boot_data *data, struct plan *plan);

#endif
