/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A machine, an image and a request, the plan that is made of them, and looking into it. */
#ifndef BATON_TEST_MAKE_PLAN_H
#define BATON_TEST_MAKE_PLAN_H

#include "test.h"

#include "base/purgatory_params.h"
#include "image/image.h"
#include "image/initrd.h"
#include "machine/machine.h"
#include "plan/make.h"
#include "plan/plan.h"

/** What a plan is made of; `initrd` with no bytes is none. Zeroed by calloc(). */
struct fixture {
	struct machine machine;
	struct image image;
	struct initrd initrd;
	struct request request;
	struct plan plan;
};

static inline int teardown(void **state)
{
	struct fixture *fixture = *state;

	plan_deinit(&fixture->plan);
	blob_deinit(&fixture->initrd.bytes);
	image_deinit(&fixture->image);
	machine_deinit(&fixture->machine);
	free(fixture);
	return 0;
}

static inline struct error *make_plan(struct fixture *fixture)
{
	plan_deinit(&fixture->plan);
	return plan_make(&fixture->request, &fixture->image,
		fixture->initrd.bytes.size ? &fixture->initrd : NULL, &fixture->machine,
		&fixture->plan);
}

static inline const struct segment *find(const struct plan *plan, enum segment_role role)
{
	for (unsigned int i = 0; i < plan->segment_count; i++)
		if (plan->segments[i].role == role)
			return &plan->segments[i];
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
