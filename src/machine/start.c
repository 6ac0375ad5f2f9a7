/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/start.h"

/* The node that holds a record which can be read into @ret, or NULL. */
static const struct setup_data_node *find_handoff_record(
	const struct machine *machine, struct handoff_record *ret, const char **ret_why)
{
	*ret_why = NULL;
	*ret = (struct handoff_record){0};
	for (size_t i = 0; i < machine->setup_data_count; i++) {
		const struct setup_data_node *node = &machine->setup_data[i];

		if (node->type != SETUP_DATA_BATON)
			continue;
		*ret_why = handoff_record_parse(blob_bytes(&node->data), ret);
		if (!*ret_why)
			return node;
	}
	return NULL;
}

bool machine_handoff_record(
	const struct machine *machine, struct handoff_record *ret, const char **ret_why)
{
	return find_handoff_record(machine, ret, ret_why);
}

struct handoff_command_line machine_handed_command_line(const struct machine *machine)
{
	struct handoff_record record;
	const char *why;
	const struct setup_data_node *node = find_handoff_record(machine, &record, &why);

	return node ? handoff_record_command_line(blob_bytes(&node->data), &record)
		    : (struct handoff_command_line){0};
}

enum tristate machine_was_kexec(const struct machine *machine)
{
	/* type_of_loader; 0xD is kexec (Documentation/arch/x86/boot.rst, offset 0x210). */
	int64_t loader =
		machine->has_boot_params ? machine->boot_params[0x210] : machine->bootloader_type;

	if (loader < 0)
		return TRISTATE_UNKNOWN;
	return loader >> 4 == 0xd ? TRISTATE_YES : TRISTATE_NO;
}
