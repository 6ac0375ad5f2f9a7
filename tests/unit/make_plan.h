/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A machine, an image and a request, the plan that is made of them, and looking into it. */
#ifndef BATON_TEST_MAKE_PLAN_H
#define BATON_TEST_MAKE_PLAN_H

#include "test.h"

#include "decision/question.h"
#include "image/initrd.h"
#include "image/unpacked.h"
#include "machine/machine.h"
#include "plan/make.h"
#include "plan/plan.h"
#include "wire/purgatory_params.h"

/** What a plan is made of; `initrd` with no bytes is none. Zeroed by calloc(). */
struct fixture {
	struct machine machine;
	struct image image;
	struct unpacked_kernel unpacked;
	struct initrd initrd;
	struct request request;
	struct plan plan;
};

static inline int teardown(void **state)
{
	struct fixture *fixture = *state;

	plan_deinit(&fixture->plan);
	blob_deinit(&fixture->initrd.bytes);
	unpacked_kernel_deinit(&fixture->unpacked);
	image_deinit(&fixture->image);
	machine_deinit(&fixture->machine);
	free(fixture);
	return 0;
}

/** The unpacked kernel, which the plan has taken over or not. */
static inline struct payload *payload_of(const struct fixture *fixture)
{
	return fixture->plan.payload ?: fixture->unpacked.payload;
}

/** Make another plan of what the last one was made of. */
static inline struct error *make_plan(struct fixture *fixture)
{
	fixture->unpacked.payload = payload_of(fixture);
	fixture->plan.payload = NULL;
	plan_deinit(&fixture->plan);
	const struct question question = {&fixture->request, &fixture->image,
		fixture->initrd.bytes.size ? &fixture->initrd : NULL, &fixture->machine};

	return plan_make(&question, &fixture->unpacked, &fixture->plan);
}

static inline const struct segment *find(const struct plan *plan, enum segment_role role)
{
	for (unsigned int i = 0; i < plan->segments.count; i++)
		if (plan->segments.list[i].role == role)
			return &plan->segments.list[i];
	fail_msg("no segment of role %d", role);
	return NULL;
}

static inline struct purgatory_params params_of(const struct plan *plan)
{
	struct purgatory_header header;
	struct purgatory_params params;

	memcpy(&header, plan->purgatory.data + PURGATORY_HEADER_OFFSET, sizeof(header));
	memcpy(&params, plan->purgatory.data + header.params_offset, sizeof(params));
	return params;
}

static inline bool has_reason(const struct plan *plan, const char *topic, const char *part)
{
	for (unsigned int i = 0; i < plan->notes.count; i++)
		if (!strcmp(note_topic_name(plan->notes.list[i].topic), topic) &&
			strstr(plan->notes.list[i].text, part))
			return true;
	return false;
}

#endif
