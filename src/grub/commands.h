/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands that do something here, by the files they are in; commands.c has the table. */
#ifndef BATON_GRUB_COMMANDS_H
#define BATON_GRUB_COMMANDS_H

#include "grub/interpreter.h"

typedef struct error *grub_command_run(const struct grub_call *call, enum grub_status *ret);

/* command_test.c */
grub_command_run grub_command_test;

/* command_variables.c */
grub_command_run grub_command_set, grub_command_unset, grub_command_export, grub_command_read,
	grub_command_increment, grub_command_regexp, grub_command_tr;

/* command_flow.c */
grub_command_run grub_command_break, grub_command_return, grub_command_shift,
	grub_command_setparams, grub_command_eval, grub_command_echo;

/* command_files.c */
grub_command_run grub_command_source, grub_command_configfile, grub_command_extract,
	grub_command_load_env, grub_command_save_env, grub_command_search,
	grub_command_search_by_name, grub_command_probe;

/* command_boot.c */
grub_command_run grub_command_linux, grub_command_initrd, grub_command_device_tree,
	grub_command_other_system, grub_command_leave, grub_command_firmware_setup;

/* menu.c */
grub_command_run grub_command_menuentry;

/* blscfg.c */
grub_command_run grub_command_blscfg;

#endif
