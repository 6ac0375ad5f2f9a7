/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/decide.h"

#include "arch/arch.h"
#include "base/error.h"
#include "decision/decision.h"
#include "decision/question.h"
#include "image/image.h"
#include "image/initrd.h"
#include "machine/machine.h"
#include "plan/file_load.h"
#include "plan/method.h"

#include <inttypes.h>
#include <stdlib.h>

static struct error *check_bounds(const struct request *request)
{
	if (!request->memory_max || request->memory_min < request->memory_max)
		return NULL;
	return error_new(ERROR_USAGE,
		"memory: nothing lies from 0x%" PRIx64 " up and below 0x%" PRIx64
		"; --mem-min must be less than --mem-max",
		request->memory_min, request->memory_max);
}

static struct error *make_command_line(
	const struct arch *arch, const struct question *question, struct decision *decision)
{
	const struct image *image = question->image;
	bool by_file = !decision_places(decision);
	struct composing composing = {
		.request = question->request,
		.machine = question->machine,
		.image = image,
		.bootconfig = question->initrd && initrd_ends_in_bootconfig(question->initrd),
		.leaves_handoff_record = !by_file && arch->takes_handoff_record(image),
		.max = by_file ? file_load_command_line_max(arch->command_line_max(image))
			       : arch->command_line_max(image),
	};
	uint64_t length;

	TRY(command_line_compose(&composing, &decision->composition));
	decision->command_line = decision->composition.text;
	decision->composition.text = NULL;
	command_line_note(&decision->composition, &decision->line_notes);
	length = strlen(decision->command_line);
	if (length > composing.max)
		return error_new(ERROR_USAGE,
			"command line: %" PRIu64 " bytes, but this kernel takes at most %" PRIu64
			"%s; shorten it, nothing is cut silently",
			length, composing.max, by_file ? " by kexec_file_load" : "");
	return NULL;
}

static struct error *check_memory_map(const struct machine *machine)
{
	if (machine->memory.count && machine->usable.count)
		return NULL;
	return error_new(ERROR_UNSUPPORTED,
		"memory: no memory map is known (neither /sys/firmware/memmap nor boot_params nor "
		"/proc/iomem); run as root");
}

/* Direct entry alone was asked for, and is known to be impossible. */
static struct error *check_hazard(const struct question *question, const struct decision *decision)
{
	if (!decision->hazard || question->request->entry_choice != ENTRY_DIRECT ||
		!decision_places(decision))
		return NULL;
	return error_new(ERROR_UNSUPPORTED,
		"direct entry is not possible: %s; leave out --entry=direct", decision->hazard);
}

struct error *decide_line(const struct question *question, struct decision *decision)
{
	const struct arch *arch = arch_of(question->machine);

	free(decision->command_line);
	decision->command_line = NULL;
	composition_deinit(&decision->composition);
	notes_deinit(&decision->line_notes);
	TRY(make_command_line(arch, question, decision));
	if (decision_places(decision))
		TRY(check_memory_map(question->machine));
	decision->hazard = arch->hazard(question, decision->command_line);
	TRY(check_hazard(question, decision));
	return notes_error(&decision->line_notes);
}

static struct error *decide_all(const struct question *question, struct decision *decision)
{
	const struct arch *arch = arch_of(question->machine);

	TRY(check_bounds(question->request));
	TRY(method_choose(question, decision));
	TRY(arch->check(question, decision->method, &decision->notes));
	TRY(notes_error(&decision->notes));
	return decide_line(question, decision);
}

struct error *decide(const struct question *question, struct decision *ret)
{
	struct error *error;

	*ret = (struct decision){0};
	error = decide_all(question, ret);
	if (error)
		decision_deinit(ret);
	return error;
}

struct error *decision_check(const struct question *question, const struct decision *decision)
{
	const struct request *request = question->request;

	return request->describe_only || decision->method == METHOD_ELF
		       ? NULL
		       : method_refusal(decision->method, request->target, question->machine);
}

bool decision_can_unpack(const struct question *question, const struct decision *decision)
{
	const struct request *request = question->request;

	return question->image->kind == IMAGE_BZIMAGE && request->entry_choice != ENTRY_STUB &&
	       !request->entry_32bit && !request->has_entry && decision_places(decision);
}

bool decision_wants_payload(const struct question *question, const struct decision *decision)
{
	return decision_can_unpack(question, decision) && !decision->hazard;
}

bool decision_leaves_files(const struct question *question, const struct decision *decision)
{
	return question->request->initrd_choice != INITRD_UNPACK && !decision_places(decision);
}
