/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BATON_BASE_WRITE_FILE_H
#define BATON_BASE_WRITE_FILE_H

#include <sys/types.h>

#include "base/bytes.h"

struct error;

/**
 * Write @bytes as the file @path. It appears whole, in place of what was there, or not at all, and
 * nothing is left behind on failure.
 *
 * @param mode  its permissions; the umask is taken off
 * ERROR_USAGE if something is there that is no regular file: replacing a device would destroy it.
 */
struct error *write_file(const char *path, struct bytes bytes, mode_t mode);

#endif
