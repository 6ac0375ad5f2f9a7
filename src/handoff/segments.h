/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan's segments as system calls take them. */
#ifndef BATON_HANDOFF_SEGMENTS_H
#define BATON_HANDOFF_SEGMENTS_H

#include "handoff/handoff.h"
#include "plan/plan.h"

/** ERROR_UNSUPPORTED where one lies above what this program's words can tell the kernel. */
struct error *handoff_segments(
	const struct plan *plan, struct kexec_segment_abi ret[static SEGMENTS_MAX]);

#endif
