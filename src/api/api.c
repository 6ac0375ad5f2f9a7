/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public interface over the job: owns what a plan borrows, and nothing more. */
#include "api/request.h"

#include "base/error.h"
#include "handoff/handoff.h"
#include "job/load.h"
#include "job/machine.h"
#include "job/plan_json.h"
#include "job/run.h"

#include <stdlib.h>
#include <string.h>

/* Holds what the plan's segments view, but for the unpacked kernel that the plan has taken over. */
struct baton_plan {
	struct job job;
	char *method_reason; /* that the job borrows */
	bool recorded;	     /* made for a recorded machine */
	char **warnings;
	size_t warning_count;
	baton_progress progress;
	void *progress_data;
	baton_log log;
	void *log_data;
};

/* The public enumerations are the inner ones. */
_Static_assert((int)BATON_ERROR_OTHER == ERROR_OTHER, "baton.h");
_Static_assert((int)BATON_ERROR_LIMIT == ERROR_LIMIT, "baton.h");
_Static_assert((int)BATON_ERROR_DAMAGED == ERROR_DAMAGED, "baton.h");
_Static_assert((int)BATON_STAGE_MACHINE == JOB_MACHINE, "baton.h");
_Static_assert((int)BATON_STAGE_UNPACK == JOB_UNPACK, "baton.h");
_Static_assert((int)BATON_STAGE_LOAD == JOB_LOAD && JOB_LOAD + 1 == JOB_STAGES, "baton.h");

static const struct job_system system_live = {.root = "/", .calls = &handoff_calls_kernel};

const char *baton_version(void)
{
	return BATON_VERSION;
}

const char *baton_error_message(const struct baton_error *error)
{
	return error_message((const struct error *)error);
}

enum baton_error_code baton_error_code(const struct baton_error *error)
{
	return error ? (enum baton_error_code)error_code((const struct error *)error)
		     : BATON_ERROR_NONE;
}

int baton_error_errno(const struct baton_error *error)
{
	return error_errno((const struct error *)error);
}

void baton_error_free(struct baton_error *error)
{
	error_free((struct error *)error);
}

static struct error *machine_from(const char *record, struct machine *ret)
{
	_cleanup_source_ struct source *source = NULL;

	return job_read_machine(&system_live, record, &source, ret);
}

struct baton_error *baton_machine_read(const char *record, struct baton_machine **ret)
{
	struct baton_machine *machine = calloc(1, sizeof(*machine));
	struct error *error;

	*ret = NULL;
	if (!machine)
		return wrap(error_no_memory());
	machine->recorded = record != NULL;
	error = machine_from(record, &machine->machine);
	if (error)
		baton_machine_free(machine);
	else
		*ret = machine;
	return wrap(error);
}

struct baton_error *baton_machine_json(const struct baton_machine *machine, char **ret)
{
	struct json_object *object = NULL;
	struct error *error = machine_describe_json(&machine->machine, &object);

	*ret = NULL;
	if (!error)
		error = json_text(object, ret);
	json_object_put(object);
	return wrap(error);
}

void baton_machine_free(struct baton_machine *machine)
{
	if (machine)
		machine_deinit(&machine->machine);
	free(machine);
}

static void log_text(const struct baton_plan *plan, enum baton_log_level level, const char *text)
{
	if (plan->log)
		plan->log(plan->log_data, level, text);
}

static void log_reasons(const struct baton_plan *plan)
{
	const struct notes *notes = &plan->job.plan.notes;

	for (unsigned int i = 0; plan->log && i < notes->count; i++) {
		char *text;

		if (notes->list[i].topic == NOTE_WARNING)
			continue;
		if (asprintf(&text, "%s: %s", note_topic_name(notes->list[i].topic),
			    notes->list[i].text) < 0)
			return;
		log_text(plan, BATON_LOG_REASON, text);
		free(text);
	}
}

static void count_one(const char *text, void *data)
{
	size_t *count = data;

	(void)text;
	++*count;
}

/* A text that there is no memory for is NULL, which add_warnings() sees. */
static void copy_one(const char *text, void *data)
{
	struct baton_plan *plan = data;

	plan->warnings[plan->warning_count++] = strdup(text);
	log_text(plan, BATON_LOG_WARNING, text);
}

static struct error *add_warnings(struct baton_plan *plan)
{
	size_t count = 0;

	job_each_warning(&plan->job, count_one, &count);
	if (!count)
		return NULL;
	plan->warnings = calloc(count, sizeof(*plan->warnings));
	if (!plan->warnings)
		return error_no_memory();
	job_each_warning(&plan->job, copy_one, plan);
	for (size_t i = 0; i < count; i++)
		if (!plan->warnings[i])
			return error_no_memory();
	return NULL;
}

static void at_stage(void *data, enum job_stage stage)
{
	const struct baton_plan *plan = data;

	if (plan->progress)
		plan->progress(plan->progress_data, (enum baton_stage)stage);
}

static struct error *make_plan(const struct baton_request *request,
	const struct baton_machine *machine, struct baton_plan *plan)
{
	/* What is owned stays the request's, but for the reason that is found now. */
	struct choice choice = request->choice;
	struct job_watch watch = {at_stage, plan};
	struct error *error;

	choice.job.machine = &machine->machine;
	choice.job.recorded = machine->recorded;
	error = choice_settle(&choice);
	plan->method_reason = choice.method_reason;
	if (!error)
		error = job_plan(&system_live, &choice.job, &watch, &plan->job);
	if (!error)
		error = add_warnings(plan);
	/* Of what the request and the machine own, nothing is needed any longer. */
	plan->job.machine = (struct machine){0};
	plan->job.question = (struct question){0};
	return error;
}

struct baton_error *baton_plan_make(const struct baton_request *request,
	const struct baton_machine *machine, struct baton_plan **ret)
{
	struct baton_plan *plan = calloc(1, sizeof(*plan));
	struct error *error;

	*ret = NULL;
	if (!plan)
		return wrap(error_no_memory());
	plan->recorded = machine->recorded;
	plan->progress = request->progress;
	plan->progress_data = request->progress_data;
	plan->log = request->log;
	plan->log_data = request->log_data;
	error = make_plan(request, machine, plan);
	if (error) {
		baton_plan_free(plan);
		return wrap(error);
	}
	log_reasons(plan);
	*ret = plan;
	return NULL;
}

void baton_plan_free(struct baton_plan *plan)
{
	if (!plan)
		return;
	job_deinit(&plan->job);
	for (size_t i = 0; i < plan->warning_count; i++)
		free(plan->warnings[i]);
	free(plan->warnings);
	free(plan->method_reason);
	free(plan);
}

enum baton_method baton_plan_method(const struct baton_plan *plan)
{
	switch (plan->job.plan.method) {
	case METHOD_FILE_LOAD:
		return BATON_METHOD_FILE_LOAD;
	case METHOD_MODULE:
		return BATON_METHOD_MODULE;
	case METHOD_ELF:
		return BATON_METHOD_ELF;
	default:
		return BATON_METHOD_KEXEC_LOAD;
	}
}

const char *baton_plan_command_line(const struct baton_plan *plan)
{
	return plan->job.plan.command_line;
}

uint64_t baton_plan_handed_over(const struct baton_plan *plan)
{
	return plan->job.plan.handed_over;
}

size_t baton_plan_segment_count(const struct baton_plan *plan)
{
	return plan->job.plan.segments.count;
}

static const struct segment *segment_at(const struct baton_plan *plan, size_t index)
{
	return &plan->job.plan.segments.list[index];
}

const char *baton_plan_segment_name(const struct baton_plan *plan, size_t index)
{
	return segment_at(plan, index)->name;
}

uint64_t baton_plan_segment_address(const struct baton_plan *plan, size_t index)
{
	return segment_at(plan, index)->address;
}

uint64_t baton_plan_segment_memory_size(const struct baton_plan *plan, size_t index)
{
	return segment_at(plan, index)->memory_size;
}

uint64_t baton_plan_segment_source_size(const struct baton_plan *plan, size_t index)
{
	return segment_at(plan, index)->source.size;
}

const char *baton_plan_segment_reason(const struct baton_plan *plan, size_t index)
{
	return segment_at(plan, index)->reason;
}

size_t baton_plan_reason_count(const struct baton_plan *plan)
{
	return plan->job.plan.notes.count;
}

void baton_plan_reason(
	const struct baton_plan *plan, size_t index, const char **ret_topic, const char **ret_text)
{
	*ret_topic = note_topic_name(plan->job.plan.notes.list[index].topic);
	*ret_text = plan->job.plan.notes.list[index].text;
}

size_t baton_plan_warning_count(const struct baton_plan *plan)
{
	return plan->warning_count;
}

const char *baton_plan_warning(const struct baton_plan *plan, size_t index)
{
	return plan->warnings[index];
}

struct baton_error *baton_plan_json(const struct baton_plan *plan,
	const struct baton_machine *machine, int addresses, char **ret)
{
	/* Borrows all of the plan, and the machine that it has not kept. */
	struct job job = plan->job;
	struct json_object *object = json_object_new_object();
	struct error *error;

	*ret = NULL;
	if (!object)
		return wrap(error_no_memory());
	job.machine = machine->machine;
	json_add_plan(object, &job, addresses);
	error = json_text(object, ret);
	json_object_put(object);
	return wrap(error);
}

struct baton_error *baton_plan_write_elf(const struct baton_plan *plan, const char *path)
{
	return wrap(handoff_write_elf(&plan->job.plan, path));
}

/* What is done is done to the computer that this runs on. */
static struct error *refuse_recorded(bool recorded, const char *what)
{
	return recorded
		       ? error_new(ERROR_USAGE,
				 "%s: a recorded machine can be planned for and nothing else; read "
				 "the running one with baton_machine_read(NULL, …)",
				 what)
		       : NULL;
}

static void log_warning(struct error *warning, void *data)
{
	if (warning)
		log_text(data, BATON_LOG_WARNING, error_message(warning));
	error_free(warning);
}

static struct error *load(struct baton_plan *plan, const struct baton_machine *machine)
{
	struct machine now = machine->machine;

	TRY(refuse_recorded(plan->recorded, "the plan was not made for this computer"));
	TRY(refuse_recorded(machine->recorded, "load"));
	at_stage(plan, JOB_LOAD);
	/* What is loaded may have changed since the machine was read. */
	job_read_loaded(&system_live, &now);
	return job_load(&system_live, &plan->job, &now, log_warning, plan);
}

struct baton_error *baton_load(struct baton_plan *plan, const struct baton_machine *machine)
{
	return wrap(load(plan, machine));
}

static struct error *unload(enum baton_target target, const struct baton_machine *machine)
{
	struct machine now = machine->machine;

	TRY(refuse_recorded(machine->recorded, "unload"));
	job_read_loaded(&system_live, &now);
	return job_unload(&system_live, target == BATON_TARGET_CRASH ? TARGET_CRASH : TARGET_NORMAL,
		METHOD_AUTO, &now);
}

struct baton_error *baton_unload(enum baton_target target, const struct baton_machine *machine)
{
	return wrap(unload(target, machine));
}

static struct error *execute(const struct baton_machine *machine)
{
	/* A load may have come after the machine was read: let the kernel say what is loaded. */
	struct machine now = machine->machine;

	TRY(refuse_recorded(machine->recorded, "execute"));
	now.kexec.loaded = TRISTATE_UNKNOWN;
	now.module.loaded =
		handoff_calls_kernel.module_loaded() == 1 ? TRISTATE_YES : TRISTATE_UNKNOWN;
	return handoff_execute(&handoff_calls_kernel, &now);
}

struct baton_error *baton_execute(const struct baton_machine *machine)
{
	return wrap(execute(machine));
}
