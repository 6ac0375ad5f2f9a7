/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What reading and appending the history share. */
#ifndef BATON_LEDGER_HISTORY_FILE_H
#define BATON_LEDGER_HISTORY_FILE_H

#include <unistd.h>

#include "ledger/history.h"

/** Read from an open file; @ret_in_mid_line tells whether it ends without a newline. */
struct error *history_read_file(int fd, struct history *ret, bool *ret_in_mid_line);

static inline void history_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define _cleanup_fd_ __attribute__((cleanup(history_close_fd)))

#endif
