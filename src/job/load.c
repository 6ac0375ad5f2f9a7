/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "job/load.h"

#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "handoff/handoff.h"
#include "store/loaded.h"

/* For `status` and `reboot --no-load`; where it cannot be kept they know less. */
static void note_loaded(const struct job_system *system, const struct job *job)
{
	char release[64];
	const struct loaded loaded = {
		.kernel = job->kernel_known_as ? job->kernel_known_as : job->kernel,
		.release = (char *)(uintptr_t)image_release(&job->image, release),
		.command_line = job->plan.command_line,
		.at = (uint64_t)time(NULL),
	};

	error_free(loaded_write(system->root, &loaded));
}

static void note_in_machine(const struct plan *plan, struct machine *machine)
{
	if (plan->target == TARGET_CRASH) {
		machine->kexec.crash_loaded = TRISTATE_YES;
	} else if (plan->method == METHOD_MODULE) {
		machine->module.loaded = TRISTATE_YES;
		if (machine->kexec.loaded == TRISTATE_YES)
			machine->kexec.loaded = TRISTATE_NO;
	} else {
		machine->kexec.loaded = TRISTATE_YES;
		machine->module.loaded = TRISTATE_UNKNOWN;
	}
}

struct error *job_load(const struct job_system *system, struct job *job, struct machine *machine,
	void (*warn)(struct error *warning, void *data), void *data)
{
	TRY(handoff_load(system->calls, &job->plan, machine));
	note_in_machine(&job->plan, machine);
	if (job->plan.target == TARGET_CRASH)
		return NULL;
	note_loaded(system, job);
	/* Without one of its own: that of an older load is not for this one. */
	if (!job->mailbox.page)
		mailbox_remove(system->root);
	else
		warn(mailbox_keep(&job->mailbox, job->plan.mailbox != 0), data);
	return NULL;
}

struct error *job_unload(const struct job_system *system, enum target target, enum method method,
	const struct machine *machine)
{
	TRY(handoff_unload(system->calls, target, method, machine));
	if (target == TARGET_CRASH)
		return NULL;
	mailbox_remove(system->root);
	loaded_remove(system->root);
	return NULL;
}
