/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* By kexec_file_load: the kernel reads the files and chooses the places. */
#include "handoff/method.h"

#include "base/error.h"
#include "base/held_file.h"
#include "handoff/explain.h"
#include "handoff/memory_file.h"
#include "plan/plan.h"

#include <linux/kexec.h>
#include <string.h>
#include <unistd.h>

/* The file that was looked at, if it is still the same, or one in memory that the caller closes. */
static struct error *open_for_kernel(
	const char *name, const struct plan_file *file, int *ret_fd, int *ret_made)
{
	if (!file->present)
		return NULL;
	if (file->itself) {
		*ret_fd = file->itself->fd;
		return held_file_check(file->itself);
	}
	TRY(memory_file_make(name, file, ret_made));
	*ret_fd = *ret_made;
	return NULL;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static struct error *load(
	const struct handoff_calls *calls, const struct plan *plan, const struct machine *machine)
{
	__attribute__((cleanup(close_fd))) int made_kernel = -1;
	__attribute__((cleanup(close_fd))) int made_initrd = -1;
	unsigned long flags = plan->file_flags;
	int kernel = -1, initrd = -1, result;

	TRY(open_for_kernel("kernel", &plan->file_kernel, &kernel, &made_kernel));
	TRY(open_for_kernel("initrd", &plan->file_initrd, &initrd, &made_initrd));
	if (!plan->file_initrd.present)
		flags |= KEXEC_FILE_NO_INITRAMFS;
	if (plan->target == TARGET_CRASH)
		flags |= KEXEC_FILE_ON_CRASH;
	result = calls->kexec_file_load(
		kernel, initrd, strlen(plan->command_line) + 1, plan->command_line, flags);
	if (result < 0)
		return explain_file_load_failure(-result, plan, machine);
	return NULL;
}

static int unload(
	const struct handoff_calls *calls, enum target target, const struct machine *machine)
{
	(void)machine;
	return calls->kexec_file_load(-1, -1, 0, NULL,
		KEXEC_FILE_UNLOAD | (target == TARGET_CRASH ? KEXEC_FILE_ON_CRASH : 0));
}

static struct error *explain(int errnum, enum target target, const struct machine *machine)
{
	return explain_load_failure("kexec_file_load", errnum, target, machine);
}

const struct handoff_method handoff_by_file_load = {
	.method = METHOD_FILE_LOAD,
	.load = load,
	.unload = unload,
	.explain = explain,
};
