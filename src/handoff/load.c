/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handoff/handoff.h"

#include "arch/arch.h"
#include "base/error.h"
#include "base/held_file.h"
#include "handoff/explain.h"
#include "handoff/memory_file.h"
#include "machine/machine.h"
#include "plan/plan.h"

#include <errno.h>
#include <linux/kexec.h>
#include <string.h>
#include <unistd.h>

/* What does not fit into this program's words must not be cut off. */
static struct error *check_words(const struct plan *plan)
{
	if (sizeof(void *) > 4)
		return NULL;
	for (unsigned int i = 0; i < plan->segments.count; i++)
		if ((plan->segments.list[i].address + plan->segments.list[i].memory_size - 1) >> 32)
			return error_new(ERROR_UNSUPPORTED,
				"plan: segment \"%s\" lies above 4 GiB, which this 32-bit baton "
				"cannot tell the kernel; use a 64-bit one",
				plan->segments.list[i].name);
	return NULL;
}

static struct error *load_into_module(const struct handoff_calls *calls, const struct plan *plan,
	const struct kexec_segment_abi *segments, const struct machine *machine)
{
	struct range mapped[2];
	unsigned int count = arch_of(machine)->mapped(machine, mapped);
	int result = calls->module_load(plan->entry, plan->segments.count, segments, mapped, count);

	if (result < 0)
		return explain_load_failure("/dev/baton", -result, plan->target, machine);
	return NULL;
}

static struct error *load_segments(
	const struct handoff_calls *calls, const struct plan *plan, const struct machine *machine)
{
	struct kexec_segment_abi segments[SEGMENTS_MAX];
	int result;

	TRY(check_words(plan));
	for (unsigned int i = 0; i < plan->segments.count; i++)
		segments[i] = (struct kexec_segment_abi){
			.buffer = plan->segments.list[i].source.data,
			.buffer_size = plan->segments.list[i].source.size,
			.address = plan->segments.list[i].address,
			.memory_size = plan->segments.list[i].memory_size,
		};
	if (plan->method == METHOD_MODULE)
		return load_into_module(calls, plan, segments, machine);
	result = calls->kexec_load(
		plan->entry, plan->segments.count, segments, arch_of(machine)->kexec_flag(machine));
	if (result < 0)
		return explain_load_failure("kexec_load", -result, plan->target, machine);
	return NULL;
}

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

static struct error *load_files(
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

static struct error *load_by_method(
	const struct handoff_calls *calls, const struct plan *plan, const struct machine *machine)
{
	if (plan->incomplete)
		return error_new(ERROR_USAGE, "the plan was made to be shown, not to be loaded");
	switch (plan->method) {
	case METHOD_KEXEC_LOAD:
	case METHOD_MODULE:
		return load_segments(calls, plan, machine);
	case METHOD_FILE_LOAD:
		return load_files(calls, plan, machine);
	default:
		return error_new(ERROR_USAGE, "a plan by %s cannot be loaded into this kernel",
			method_name(plan->method));
	}
}

static int unload_by_file(const struct handoff_calls *calls, enum target target)
{
	return calls->kexec_file_load(-1, -1, 0, NULL,
		KEXEC_FILE_UNLOAD | (target == TARGET_CRASH ? KEXEC_FILE_ON_CRASH : 0));
}

static int unload_by_segments(
	const struct handoff_calls *calls, enum target target, const struct machine *machine)
{
	return calls->kexec_load(0, 0, NULL,
		arch_of(machine)->kexec_flag(machine) |
			(target == TARGET_CRASH ? KEXEC_ON_CRASH : 0));
}

/* Unload what the kernel's own kexec holds. */
static struct error *unload_kexec(const struct handoff_calls *calls, enum target target,
	enum method method, const struct machine *machine)
{
	const char *call = "kexec_load";
	int result = -ENOSYS;

	/* kexec_load passes every check first, lockdown's too, even to unload. */
	if (method == METHOD_AUTO && machine->lockdown > LOCKDOWN_NONE)
		method = METHOD_FILE_LOAD;
	if (method != METHOD_FILE_LOAD)
		result = unload_by_segments(calls, target, machine);
	/* Absent, or refused by a policy (secure boot, IMA) that may let the other one through. */
	if (method == METHOD_FILE_LOAD ||
		(method == METHOD_AUTO &&
			(result == -ENOSYS || result == -EPERM || result == -EACCES))) {
		call = "kexec_file_load";
		result = unload_by_file(calls, target);
	}
	return result < 0 ? explain_load_failure(call, -result, target, machine) : NULL;
}

/* The last one loaded is the one that counts: an ordinary restart would take the module's. */
static struct error *unload_module(const struct handoff_calls *calls, const struct machine *machine)
{
	int result = calls->module_unload();

	if (result == 0)
		return NULL;
	return error_prefix(explain_load_failure("/dev/baton", -result, TARGET_NORMAL, machine),
		"loaded, but an ordinary reboot starts what baton's module still holds");
}

/* And systemd, from some version on, would take what kexec holds for every restart. */
static struct error *unload_older(
	const struct handoff_calls *calls, const struct plan *plan, const struct machine *machine)
{
	if (plan->method != METHOD_MODULE)
		return machine->module.loaded == TRISTATE_YES ? unload_module(calls, machine)
							      : NULL;
	if (machine->kexec.loaded != TRISTATE_YES)
		return NULL;
	return error_prefix(unload_kexec(calls, TARGET_NORMAL, METHOD_AUTO, machine),
		"loaded into baton's module, but systemd starts what the kernel's own kexec still "
		"holds");
}

struct error *handoff_load(
	const struct handoff_calls *calls, const struct plan *plan, const struct machine *machine)
{
	bool crash = plan->target == TARGET_CRASH;
	int before = crash ? calls->crash_loaded() : 0;
	struct error *error = load_by_method(calls, plan, machine);

	if (!error && !crash)
		error = unload_older(calls, plan, machine);

	/*
	 * With some errors the kernel has freed the crash image by then, with others it has not,
	 * and the errno does not tell (docs/boot-protocol.md, Loading). So look.
	 */
	if (error && crash && before == 1 && calls->crash_loaded() == 0)
		error = error_hint(error,
			"the kernel discarded the crash kernel that was loaded before: none is "
			"loaded now");
	return error;
}

struct error *handoff_unload(const struct handoff_calls *calls, enum target target,
	enum method method, const struct machine *machine)
{
	if (target == TARGET_NORMAL && machine->module.loaded == TRISTATE_YES) {
		int result = calls->module_unload();

		if (result < 0)
			return error_prefix(
				explain_load_failure("/dev/baton", -result, target, machine),
				"unload");
		if (machine->kexec.loaded != TRISTATE_YES)
			return NULL;
	}

	return error_prefix(unload_kexec(calls, target, method, machine), "unload");
}

struct error *handoff_execute(const struct handoff_calls *calls, const struct machine *machine)
{
	int result;

	if (machine_loaded(machine) == TRISTATE_NO)
		return error_new(ERROR_NOT_LOADED,
			"nothing is loaded to start; load a kernel first: baton load");
	result = machine->module.loaded == TRISTATE_YES ? calls->reboot_restart()
							: calls->reboot_kexec();
	if (result == -EPERM)
		return error_new(
			ERROR_NOT_PERMITTED, "reboot: not permitted; run as root (CAP_SYS_BOOT)");
	if (result == -EINVAL)
		return error_new(ERROR_NOT_LOADED,
			"reboot: the kernel has nothing loaded, or no kexec; load a kernel first: "
			"baton load");
	return error_system(result < 0 ? -result : EIO,
		"reboot: the kernel came back instead of starting the next one");
}
