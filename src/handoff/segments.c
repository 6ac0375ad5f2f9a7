/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handoff/segments.h"

#include "base/error.h"

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

struct error *handoff_segments(
	const struct plan *plan, struct kexec_segment_abi ret[static SEGMENTS_MAX])
{
	TRY(check_words(plan));
	for (unsigned int i = 0; i < plan->segments.count; i++)
		ret[i] = (struct kexec_segment_abi){
			.buffer = plan->segments.list[i].source.data,
			.buffer_size = plan->segments.list[i].source.size,
			.address = plan->segments.list[i].address,
			.memory_size = plan->segments.list[i].memory_size,
		};
	return NULL;
}
