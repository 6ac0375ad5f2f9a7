/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BATON_BASE_SAVE_H
#define BATON_BASE_SAVE_H

#include "base/bytes.h"

struct error;

/**
 * Write a file that appears whole or not at all, readable by its owner only, and is on the disk
 * when this returns. On failure nothing is left behind and a file of that name is untouched.
 */
struct error *save_file(const char *path, struct bytes bytes);

/**
 * The same with the permissions that the umask leaves, for what a user asked to have. ERROR_USAGE
 * if something is there that is no regular file: to replace a device would destroy it.
 */
struct error *save_public_file(const char *path, struct bytes bytes);

/**
 * The same for a file that the first of several writes, and all may read: if something has that
 * name already, it stays, and that is no error.
 */
struct error *save_first(const char *path, struct bytes bytes);

#endif
