/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What depmod(8) and the kernel's build wrote below /lib/modules/RELEASE. */
#ifndef BATON_ENTRY_MODULE_FILES_H
#define BATON_ENTRY_MODULE_FILES_H

#include "machine/machine.h"

struct error;

/** The folder of one release. Files are read when they are first asked for. */
struct module_files {
	char *folder;			     /* its path; NULL: there is none */
	struct blob builtin, modules, alias; /* modules.builtin, modules.dep, modules.alias */
	char *unread; /* why one of them could not be read, with its name; NULL */
};

/**
 * Look for the modules of @release, in /lib/modules or /usr/lib/modules below @root, or where NixOS
 * and Guix have them. A folder that only holds what a removed package leaves behind, such as
 * modules that were built on this machine, is none.
 */
struct error *module_files_open(const char *root, const char *release, struct module_files *ret);
void module_files_deinit(struct module_files *files);
#define _cleanup_module_files_ __attribute__((cleanup(module_files_deinit)))

enum module_use {
	MODULES_UNUSED,	   /* or all is in memory */
	MODULES_KEPT,	   /* there is a folder of modules for some kernel */
	MODULES_ELSEWHERE, /* a module is in use, and there is no folder for any kernel */
};

enum module_use system_module_use(const char *root);

/**
 * Does the new kernel have to load one of @names ('\n' NAME '\n' … '\n', "_" for "-")? False if one
 * of them is built in, or none is known there: it may have another name.
 */
bool module_files_needed(struct module_files *files, const char *names);

/** Append to @names each module that has an alias matching @wanted ("virtio:d00000002v00001AF4").
 */
struct error *module_files_by_alias(
	struct module_files *files, const char *wanted, struct blob *names);

#endif
