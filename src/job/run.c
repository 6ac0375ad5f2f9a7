/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From names of files to a plan: read the machine, the kernel, the initrds; change nothing. */
#include "job/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/error.h"
#include "job/files.h"
#include "job/machine.h"
#include "job/start.h"
#include "plan/decide.h"
#include "plan/make.h"
#include "plan/method.h"
#include "plan/unpack.h"
#include "store/prepared.h"

static void at(const struct job_watch *watch, enum job_stage stage)
{
	if (watch && watch->at)
		watch->at(watch->data, stage);
}

static struct error *take_machine(
	const struct job_system *system, const struct job_options *options, struct job *job)
{
	if (options->machine) {
		job->machine = *options->machine;
		job->machine_borrowed = true;
	} else {
		TRY(job_read_machine(system, options->record, &job->source, &job->machine));
	}
	job->machine_known = true;
	return NULL;
}

/** The randomness and the time; both left out of a plan that shall be the same each time. */
static struct error *fill_seed(struct job_options *options)
{
	struct request *request = &options->request;

	if (options->seed_given)
		return NULL;
	if (getrandom(request->seed, sizeof(request->seed), 0) != sizeof(request->seed))
		return error_system(errno, "getrandom");
	request->time_now = (uint64_t)time(NULL);
	return NULL;
}

/**
 * Flags of kexec_file_load that are not asked for by what is loaded. A kernel that does not know
 * NO_CMA takes no memory from there anyway; DEBUG is asked for only where it is known.
 */
static struct error *settle_file_flags(struct job_options *options, const struct machine *machine)
{
	struct request *request = &options->request;
	uint64_t known = machine->kexec.file_flags;

	if (request->file_debug)
		request->file_flags |= known & FILE_FLAG_DEBUG;
	if (!machine->kexec.probed)
		return NULL;
	if (!(known & FILE_FLAG_NO_CMA))
		request->file_flags &= ~(uint64_t)FILE_FLAG_NO_CMA;
	if (request->file_flags & ~known)
		return error_new(ERROR_UNSUPPORTED,
			"%s: this kernel's kexec_file_load does not know the flag; it came with Linux 7.3",
			options->flag_option);
	return NULL;
}

static void choose_command_line(struct job_options *options, const struct job *job)
{
	struct request *request = &options->request;

	if (!options->reuse_by_default || request->command_line)
		return;
	request->command_line = job->boot_entry.command_line;
	if (!request->command_line)
		request->reuse_command_line = true;
}

/**
 * Take the kernel as it was unpacked when it was installed. What is wrong there is a warning, and
 * the kernel is unpacked again. Not where it is of no use, for a plan that is only shown, nor for
 * one of another machine.
 */
static struct error *take_unpacked(
	const struct job_system *system, const struct job_options *options, struct job *job)
{
	const struct image *image = &job->image;
	_cleanup_error_ struct error *error = NULL;

	if (job_is_recorded(options) || options->request.describe_only ||
		!decision_can_unpack(&job->question, &job->decision))
		return NULL;
	error = prepared_find(system->root, image, &job->unpacked.prepared);
	if (!error)
		return NULL;
	job->prepared_damage = strdup(error_message(error));
	return job->prepared_damage ? NULL : error_no_memory();
}

/** A plan that is only shown is shown; that a load would be refused is said. */
static void note_refusal(struct job *job)
{
	_cleanup_error_ struct error *error = NULL;

	if (!job->question.request->describe_only || job->decision.method == METHOD_ELF)
		return;
	error = method_refusal(job->decision.method, job->question.request->target, &job->machine);
	if (error)
		note_add(&job->decision.notes, NOTE_WARNING, "a load would be refused: %s",
			error_message(error));
}

/** What is known to fail is refused before anything is unpacked for it. */
static struct error *check_beforehand(
	const struct job_system *system, const struct job_options *options, struct job *job)
{
	const struct machine *machine = &job->machine;

	TRY(decide(&job->question, &job->decision));
	/* Of a recorded one nobody knows what it would answer now. */
	if (!job_is_recorded(options)) {
		TRY(decision_check(&job->question, &job->decision));
		note_refusal(job);
	}
	if (options->hotplug && !machine->kexec.crash_elfcorehdr_size)
		return error_new(ERROR_UNSUPPORTED,
			"--hotplug: this kernel does not follow CPU and memory hotplug for a crash "
			"kernel (it shows no crash_elfcorehdr_size; that came with Linux 6.6); load "
			"anew after a change");
	return job_check_start(system, options, job);
}

struct error *job_read_kernel(const struct job_system *system, const struct job_options *options,
	const struct job_watch *watch, struct job *ret)
{
	at(watch, JOB_MACHINE);
	TRY(take_machine(system, options, ret));
	TRY(job_find_files(system, options, ret));
	at(watch, JOB_KERNEL);
	return job_read_image(system, options, ret);
}

/** Where the ledger's times go that come after the load. A panic makes no reboot call. */
static void make_mailbox(
	const struct job_system *system, struct job_options *options, struct job *job)
{
	struct request *request = &options->request;

	if (!options->makes_mailbox || request->describe_only || job_is_recorded(options) ||
		request->target == TARGET_CRASH)
		return;
	mailbox_make(system->calls, system->root, &job->mailbox);
	request->mailbox = job->mailbox.address;
	request->mailbox_nonce = job->mailbox.nonce;
	request->no_mailbox = job->mailbox.why;
}

/** The files, and everything that is decided without unpacking them. */
static struct error *read_and_decide(const struct job_system *system, struct job_options *options,
	const struct job_watch *watch, struct job *job)
{
	at(watch, JOB_MACHINE);
	TRY(take_machine(system, options, job));
	TRY(settle_file_flags(options, &job->machine));
	TRY(job_find_files(system, options, job));
	TRY(job_check_room(options, job));
	at(watch, JOB_KERNEL);
	TRY(job_read_image(system, options, job));
	choose_command_line(options, job);
	TRY(job_read_device_tree(options, job));
	job->question = (struct question){&options->request, &job->image, NULL, &job->machine};
	return check_beforehand(system, options, job);
}

/** After all that is refused without them: on a block device they are unpacked to find their end.
 */
static struct error *open_initrds(const struct job_options *options, struct job *job)
{
	TRY(job_open_initrds(options, job));
	job->question.initrd = job->initrd.count ? &job->initrd : NULL;
	if (!initrd_ends_in_bootconfig(&job->initrd))
		return NULL;
	return decide_line(&job->question, &job->decision);
}

/** What the next kernel would do, and what only then shows. */
static struct error *unpack(const struct job_system *system, const struct job_options *options,
	const struct job_watch *watch, struct job *job)
{
	TRY(take_unpacked(system, options, job));
	at(watch, JOB_INITRD);
	TRY(open_initrds(options, job));
	if (!decision_leaves_files(&job->question, &job->decision))
		TRY(job_read_initrds(options, job));
	at(watch, JOB_UNPACK);
	TRY(plan_unpack(&job->question, &job->decision, &job->unpacked, &job->initrd));
	return job_check_initrd(options, job);
}

struct error *job_plan(const struct job_system *system, struct job_options *options,
	const struct job_watch *watch, struct job *ret)
{
	/* Of a recorded machine the plan is the same on any host. */
	ret->method_reason = options->method_reason;
	options->request.loader_32bit = !job_is_recorded(options) && sizeof(void *) == 4;
	TRY(read_and_decide(system, options, watch, ret));
	TRY(unpack(system, options, watch, ret));
	TRY(fill_seed(options));
	make_mailbox(system, options, ret);
	at(watch, JOB_PLAN);
	TRY(plan_finish(&ret->question, &ret->decision, &ret->unpacked, &ret->plan));
	start_note(&ret->findings, &ret->plan.notes);
	return notes_error(&ret->plan.notes);
}
