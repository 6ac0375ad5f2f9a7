/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handoff/handoff.h"

#include "base/error.h"
#include "handoff/method.h"
#include "machine/machine.h"
#include "plan/plan.h"

#include <errno.h>

static const struct handoff_method *const methods[] = {
	&handoff_by_kexec_load,
	&handoff_by_file_load,
	&handoff_by_module,
};

static struct error *load_by_method(
	const struct handoff_calls *calls, const struct plan *plan, const struct machine *machine)
{
	if (plan->incomplete || plan->only_shown)
		return error_new(ERROR_USAGE, "the plan was made to be shown, not to be loaded");
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (methods[i]->method == plan->method)
			return methods[i]->load(calls, plan, machine);
	return error_new(ERROR_USAGE, "a plan by %s cannot be loaded into this kernel",
		method_name(plan->method));
}

/* Unload what the kernel's own kexec holds. */
static struct error *unload_kexec(const struct handoff_calls *calls, enum target target,
	enum method method, const struct machine *machine)
{
	const struct handoff_method *by = &handoff_by_kexec_load;
	int result = -ENOSYS;

	/* kexec_load passes every check first, lockdown's too, even to unload. */
	if (method == METHOD_AUTO && machine->lockdown > LOCKDOWN_NONE)
		method = METHOD_FILE_LOAD;
	if (method != METHOD_FILE_LOAD)
		result = by->unload(calls, target, machine);
	/* Absent, or refused by a policy (secure boot, IMA) that may let the other one through. */
	if (method == METHOD_FILE_LOAD ||
		(method == METHOD_AUTO &&
			(result == -ENOSYS || result == -EPERM || result == -EACCES))) {
		by = &handoff_by_file_load;
		result = by->unload(calls, target, machine);
	}
	return result < 0 ? by->explain(-result, target, machine) : NULL;
}

/* The last one loaded is the one that counts: an ordinary restart would take the module's. */
static struct error *unload_module(const struct handoff_calls *calls, const struct machine *machine)
{
	int result = handoff_by_module.unload(calls, TARGET_NORMAL, machine);

	if (result == 0)
		return NULL;
	return error_prefix(handoff_by_module.explain(-result, TARGET_NORMAL, machine),
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
		int result = handoff_by_module.unload(calls, target, machine);

		if (result < 0)
			return error_prefix(
				handoff_by_module.explain(-result, target, machine), "unload");
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
