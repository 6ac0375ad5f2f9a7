/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines of a configuration file, or of the body of a menu entry, as GRUB reads them. */
#ifndef BATON_GRUB_LINES_H
#define BATON_GRUB_LINES_H

#include <stdbool.h>

#include "base/bytes.h"

struct grub_lines {
	struct bytes text; /* borrowed */
	/**
	 * Of a file: carriage returns are nothing, and a line that begins with # is none, even in
	 * the middle of a quoted string.
	 */
	bool is_file;
	const char *name;   /* for messages: the file, or where the text is from */
	unsigned int first; /* the number of its first line, less one */

	uint64_t offset;
	unsigned int number; /* of the line that was read last, from 1 */
	bool over;
};

/** Read the next line, without its end, as a view into the text; false: there is none. */
bool grub_lines_next(struct grub_lines *lines, struct bytes *ret);

#endif
