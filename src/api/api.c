/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public interface over the inner one: owns what a plan borrows, and nothing more. */
#include "baton.h"

#include "base/error.h"
#include "handoff/handoff.h"
#include "job/load.h"
#include "job/machine.h"
#include "job/run.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

struct baton_machine {
	struct machine machine;
	bool recorded; /* another computer, or another time: nothing can be done to it */
};

struct baton_request {
	struct job_options job; /* strings in it are the request's */
	char *kernel_path;
	char *command_line;
	char *append;
	char *initrds[INITRD_MAX];
};

/* Holds what the plan's segments view, but for the unpacked kernel that the plan has taken over. */
struct baton_plan {
	struct job job;
	struct job_options options; /* that the job was made of: its strings are copies */
	bool recorded;		    /* made for a recorded machine */
	char **warnings;
	size_t warning_count;
};

static const struct job_system system_live = {.root = "/", .calls = &handoff_calls_kernel};

static struct baton_error *wrap(struct error *error)
{
	return (struct baton_error *)error;
}

const char *baton_error_message(const struct baton_error *error)
{
	return error_message((const struct error *)error);
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
	if (error)
		return wrap(error);
	*ret = strdup(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY));
	json_object_put(object);
	return *ret ? NULL : wrap(error_no_memory());
}

void baton_machine_free(struct baton_machine *machine)
{
	if (machine)
		machine_deinit(&machine->machine);
	free(machine);
}

struct baton_error *baton_request_create(const char *kernel_path, struct baton_request **ret)
{
	struct baton_request *request = calloc(1, sizeof(*request));

	*ret = request;
	if (request)
		request->kernel_path = strdup(kernel_path);
	if (request && request->kernel_path)
		return NULL;
	baton_request_free(request);
	*ret = NULL;
	return wrap(error_no_memory());
}

struct baton_error *baton_request_add_initrd(struct baton_request *request, const char *path)
{
	unsigned int *count = &request->job.initrd_count;
	char *copy;

	if (*count == INITRD_MAX)
		return wrap(error_new(ERROR_USAGE, "more than %d initrds", INITRD_MAX));
	copy = strdup(path);
	if (!copy)
		return wrap(error_no_memory());
	request->initrds[(*count)++] = copy;
	return NULL;
}

struct baton_error *baton_request_set_command_line(
	struct baton_request *request, const char *command_line)
{
	char *copy = command_line ? strdup(command_line) : NULL;

	if (command_line && !copy)
		return wrap(error_no_memory());
	free(request->command_line);
	request->command_line = copy;
	return NULL;
}

struct baton_error *baton_request_append(struct baton_request *request, const char *parameters)
{
	char *joined;

	if (request->append) {
		if (asprintf(&joined, "%s %s", request->append, parameters) < 0)
			joined = NULL;
	} else {
		joined = strdup(parameters);
	}
	if (!joined)
		return wrap(error_no_memory());
	free(request->append);
	request->append = joined;
	return NULL;
}

void baton_request_set_method(struct baton_request *request, enum baton_method method)
{
	static const enum method methods[] = {
		[BATON_METHOD_AUTO] = METHOD_AUTO,
		[BATON_METHOD_KEXEC_LOAD] = METHOD_KEXEC_LOAD,
		[BATON_METHOD_FILE_LOAD] = METHOD_FILE_LOAD,
		[BATON_METHOD_MODULE] = METHOD_MODULE,
	};

	if ((size_t)method < sizeof(methods) / sizeof(methods[0]))
		request->job.request.method = methods[method];
}

void baton_request_set_target(struct baton_request *request, enum baton_target target)
{
	request->job.request.target = target == BATON_TARGET_CRASH ? TARGET_CRASH : TARGET_NORMAL;
}

void baton_request_set_describe_only(struct baton_request *request, int describe_only)
{
	request->job.request.describe_only = describe_only;
}

void baton_request_set_entry(struct baton_request *request, enum baton_entry entry)
{
	static const enum entry_choice entries[] = {
		[BATON_ENTRY_AUTO] = ENTRY_AUTO,
		[BATON_ENTRY_DIRECT] = ENTRY_DIRECT,
		[BATON_ENTRY_STUB] = ENTRY_STUB,
	};

	if ((size_t)entry < sizeof(entries) / sizeof(entries[0]))
		request->job.request.entry_choice = entries[entry];
}

void baton_request_set_unpack_initrd(struct baton_request *request, enum baton_unpack unpack)
{
	static const enum initrd_choice choices[] = {
		[BATON_UNPACK_AUTO] = INITRD_AUTO,
		[BATON_UNPACK_ALWAYS] = INITRD_UNPACK,
		[BATON_UNPACK_NEVER] = INITRD_KEEP,
	};

	if ((size_t)unpack < sizeof(choices) / sizeof(choices[0]))
		request->job.request.initrd_choice = choices[unpack];
}

void baton_request_set_go_ahead(struct baton_request *request, int go_ahead)
{
	request->job.warn_of_start = go_ahead;
}

void baton_request_set_seed(struct baton_request *request, const uint8_t seed[64])
{
	memcpy(request->job.request.seed, seed, REQUEST_SEED_SIZE);
	request->job.seed_given = true;
}

void baton_request_free(struct baton_request *request)
{
	if (!request)
		return;
	for (unsigned int i = 0; i < request->job.initrd_count; i++)
		free(request->initrds[i]);
	free(request->kernel_path);
	free(request->command_line);
	free(request->append);
	free(request);
}

static struct error *add_warning(struct baton_plan *plan, const char *text)
{
	char **grown = reallocarray(plan->warnings, plan->warning_count + 1, sizeof(*grown));

	if (!grown)
		return error_no_memory();
	plan->warnings = grown;
	grown[plan->warning_count] = strdup(text);
	return grown[plan->warning_count++] ? NULL : error_no_memory();
}

/* In the order of the command line's own list. */
static struct error *add_warnings(const struct machine *machine, struct baton_plan *plan)
{
	for (size_t i = 0; i < machine->warning_count; i++)
		TRY(add_warning(plan, machine->warnings[i]));
	if (plan->job.prepared_damage)
		TRY(add_warning(plan, plan->job.prepared_damage));
	for (unsigned int i = 0; i < plan->job.plan.notes.count; i++)
		if (plan->job.plan.notes.list[i].topic == NOTE_WARNING)
			TRY(add_warning(plan, plan->job.plan.notes.list[i].text));
	return NULL;
}

/* As the command line's own: what the request says, and what the library's user cannot say. */
static void complete_options(const struct baton_request *request,
	const struct baton_machine *machine, struct job_options *ret)
{
	*ret = request->job;
	ret->kernel = request->kernel_path;
	for (unsigned int i = 0; i < ret->initrd_count; i++)
		ret->initrds[i] = request->initrds[i];
	ret->request.command_line = request->command_line;
	ret->request.append = request->append;
	ret->reuse_by_default = true;
	ret->machine = &machine->machine;
	ret->recorded = machine->recorded;
}

static struct error *make_plan(const struct baton_request *request,
	const struct baton_machine *machine, struct baton_plan *plan)
{
	complete_options(request, machine, &plan->options);
	TRY(job_plan(&system_live, &plan->options, NULL, &plan->job));
	return add_warnings(&machine->machine, plan);
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
	error = make_plan(request, machine, plan);
	/* Nor does the plan need them any longer. */
	plan->job.machine = (struct machine){0};
	plan->options = (struct job_options){0};
	if (error)
		baton_plan_free(plan);
	else
		*ret = plan;
	return wrap(error);
}

void baton_plan_free(struct baton_plan *plan)
{
	if (!plan)
		return;
	job_deinit(&plan->job);
	for (size_t i = 0; i < plan->warning_count; i++)
		free(plan->warnings[i]);
	free(plan->warnings);
	free(plan);
}

enum baton_method baton_plan_method(const struct baton_plan *plan)
{
	switch (plan->job.plan.method) {
	case METHOD_FILE_LOAD:
		return BATON_METHOD_FILE_LOAD;
	case METHOD_MODULE:
		return BATON_METHOD_MODULE;
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

struct baton_segment baton_plan_segment(const struct baton_plan *plan, size_t index)
{
	const struct segment *segment = &plan->job.plan.segments.list[index];

	return (struct baton_segment){
		.name = segment->name,
		.address = segment->address,
		.memory_size = segment->memory_size,
		.source_size = segment->source.size,
		.reason = segment->reason,
	};
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

/* Without a mailbox of its own a load has nothing to warn of. */
static void forget(struct error *warning, void *data)
{
	(void)data;
	error_free(warning);
}

static struct error *load(struct baton_plan *plan, const struct baton_machine *machine)
{
	struct machine now = machine->machine;

	TRY(refuse_recorded(plan->recorded, "the plan was not made for this computer"));
	TRY(refuse_recorded(machine->recorded, "load"));
	return job_load(&system_live, &plan->job, &now, forget, NULL);
}

struct baton_error *baton_load(struct baton_plan *plan, const struct baton_machine *machine)
{
	return wrap(load(plan, machine));
}

static struct error *unload(enum baton_target target, const struct baton_machine *machine)
{
	TRY(refuse_recorded(machine->recorded, "unload"));
	return job_unload(&system_live, target == BATON_TARGET_CRASH ? TARGET_CRASH : TARGET_NORMAL,
		METHOD_AUTO, &machine->machine);
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
