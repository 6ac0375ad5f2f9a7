/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The device that root= names, and what reaching it takes. */
#ifndef BATON_ENTRY_ROOT_DEVICE_H
#define BATON_ENTRY_ROOT_DEVICE_H

#include "entry/module_files.h"
#include "plan/start.h"

enum { DEVICE_NAME_MAX = 128 };

/**
 * Look up the value of root= as an initrd and the kernel do (kernel-parameters.txt, root=;
 * bootup(7), initramfs-tools(7)): UUID=, LABEL=, PARTUUID=, PARTLABEL=, /dev/….
 *
 * @param ret_device  the block device's name in /sys/class/block; "" if it is not there or not
 * known
 */
enum start_root root_look_up(const char *root, const char *word, char ret_device[DEVICE_NAME_MAX]);

/** Can only an initrd find a root that is named so? The kernel knows no file system's UUID. */
bool root_is_for_initrd(const char *word);

/**
 * Is @device, which @word should have been the name of, known to udev by another name of the same
 * kind? Then the name is out of date, as after tune2fs -U; else it is the list that lacks it.
 */
bool root_has_other_name(const char *root, const char *word, const char *device);

/** The running root's device, by /proc/self/mountinfo; "" if that is none. */
void root_running_device(const char *root, char ret[DEVICE_NAME_MAX]);

/**
 * Walk from @device to the machine's root (/sys/class/block, /sys/devices), down through the
 * devices that a volume consists of, and add to @facts what of all the drivers is a module in
 * @files.
 */
struct error *root_add_drivers(const char *root, const char *device, struct module_files *files,
	struct start_facts *facts);

/** Add a need of one of @names, if that is a module in @files. */
struct error *root_add_need(struct module_files *files, struct blob *names, const char *what,
	struct start_facts *facts);

#endif
