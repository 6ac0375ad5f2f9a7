/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* By baton's own module, for kernels that were built without kexec. */
#include "handoff/method.h"

#include "arch/arch.h"
#include "base/error.h"
#include "handoff/explain.h"
#include "handoff/segments.h"

static struct error *explain(int errnum, enum target target, const struct machine *machine)
{
	return explain_load_failure("/dev/baton", errnum, target, machine);
}

static struct error *load(
	const struct handoff_calls *calls, const struct plan *plan, const struct machine *machine)
{
	struct kexec_segment_abi segments[SEGMENTS_MAX];
	struct range mapped[2];
	unsigned int count = arch_of(machine)->mapped(machine, mapped);
	int result;

	TRY(handoff_segments(plan, segments));
	result = calls->module_load(plan->entry, plan->segments.count, segments, mapped, count);
	return result < 0 ? explain(-result, plan->target, machine) : NULL;
}

static int unload(
	const struct handoff_calls *calls, enum target target, const struct machine *machine)
{
	(void)target;
	(void)machine;
	return calls->module_unload();
}

const struct handoff_method handoff_by_module = {
	.method = METHOD_MODULE,
	.load = load,
	.unload = unload,
	.explain = explain,
};
