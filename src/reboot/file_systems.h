/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a jump does that stops no service: write everything back, note the end in wtmp, and take the
 * file systems on disks out of use, so that the next system finds no journal to recover. None of it
 * is a reason to stay: what could not be done is an error for the caller to tell.
 */
#ifndef BATON_REBOOT_FILE_SYSTEMS_H
#define BATON_REBOOT_FILE_SYSTEMS_H

#include <stdbool.h>

#include "base/bytes.h"

struct error;

/**
 * sync(2), by @sync, for as long as anything is written, ten minutes at most: it hangs on a file
 * server that does not answer. With @record, a line "shutdown" in wtmp comes first, if there is a
 * wtmp (utmp(5); as systemd-update-utmp(8) writes it).
 */
struct error *write_back(const char *root, void (*sync)(void), bool record);

/**
 * Remount every file system on a block device read-only, whoever has files open there: sysrq's
 * emergency remount (kernel: Documentation/admin-guide/sysrq.rst, "u"). It runs in the kernel's
 * background, and is waited for half a minute at most. The error names what is writable still.
 */
struct error *file_systems_read_only(const char *root);

/**
 * The mount points of the file systems on block devices that are writable, separated by ", ".
 * @param mountinfo  /proc/self/mountinfo, proc(5)
 * @param ret        to be freed; NULL: none
 */
struct error *writable_file_systems(struct bytes mountinfo, char **ret);

#endif
