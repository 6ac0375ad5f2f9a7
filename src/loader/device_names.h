/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a mounted device is called: by udev (UUID, label), and by GRUB. */
#ifndef BATON_LOADER_DEVICE_NAMES_H
#define BATON_LOADER_DEVICE_NAMES_H

#include "loader/mount.h"

struct error;

/**
 * Fill in what is known of the device that @mount is on. The name of a partition is
 * "MAJOR:MINOR,gpt2" so far, with its disk's number: device_names_number_disks() makes GRUB's of
 * it.
 */
struct error *device_names_add(const struct tree *tree, struct tree_mount *mount);

/** Name disks hd0, hd1, …, that of @boot first. */
struct error *device_names_number_disks(struct tree *tree, const struct tree_mount *boot);

#endif
