/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/unpack.h"

#include "arch/arch.h"
#include "base/error.h"
#include "base/thread.h"
#include "decision/decision.h"
#include "decision/question.h"
#include "image/image.h"
#include "image/initrd.h"
#include "image/payload.h"
#include "image/whole.h"
#include "machine/machine.h"
#include "plan/decide.h"
#include "plan/new_memory.h"

#include <sched.h>
#include <stdlib.h>

/* Boot data and purgatory, generously: both are some dozens of KiB on any machine. */
#define BOOT_DATA_ROOM	(UINT64_C(4) << 20)

/* Memory of a kernel's and an initrd's decoder, at work at the same time. */
#define DECODERS_MEMORY (UINT64_C(64) << 20)

/* What one thread does. */
struct work {
	struct error *(*run)(const struct work *work);
	const struct question *question;
	const struct decision *decision;
	struct unpacked_kernel *kernel;
	struct initrd *initrd;
	uint64_t memory; /* that the kernel may take; 0: unknown */
	struct error *error;
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* What is left of @memory beside something of @size that is there twice: here, and in the hands of
 * the running kernel, which copies what it loads. */
static uint64_t left_beside(uint64_t memory, uint64_t size)
{
	return memory / 2 > size ? memory - 2 * size : 0;
}

static uint64_t limit_by_memory(const struct image *image, const struct machine *machine)
{
	uint64_t kernel = image->bzimage.init_size ? image->bzimage.init_size : image->bytes.size;
	uint64_t quarter = machine->memory_available / 4, half = machine->memory_total / 2;
	uint64_t rest = left_beside(machine->memory_available, kernel) / 2;

	/* The kernel refuses more than half of its memory (sanity_check_segment_list()). */
	if (kernel + BOOT_DATA_ROOM > half)
		return 0;
	half -= kernel + BOOT_DATA_ROOM;
	return smaller(smaller(quarter, rest), half);
}

uint64_t plan_initrd_limit(const struct question *question, const struct decision *decision)
{
	const struct request *request = question->request;

	if (request->initrd_choice == INITRD_KEEP)
		return 0;
	if (request->initrd_choice == INITRD_UNPACK)
		return INITRD_SIZE_LIMIT;
	return decision_places(decision) ? limit_by_memory(question->image, question->machine) : 0;
}

/*
 * What was not checked on the way: where only headers were read, where the codec has no checksum,
 * and where the image's own code will unpack it all. That is done for a test only where nothing
 * cheaper tells; not for the file call, which takes no more memory than the files, and not where
 * the image's own entry was asked for, which is then taken in any case.
 */
static struct error *check_kernel(const struct work *work, bool wanted)
{
	const struct request *request = work->question->request;
	bool unpack = !wanted && decision_places(work->decision) && !request->describe_only &&
		      request->entry_choice != ENTRY_STUB;

	return unpacked_kernel_is_checked(work->kernel)
		       ? NULL
		       : unpacked_kernel_check(
				 work->question->image, unpack, work->memory, work->kernel);
}

static struct error *unpack_kernel(const struct work *work)
{
	const struct image *image = work->question->image;
	bool can = decision_can_unpack(work->question, work->decision);
	/* Where its own decompressor will run it is looked into only where that costs little: its
	 * headers, for a plan that is shown, or what was unpacked earlier. */
	bool cheap = work->question->request->describe_only || work->kernel->prepared.size;
	bool wanted = decision_wants_payload(work->question, work->decision) || (can && cheap);

	if (wanted && work->question->request->describe_only)
		TRY(unpacked_kernel_read_headers(image, work->memory, work->kernel));
	else if (wanted)
		TRY(unpacked_kernel_make(image, work->memory, work->kernel));
	return check_kernel(work, wanted);
}

/* What the new kernel has for it; where it is to be unpacked in any case, that does not count. */
static struct error *limit_there(
	const struct work *work, struct initrd_limits *limits, char **ret_reason)
{
	_cleanup_new_memory_ struct new_memory memory = {0};

	*ret_reason = NULL;
	limits->there = UINT64_MAX;
	if (!limits->here || work->question->request->initrd_choice == INITRD_UNPACK)
		return NULL;
	TRY(new_memory_find(work->question, work->decision->command_line, &memory));
	limits->there = new_memory_for_initrd(&memory);
	TRY(new_memory_why(&memory, ret_reason));
	limits->there_reason = *ret_reason;
	return NULL;
}

static struct error *unpack_initrd(const struct work *work)
{
	struct initrd_limits limits = {.here = plan_initrd_limit(work->question, work->decision)};
	const struct request *request = work->question->request;
	bool digest =
		decision_places(work->decision) && !request->no_verify && !request->describe_only;
	struct error *error;
	char *reason;

	error = limit_there(work, &limits, &reason);
	if (!error)
		error = initrd_finish(work->initrd, &limits,
			digest ? arch_of(work->question->machine)->digest(work->question->machine)
			       : DIGEST_NONE);
	free(reason);
	return error;
}

static void *run_thread(void *data)
{
	struct work *work = data;

	work->error = work->run(work);
	return NULL;
}

/* Of no use on one CPU, where it would only take the memory of both decoders. */
static bool at_the_same_time(const struct work *work)
{
	uint64_t available = work->question->machine->memory_available;
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0 && CPU_COUNT(&cpus) < 2)
		return false;
	return !available || available / 4 > work->question->image->bzimage.init_size +
						     work->initrd->bytes.size + DECODERS_MEMORY;
}

static struct error *first_error(struct error *first, struct error *second)
{
	if (!first)
		return second;
	error_free(second);
	return first;
}

static struct error *run_both(struct work *kernel, struct work *initrd)
{
	pthread_t thread;
	struct error *error;

	if (!at_the_same_time(kernel) || !thread_start_aside(&thread, run_thread, initrd)) {
		TRY(kernel->run(kernel));
		return initrd->run(initrd);
	}
	error = kernel->run(kernel);
	pthread_join(thread, NULL);
	return first_error(error, initrd->error);
}

/* The initrds are there beside it, at the least as they are now. */
static uint64_t memory_for_kernel(const struct machine *machine, const struct initrd *initrd)
{
	uint64_t left = left_beside(machine->memory_available, initrd ? initrd_size(initrd) : 0);

	/* 0 would be unknown. */
	return left || !machine->memory_available ? left : 1;
}

struct error *plan_unpack(const struct question *question, const struct decision *decision,
	struct unpacked_kernel *unpacked, struct initrd *initrd)
{
	struct work kernel = {
		.run = unpack_kernel,
		.question = question,
		.decision = decision,
		.kernel = unpacked,
		.initrd = initrd,
		.memory = memory_for_kernel(question->machine, initrd),
	};
	struct work archives = kernel;

	archives.run = unpack_initrd;
	if (!initrd || !initrd->count || initrd->in_files)
		return kernel.run(&kernel);
	return run_both(&kernel, &archives);
}
