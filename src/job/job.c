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
