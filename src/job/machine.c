/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "job/machine.h"

#include <string.h>

#include "base/error.h"

struct error *job_read_machine(const struct job_system *system, const char *record,
	struct source **ret_source, struct machine *ret)
{
	const char *root = system->root;

	if (record)
		TRY(machine_record_open(record, ret_source));
	else
		TRY(source_open_live(root, ret_source));
	TRY(machine_read(*ret_source, ret));
	/* A test's root has files to read, but no kernel to ask. */
	return strcmp(root, "/") == 0 ? machine_probe_kexec(*ret_source, ret) : NULL;
}

static void take_switch(struct source *source, const char *path, enum tristate *ret)
{
	struct bytes contents = {0};
	bool found = false;

	error_free(source_file(source, path, &found, &contents));
	if (found && contents.size)
		*ret = contents.data[0] == '0' ? TRISTATE_NO : TRISTATE_YES;
}

void job_read_loaded(const struct job_system *system, struct machine *ret)
{
	_cleanup_source_ struct source *source = NULL;

	ret->kexec.loaded = TRISTATE_UNKNOWN;
	ret->module.loaded = TRISTATE_UNKNOWN;
	error_free(source_open_live(system->root, &source));
	if (!source)
		return;
	take_switch(source, "sys/kernel/kexec/loaded", &ret->kexec.loaded);
	take_switch(source, "sys/kernel/kexec_loaded", &ret->kexec.loaded);
	take_switch(source, "sys/devices/virtual/misc/baton/loaded", &ret->module.loaded);
}
