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

struct error *plan_add_segment(
	struct plan *plan, const struct segment *segment, const char *reason, ...)
{
	struct segment *added = &plan->segments[plan->segment_count];
	va_list arguments;
	int length;

	if (plan->segment_count == PLAN_SEGMENTS_MAX)
		return error_new(ERROR_UNSUPPORTED,
			"more than %d segments, which is all that kexec_load takes",
			PLAN_SEGMENTS_MAX);
	*added = *segment;
	va_start(arguments, reason);
	length = vasprintf(&added->reason, reason, arguments);
	va_end(arguments);
	if (length < 0) {
		added->reason = NULL;
		return error_no_memory();
	}
	plan->segment_count++;
	return NULL;
}

void plan_deinit(struct plan *plan)
{
	for (unsigned int i = 0; i < plan->segment_count; i++)
		free(plan->segments[i].reason);
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
