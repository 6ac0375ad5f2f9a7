/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "image/unpacked.h"

const char *method_name(enum method method)
{
	static const char *const names[] = {
		[METHOD_AUTO] = "auto",
		[METHOD_KEXEC_LOAD] = "kexec_load",
		[METHOD_FILE_LOAD] = "kexec_file_load",
		[METHOD_MODULE] = "module",
		[METHOD_ELF] = "ELF",
	};

	return names[method];
}

void plan_deinit(struct plan *plan)
{
	segments_deinit(&plan->segments);
	notes_deinit(&plan->notes);
	free(plan->command_line);
	composition_deinit(&plan->composition);
	payload_free(plan->payload);
	blob_deinit(&plan->kernel);
	blob_deinit(&plan->boot_data);
	blob_deinit(&plan->page_tables);
	blob_deinit(&plan->purgatory);
	blob_deinit(&plan->pvh_entry);
	*plan = (struct plan){0};
}
