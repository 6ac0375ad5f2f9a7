/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public interface over the inner one: owns what a plan borrows, and nothing more. */
#include "baton.h"

#include "base/blob.h"
#include "base/error.h"
#include "handoff/handoff.h"
#include "image/image.h"
#include "image/initrd.h"
#include "image/read.h"
#include "image/unpacked.h"
#include "machine/machine.h"
#include "machine/source.h"
#include "plan/decide.h"
#include "plan/decision.h"
#include "plan/make.h"
#include "plan/plan.h"
#include "plan/question.h"
#include "plan/unpack.h"
#include "store/prepared.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

struct baton_machine {
	struct machine machine;
	bool recorded; /* another computer, or another time: nothing can be done to it */
};

struct baton_request {
	struct request request;
	char *kernel_path;
	char *command_line;
	char *append;
	char *initrds[INITRD_MAX];
	unsigned int initrd_count;
	bool has_seed;
};

/* Holds what the plan's segments view, but for the unpacked kernel that the plan has taken over. */
struct baton_plan {
	struct image image;
	struct unpacked_kernel unpacked;
	struct initrd initrd;
	struct plan plan;
	bool recorded; /* made for a recorded machine */
	char **warnings;
	size_t warning_count;
};

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

	TRY(record ? source_open_record(record, &source) : source_open_live("/", &source));
	TRY(machine_read(source, ret));
	return machine_probe_kexec(source, ret);
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
	char *copy;

	if (request->initrd_count == INITRD_MAX)
		return wrap(error_new(ERROR_USAGE, "more than %d initrds", INITRD_MAX));
	copy = strdup(path);
	if (!copy)
		return wrap(error_no_memory());
	request->initrds[request->initrd_count++] = copy;
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
		request->request.method = methods[method];
}

void baton_request_set_target(struct baton_request *request, enum baton_target target)
{
	request->request.target = target == BATON_TARGET_CRASH ? TARGET_CRASH : TARGET_NORMAL;
}

void baton_request_set_seed(struct baton_request *request, const uint8_t seed[64])
{
	memcpy(request->request.seed, seed, REQUEST_SEED_SIZE);
	request->has_seed = true;
}

void baton_request_free(struct baton_request *request)
{
	if (!request)
		return;
	for (unsigned int i = 0; i < request->initrd_count; i++)
		free(request->initrds[i]);
	free(request->kernel_path);
	free(request->command_line);
	free(request->append);
	free(request);
}

/* The request with what is decided at the last moment: strings, randomness, the time. */
static struct error *complete_request(
	const struct baton_request *request, bool recorded, struct request *ret)
{
	*ret = request->request;
	ret->command_line = request->command_line;
	ret->reuse_command_line = !request->command_line;
	ret->append = request->append;
	/* Of a recorded machine the plan is the same on any host. */
	ret->loader_32bit = !recorded && sizeof(void *) == 4;
	if (request->has_seed)
		return NULL;
	ret->time_now = (uint64_t)time(NULL);
	if (getrandom(ret->seed, sizeof(ret->seed), 0) != (ssize_t)sizeof(ret->seed))
		return error_system(errno, "getrandom");
	return NULL;
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

/* What is wrong with a prepared kernel is no reason not to unpack it now. */
static struct error *find_prepared(struct baton_plan *plan)
{
	_cleanup_error_ struct error *error =
		prepared_find("/", &plan->image, &plan->unpacked.prepared);

	return error ? add_warning(plan, error_message(error)) : NULL;
}

/* In the order of the command line's own list. */
static struct error *add_warnings(const struct machine *machine, struct baton_plan *plan)
{
	for (size_t i = 0; i < machine->warning_count; i++)
		TRY(add_warning(plan, machine->warnings[i]));
	for (unsigned int i = 0; i < plan->plan.notes.count; i++)
		if (plan->plan.notes.list[i].topic == NOTE_WARNING)
			TRY(add_warning(plan, plan->plan.notes.list[i].text));
	return NULL;
}

static struct error *make_plan(
	const struct baton_request *request, const struct machine *machine, struct baton_plan *plan)
{
	struct request complete;
	const struct question question = {
		&complete, &plan->image, request->initrd_count ? &plan->initrd : NULL, machine};
	_cleanup_decision_ struct decision decision = {0};
	const char *const *initrds = (const char *const *)request->initrds;

	TRY(complete_request(request, plan->recorded, &complete));
	TRY(image_read(request->kernel_path, NULL, &plan->image));
	TRY(initrd_open(initrds, request->initrd_count, &plan->initrd));
	TRY(decide(&question, &decision));
	if (decision_wants_payload(&question, &decision))
		TRY(find_prepared(plan));
	if (!decision_leaves_files(&question, &decision))
		TRY(initrd_load(&plan->initrd));
	TRY(plan_unpack(&question, &decision, &plan->unpacked, &plan->initrd));
	TRY(plan_finish(&question, &decision, &plan->unpacked, &plan->plan));
	return add_warnings(machine, plan);
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
	error = make_plan(request, &machine->machine, plan);
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
	plan_deinit(&plan->plan);
	initrd_deinit(&plan->initrd);
	unpacked_kernel_deinit(&plan->unpacked);
	image_deinit(&plan->image);
	for (size_t i = 0; i < plan->warning_count; i++)
		free(plan->warnings[i]);
	free(plan->warnings);
	free(plan);
}

enum baton_method baton_plan_method(const struct baton_plan *plan)
{
	switch (plan->plan.method) {
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
	return plan->plan.command_line;
}

uint64_t baton_plan_handed_over(const struct baton_plan *plan)
{
	return plan->plan.handed_over;
}

size_t baton_plan_segment_count(const struct baton_plan *plan)
{
	return plan->plan.segments.count;
}

struct baton_segment baton_plan_segment(const struct baton_plan *plan, size_t index)
{
	const struct segment *segment = &plan->plan.segments.list[index];

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
	return plan->plan.notes.count;
}

void baton_plan_reason(
	const struct baton_plan *plan, size_t index, const char **ret_topic, const char **ret_text)
{
	*ret_topic = note_topic_name(plan->plan.notes.list[index].topic);
	*ret_text = plan->plan.notes.list[index].text;
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

static struct error *load(const struct baton_plan *plan, const struct baton_machine *machine)
{
	TRY(refuse_recorded(plan->recorded, "the plan was not made for this computer"));
	TRY(refuse_recorded(machine->recorded, "load"));
	return handoff_load(&handoff_calls_kernel, &plan->plan, &machine->machine);
}

struct baton_error *baton_load(const struct baton_plan *plan, const struct baton_machine *machine)
{
	return wrap(load(plan, machine));
}

static struct error *unload(enum baton_target target, const struct baton_machine *machine)
{
	TRY(refuse_recorded(machine->recorded, "unload"));
	return handoff_unload(&handoff_calls_kernel,
		target == BATON_TARGET_CRASH ? TARGET_CRASH : TARGET_NORMAL, METHOD_AUTO,
		&machine->machine);
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
