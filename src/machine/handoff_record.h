/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading a handoff record (wire/handoff.h), which is text from another system: bounded. */
#ifndef BATON_MACHINE_HANDOFF_RECORD_H
#define BATON_MACHINE_HANDOFF_RECORD_H

#include <stdbool.h>

#include "base/bytes.h"
#include "wire/handoff.h"

/** The command line that was handed over, as views into the record's bytes. */
struct handoff_command_line {
	bool known;
	struct bytes usual, once; /* without a NUL */
};

/**
 * The command line in the data of a setup_data node that handoff_record_parse() has read into
 * @record; not known in versions before 3, and where what it says does not fit.
 */
struct handoff_command_line handoff_record_command_line(
	struct bytes data, const struct handoff_record *record);

/**
 * Read a record of any version out of the data of a setup_data node.
 *
 * @param ret  in the form of this version: stages that the writer did not know are 0, texts end
 *             with a NUL, enumerations hold a value from above; `version` and `size` stay as found
 * Returns NULL, or a static sentence why this is no record that can be read.
 */
const char *handoff_record_parse(struct bytes data, struct handoff_record *ret);

#endif
