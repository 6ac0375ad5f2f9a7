/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "job/job.h"

#include <stdlib.h>

const struct payload *job_payload(const struct job *job)
{
	return job->plan.payload ?: job->unpacked.payload;
}

void job_deinit(struct job *job)
{
	plan_deinit(&job->plan);
	decision_deinit(&job->decision);
	mailbox_deinit(&job->mailbox);
	initrd_deinit(&job->initrd);
	unpacked_kernel_deinit(&job->unpacked);
	image_deinit(&job->image);
	blob_deinit(&job->device_tree);
	boot_entry_deinit(&job->boot_entry);
	free(job->kernel);
	free(job->kernel_known_as);
	if (!job->machine_borrowed)
		machine_deinit(&job->machine);
	source_close(job->source);
	start_facts_deinit(&job->start);
	start_findings_deinit(&job->findings);
	free(job->initrd_beside);
	free(job->why_no_initrd);
	free(job->prepared_damage);
	*job = (struct job){0};
}

const char *job_method_reason(const struct job *job)
{
	const struct plan *plan = &job->plan;

	if (job->method_reason)
		return job->method_reason;
	for (unsigned int i = 0; i < plan->notes.count; i++)
		if (plan->notes.list[i].topic == NOTE_METHOD)
			return plan->notes.list[i].text;
	return method_name(plan->method);
}

void job_each_warning(const struct job *job, void (*use)(const char *text, void *data), void *data)
{
	const struct machine *machine = &job->machine;
	const struct plan *plan = &job->plan;

	for (size_t i = 0; i < machine->warning_count; i++)
		use(machine->warnings[i], data);
	if (job->prepared_damage)
		use(job->prepared_damage, data);
	for (unsigned int i = 0; i < plan->notes.count; i++)
		if (plan->notes.list[i].topic == NOTE_WARNING)
			use(plan->notes.list[i].text, data);
}
