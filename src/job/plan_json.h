/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job's plan for programs. Keys are documented in baton(8); a new one is no change of the schema.
 */
#ifndef BATON_JOB_PLAN_JSON_H
#define BATON_JOB_PLAN_JSON_H

#include <stdbool.h>

#include "job/job.h"
#include "machine/json.h"

/** @addresses: without them their keys are null. */
void json_add_plan(struct json_object *object, const struct job *job, bool addresses);

/** What job_each_warning() has, as "warnings". */
void json_add_warnings(struct json_object *object, const struct job *job);

/** "crash" or "normal"; static. */
const char *target_text(enum target target);

#endif
