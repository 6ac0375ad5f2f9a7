/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the new kernel reads at its start: boot_params, command line, setup_data, the record. */
#ifndef BATON_PLAN_BOOT_H
#define BATON_PLAN_BOOT_H

struct error;
struct planning;

/** Build the pieces, with relative pointers: their size is what the rest depends on. */
struct error *build_boot_data(struct planning *planning);

/** When everything has its address: store the pointers in boot_params, and add the segment. */
struct error *add_boot_data(struct planning *planning);

#endif
