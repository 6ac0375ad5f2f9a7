/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/make.h"

#include "arch/arch.h"
#include "base/error.h"
#include "decision/decision.h"
#include "decision/layout.h"
#include "decision/question.h"
#include "image/image.h"
#include "image/initrd.h"
#include "image/unpacked.h"
#include "plan/decide.h"
#include "plan/file_load.h"
#include "plan/fill.h"
#include "plan/handoff_record.h"
#include "plan/lay_out.h"
#include "plan/new_memory.h"
#include "plan/plan.h"

#include <inttypes.h>

/*
 * A damaged file is no matter for a fallback: the next kernel would find the same, when nobody can
 * help it any more. Who knows better says so.
 */
static struct error *check_damage(
	const struct question *question, const struct unpacked_kernel *kernel, struct notes *notes)
{
	const struct initrd *initrd = question->initrd;
	const struct image *image = question->image;
	const char *name = image->name ? image->name : "kernel";

	if (kernel->damage && question->request->entry_choice != ENTRY_STUB)
		return error_new(ERROR_DAMAGED,
			"%s: %s; install it anew, or load it all the same with baton load --entry=stub",
			name, kernel->damage);
	if (kernel->damage)
		note_add(notes, NOTE_WARNING,
			"%s: %s; it is loaded all the same, as --entry=stub asks for", name,
			kernel->damage);
	if (!initrd || !initrd->damage)
		return NULL;
	if (question->request->initrd_choice != INITRD_KEEP)
		return error_new(ERROR_DAMAGED,
			"%s; make it anew, or load it all the same with baton load --unpack-initrd=never",
			initrd->damage);
	note_add(notes, NOTE_WARNING,
		"%s; it is loaded all the same, as --unpack-initrd=never asks for", initrd->damage);
	return NULL;
}

/* With more memory the load would have been another one, and known to be whole. */
static void note_short_of_memory(
	const char *name, const struct unpacked_kernel *kernel, struct notes *notes)
{
	const char *why = kernel->declined ? kernel->declined : kernel->unchecked;

	if (!kernel->short_of_memory || kernel->damage || !why)
		return;
	if (kernel->unchecked)
		note_add(notes, NOTE_WARNING,
			"%s: nobody has looked whether the kernel inside is whole, as there is too "
			"little memory to unpack it here (%s); the new kernel would be the first to "
			"find damage, and would halt; free some memory",
			name, why);
	else
		note_add(notes, NOTE_WARNING,
			"%s: there is too little memory to unpack it here (%s), so its own "
			"decompressor runs, and the outage is longer; free some memory",
			name, why);
}

/* What nobody has looked at for damage, and what turned out to be of no use on the way. */
static void note_unchecked(
	const struct question *question, const struct unpacked_kernel *kernel, struct notes *notes)
{
	const struct initrd *initrd = question->initrd;
	const struct image *image = question->image;
	const char *name = image->name ? image->name : "kernel";

	if (kernel->prepared_declined)
		note_add(notes, NOTE_WARNING,
			"%s: what is kept of it below /var/cache/baton does not fit it (%s), and it "
			"was unpacked again; `baton prepare` makes the file anew",
			name, kernel->prepared_declined);
	note_short_of_memory(name, kernel, notes);
	if (kernel->unchecked && !kernel->damage && !kernel->short_of_memory)
		note_add(notes, NOTE_NOT_CHECKED, "whether the kernel inside %s is whole: %s", name,
			kernel->unchecked);
	if (initrd && initrd_size(initrd) && !initrd->checked && !initrd->damage)
		note_add(notes, NOTE_NOT_CHECKED,
			"whether the initrd is whole: it is handed on as it is, and the new kernel "
			"would be the first to find damage");
}

static void note_initrd(const struct initrd *initrd, struct notes *notes)
{
	if (initrd->left_out)
		note_add(notes, NOTE_WARNING, "initrd: %s", initrd->left_out);
	if (initrd->reordered)
		note_add(notes, NOTE_INITRD, "microcode was moved to the front");
	if (initrd->packed_size)
		note_add(notes, NOTE_INITRD,
			"unpacked beforehand, from %" PRIu64 " to %" PRIu64
			" KiB: the new kernel need not",
			initrd->packed_size >> 10, initrd->bytes.size >> 10);
	else if (initrd->kept_reason && initrd->doubtful)
		note_add(notes, NOTE_WARNING,
			"initrd: %s, neither an archive nor compressed in a way known to baton; it is "
			"handed over as it is",
			initrd->kept_reason);
	else if (initrd->kept_reason)
		note_add(notes, NOTE_INITRD, "stays as it is: %s", initrd->kept_reason);
}

static struct error *make_segments(const struct arch *arch, const struct question *question,
	const struct decision *decision, struct unpacked_kernel *kernel, struct start_data *data,
	struct plan *plan)
{
	_cleanup_layout_ struct layout layout = {0};
	_cleanup_blob_ struct blob record = {0};
	struct notes notes = {0};
	struct error *error = handoff_record_make(question, &decision->composition, &record);

	if (!error)
		error = arch->make_start_data(
			question, decision, blob_bytes(&record), &notes, data);
	if (!error)
		error = lay_out(arch, question, decision, kernel, data->bytes.size, &layout);
	notes_move(&layout.entry_notes, &plan->notes);
	notes_move(&notes, &plan->notes);
	notes_move(&layout.notes, &plan->notes);
	return error ? error : fill(arch, question, &layout, data, kernel, plan);
}

static struct error *make(const struct question *question, const struct decision *decision,
	struct unpacked_kernel *kernel, struct plan *plan)
{
	const struct arch *arch = arch_of(question->machine);
	struct start_data data = {0};
	struct error *error;

	TRY(check_damage(question, kernel, &plan->notes));
	TRY(new_memory_check(question, decision->command_line, &plan->notes));
	note_unchecked(question, kernel, &plan->notes);
	if (!decision_places(decision))
		return file_load_plan(question, plan);
	error = make_segments(arch, question, decision, kernel, &data, plan);
	start_data_deinit(arch, &data);
	return error;
}

/* The texts of what was decided become part of the plan. */
static void take_command_line(struct decision *decision, struct plan *plan)
{
	plan->command_line = decision->command_line;
	plan->composition = decision->composition;
	decision->command_line = NULL;
	decision->composition = (struct composition){0};
}

struct error *plan_finish(const struct question *question, struct decision *decision,
	struct unpacked_kernel *kernel, struct plan *ret)
{
	struct unpacked_kernel none = {0};
	_cleanup_plan_ struct plan plan = {
		.target = question->request->target,
		.method = decision->method,
		.only_shown = question->request->describe_only,
		.format = question->image->format,
	};
	struct error *error;

	*ret = (struct plan){0};
	kernel = kernel ?: &none;
	notes_move(&decision->notes, &plan.notes);
	notes_move(&decision->line_notes, &plan.notes);
	error = make(question, decision, kernel, &plan);
	if (!error && question->initrd)
		note_initrd(question->initrd, &plan.notes);
	if (!error)
		error = notes_error(&plan.notes);
	if (error) {
		/* It is as good as before. */
		kernel->payload = plan.payload ?: kernel->payload;
		plan.payload = NULL;
		return error;
	}
	take_command_line(decision, &plan);
	*ret = plan;
	plan = (struct plan){0};
	return NULL;
}

struct error *plan_make(
	const struct question *question, struct unpacked_kernel *kernel, struct plan *ret)
{
	_cleanup_decision_ struct decision decision = {0};

	*ret = (struct plan){0};
	TRY(decide(question, &decision));
	return plan_finish(question, &decision, kernel, ret);
}
