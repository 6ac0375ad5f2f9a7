/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* By kexec_load: baton chooses the places. */
#include "handoff/method.h"

#include "arch/arch.h"
#include "base/error.h"
#include "handoff/explain.h"
#include "handoff/segments.h"

#include <linux/kexec.h>

static struct error *explain(int errnum, enum target target, const struct machine *machine)
{
	return explain_load_failure("kexec_load", errnum, target, machine);
}

static struct error *load(
	const struct handoff_calls *calls, const struct plan *plan, const struct machine *machine)
{
	struct kexec_segment_abi segments[SEGMENTS_MAX];
	int result;

	TRY(handoff_segments(plan, segments));
	result = calls->kexec_load(
		plan->entry, plan->segments.count, segments, arch_of(machine)->kexec_flag(machine));
	return result < 0 ? explain(-result, plan->target, machine) : NULL;
}

static int unload(
	const struct handoff_calls *calls, enum target target, const struct machine *machine)
{
	return calls->kexec_load(0, 0, NULL,
		arch_of(machine)->kexec_flag(machine) |
			(target == TARGET_CRASH ? KEXEC_ON_CRASH : 0));
}

const struct handoff_method handoff_by_kexec_load = {
	.method = METHOD_KEXEC_LOAD,
	.load = load,
	.unload = unload,
	.explain = explain,
};
