/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a choice to a plan: read the machine, the kernel, the initrds; change nothing. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "cli/check_start.h"
#include "cli/choice.h"
#include "cli/print.h"
#include "handoff/handoff.h"
#include "image/read.h"
#include "machine/facts.h"
#include "plan/decide.h"
#include "plan/make.h"
#include "plan/unpack.h"
#include "store/loaded.h"
#include "store/prepared.h"

/** Most bytes of a device tree: the kernel's own scratch area for one is smaller. */
#define DEVICE_TREE_LIMIT (UINT64_C(4) << 20)

const struct payload *payload_of_prepared(const struct prepared *prepared)
{
	return prepared->plan.payload ?: prepared->unpacked.payload;
}

void prepared_deinit(struct prepared *prepared)
{
	plan_deinit(&prepared->plan);
	decision_deinit(&prepared->decision);
	mailbox_deinit(&prepared->mailbox);
	initrd_deinit(&prepared->initrd);
	unpacked_kernel_deinit(&prepared->unpacked);
	image_deinit(&prepared->image);
	blob_deinit(&prepared->device_tree);
	entry_deinit(&prepared->entry);
	machine_deinit(&prepared->machine);
	source_close(prepared->source);
	start_facts_deinit(&prepared->start);
	start_findings_deinit(&prepared->findings);
	free(prepared->initrd_beside);
	free(prepared->why_no_initrd);
	free(prepared->method_reason);
	*prepared = (struct prepared){0};
}

struct error *read_machine(
	const struct cli *cli, const char *record, struct source **ret_source, struct machine *ret)
{
	const char *root = cli->system->reboot.root;

	if (record)
		TRY(source_open_record(record, ret_source));
	else
		TRY(source_open_live(root, ret_source));
	TRY(machine_read(*ret_source, ret));
	/* A test's root has files to read, but no kernel to ask. */
	return strcmp(root, "/") == 0 ? machine_probe_kexec(*ret_source, ret) : NULL;
}

static void take_switch(struct source *source, const char *path, enum tristate *ret)
{
	struct bytes contents = {0};
	bool found = false;

	error_free(source_file(source, path, &found, &contents));
	if (found && contents.size)
		*ret = contents.data[0] == '0' ? TRISTATE_NO : TRISTATE_YES;
}

void read_loaded(const struct cli *cli, struct machine *ret)
{
	_cleanup_source_ struct source *source = NULL;

	ret->kexec.loaded = TRISTATE_UNKNOWN;
	ret->module.loaded = TRISTATE_UNKNOWN;
	error_free(source_open_live(cli->system->reboot.root, &source));
	if (!source)
		return;
	take_switch(source, "sys/kernel/kexec/loaded", &ret->kexec.loaded);
	take_switch(source, "sys/kernel/kexec_loaded", &ret->kexec.loaded);
	take_switch(source, "sys/devices/virtual/misc/baton/loaded", &ret->module.loaded);
}

/* For `status` and `reboot --no-load`; where it cannot be kept they know less. */
static void note_loaded(const struct cli *cli, const struct prepared *prepared)
{
	char release[64];
	char *path = realpath(prepared->kernel, NULL);
	const struct loaded loaded = {
		.kernel = path ? path : (char *)(uintptr_t)prepared->kernel,
		.release = (char *)(uintptr_t)kernel_version(&prepared->image, release),
		.command_line = prepared->plan.command_line,
		.at = (uint64_t)time(NULL),
	};

	error_free(loaded_write(cli->system->reboot.root, &loaded));
	free(path);
}

struct error *load_prepared(const struct cli *cli, struct prepared *prepared)
{
	TRY(handoff_load(cli->system->reboot.calls, &prepared->plan, &prepared->machine));
	if (prepared->plan.target == TARGET_CRASH) {
		prepared->machine.kexec.crash_loaded = TRISTATE_YES;
		return NULL;
	}
	if (prepared->plan.method == METHOD_MODULE) {
		prepared->machine.module.loaded = TRISTATE_YES;
		if (prepared->machine.kexec.loaded == TRISTATE_YES)
			prepared->machine.kexec.loaded = TRISTATE_NO;
	} else {
		prepared->machine.kexec.loaded = TRISTATE_YES;
		prepared->machine.module.loaded = TRISTATE_UNKNOWN;
	}
	note_loaded(cli, prepared);
	cli_warn(mailbox_keep(&prepared->mailbox, prepared->plan.mailbox != 0),
		(void *)(uintptr_t)cli);
	return NULL;
}

static struct error *find_initrd(const struct choice *choice, struct prepared *prepared)
{
	_cleanup_entry_pair_ struct entry_pair pair = {0};

	if (choice->initrd_count || choice->no_initrd || !choice->find_initrd)
		return NULL;
	TRY(entry_find_pair(choice->kernel, NULL, &pair));
	prepared->initrd_beside = pair.initrd;
	prepared->why_no_initrd = pair.why;
	pair = (struct entry_pair){0};
	return NULL;
}

/** Name the kernel and, where none was named, the initrds that go with it. */
static struct error *find_files(
	const struct cli *cli, struct choice *choice, struct prepared *prepared)
{
	struct entry_question question = {
		.root = cli->system->reboot.root,
		.release = prepared->machine.release,
		.had_initrd = machine_had_initrd(&prepared->machine),
	};

	if (choice->kernel && !*choice->kernel)
		return error_new(ERROR_USAGE, "the kernel's name is empty; name a file");
	if (choice->kernel) {
		prepared->kernel = choice->kernel;
		return find_initrd(choice, prepared);
	}
	if (!choice->find_kernel)
		return error_new(ERROR_USAGE, "no kernel was named");
	if (choice->machine)
		return error_new(ERROR_USAGE,
			"--machine needs a kernel: the recorded machine's own is not in the record");
	/* Whatever is said about initrds, none is looked for. */
	if (choice->no_initrd || choice->initrd_count)
		question.had_initrd = TRISTATE_NO;
	TRY(entry_find_default(&question, &prepared->entry));
	prepared->kernel = prepared->entry.kernel;
	return NULL;
}

/** 0 for what cannot be looked at: the error comes when it is read. Nor has a device a size here.
 */
static uint64_t file_size(const char *path)
{
	struct stat status;

	return path && stat(path, &status) == 0 && S_ISREG(status.st_mode)
		       ? (uint64_t)status.st_size
		       : 0;
}

static uint64_t kernel_size(const char *path)
{
	uint64_t size;

	error_free(image_file_size(path, &size));
	return size;
}

/**
 * What is loaded is read, and the kernel copies it: refuse what does not fit before the kernel has
 * to kill a process for it.
 */
static struct error *check_size(
	const struct choice *choice, const struct prepared *prepared, uint64_t size)
{
	uint64_t available = prepared->machine.memory_available;

	if (choice->machine || !available || size <= available / 2)
		return NULL;
	return error_new(ERROR_NO_SPACE,
		"memory: the kernel and initrd have %" PRIu64
		" MiB, and are there twice while they are loaded, but only %" PRIu64
		" MiB are available; free some memory, or use a smaller initrd",
		(size >> 20) + 1, available >> 20);
}

/** Before any file is opened, as far as that can be told then. */
static struct error *check_room(const struct choice *choice, const struct prepared *prepared)
{
	uint64_t size = kernel_size(prepared->kernel) + file_size(prepared->initrd_beside);

	for (unsigned int i = 0; i < choice->initrd_count; i++)
		size += file_size(choice->initrds[i]);
	for (unsigned int i = 0; i < prepared->entry.initrd_count; i++)
		size += file_size(prepared->entry.initrds[i]);
	return check_size(choice, prepared, size);
}

/** An error about the kernel's file, and why it may not be there. */
static struct error *hint_at_boot(
	const struct cli *cli, const struct prepared *prepared, struct error *error)
{
	char *unmounted = NULL;

	if (!error || !strstr(prepared->kernel, "/boot/"))
		return error;
	error_free(entry_unmounted_boot(cli->system->reboot.root, &unmounted));
	if (unmounted)
		error = error_hint(error, "/boot is not mounted (/etc/fstab names %s)", unmounted);
	free(unmounted);
	return error;
}

static struct error *read_kernel(
	const struct cli *cli, const struct choice *choice, struct prepared *prepared)
{
	return hint_at_boot(
		cli, prepared, image_read(prepared->kernel, choice->format, &prepared->image));
}

static struct error *open_paths(const struct choice *choice, const char *const *paths,
	unsigned int count, struct prepared *prepared)
{
	TRY(initrd_open(paths, count, &prepared->initrd));
	/* What is on block devices had no size before. */
	return check_size(
		choice, prepared, prepared->image.file_size + initrd_size(&prepared->initrd));
}

static struct error *open_initrds(const struct choice *choice, struct prepared *prepared)
{
	const char *beside = prepared->initrd_beside;
	struct error *error;

	if (choice->no_initrd)
		return NULL;
	if (choice->initrd_count) {
		error = open_paths(choice, choice->initrds, choice->initrd_count, prepared);
		return error && choice->initrd_hint ? error_hint(error, "%s", choice->initrd_hint)
						    : error;
	}
	if (prepared->entry.initrd_count)
		return open_paths(choice, (const char *const *)prepared->entry.initrds,
			prepared->entry.initrd_count, prepared);
	return beside ? open_paths(choice, &beside, 1, prepared) : NULL;
}

/** flattened device tree, Devicetree Specification 0.4, section 5.2: the magic is big-endian. */
static struct error *read_device_tree(struct choice *choice, struct prepared *prepared)
{
	if (!choice->device_tree)
		return NULL;
	TRY(blob_read_file(choice->device_tree, DEVICE_TREE_LIMIT, &prepared->device_tree));
	if (!bytes_match(blob_bytes(&prepared->device_tree), 0, "\xd0\x0d\xfe\xed", 4))
		return error_new(ERROR_FORMAT,
			"%s: not a flattened device tree: it does not begin with d0 0d fe ed; compile it "
			"with dtc -O dtb",
			choice->device_tree);
	choice->request.device_tree = blob_bytes(&prepared->device_tree);
	return NULL;
}

/** The randomness and the time; both left out of a plan that shall be the same each time. */
static struct error *fill_seed(struct choice *choice)
{
	struct request *request = &choice->request;

	if (choice->seed_given)
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
static struct error *settle_file_flags(struct choice *choice, const struct machine *machine)
{
	struct request *request = &choice->request;
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
			choice->needs_file_load);
	return NULL;
}

static void choose_command_line(struct choice *choice, const struct prepared *prepared)
{
	struct request *request = &choice->request;

	request->append = choice->append;
	if (!choice->reuse_by_default || request->command_line)
		return;
	request->command_line = prepared->entry.command_line;
	if (!request->command_line)
		request->reuse_command_line = true;
}

/**
 * Take the kernel as it was unpacked when it was installed. What is wrong there is a warning, and
 * the kernel is unpacked again. Not where it is of no use, for a plan that is only shown, nor for
 * one of another machine.
 */
static struct error *take_unpacked(
	const struct cli *cli, const struct choice *choice, struct prepared *prepared)
{
	const struct image *image = &prepared->image;
	_cleanup_error_ struct error *error = NULL;

	if (choice->machine || choice->request.describe_only ||
		!decision_wants_payload(&prepared->question, &prepared->decision))
		return NULL;
	error = prepared_find(cli->system->reboot.root, image, &prepared->unpacked.prepared);
	return error ? machine_warn(&prepared->machine, "%s", error_message(error)) : NULL;
}

/** What is known to fail is refused before anything is unpacked for it. */
static struct error *check_beforehand(
	const struct cli *cli, const struct choice *choice, struct prepared *prepared)
{
	const struct machine *machine = &prepared->machine;

	TRY(decide(&prepared->question, &prepared->decision));
	TRY(decision_check(&prepared->question, &prepared->decision));
	if (choice->hotplug && !machine->kexec.crash_elfcorehdr_size)
		return error_new(ERROR_UNSUPPORTED,
			"--hotplug: this kernel does not follow CPU and memory hotplug for a crash "
			"kernel (it shows no crash_elfcorehdr_size; that came with Linux 6.6); load "
			"anew after a change");
	return check_start(cli, choice, prepared);
}

struct error *prepare_kernel(const struct cli *cli, struct choice *choice,
	struct progress *progress, struct prepared *ret)
{
	progress_at(progress, PROGRESS_MACHINE);
	TRY(read_machine(cli, choice->machine, &ret->source, &ret->machine));
	ret->machine_known = true;
	TRY(find_files(cli, choice, ret));
	progress_at(progress, PROGRESS_KERNEL);
	return read_kernel(cli, choice, ret);
}

/** Where the ledger's times go that come after the load. A panic makes no reboot call. */
static void make_mailbox(const struct cli *cli, struct choice *choice, struct prepared *prepared)
{
	struct request *request = &choice->request;

	if (request->describe_only || choice->machine || request->target == TARGET_CRASH)
		return;
	mailbox_make(cli->system->reboot.calls, cli->system->reboot.root, &prepared->mailbox);
	request->mailbox = prepared->mailbox.address;
	request->mailbox_nonce = prepared->mailbox.nonce;
	request->no_mailbox = prepared->mailbox.why;
}

struct error *prepare(const struct cli *cli, struct choice *choice, struct progress *progress,
	struct prepared *ret)
{
	TRY(choice_method(choice, &choice->request.method, &ret->method_reason));
	/* Of a recorded machine the plan is the same on any host. */
	choice->request.loader_32bit = !choice->machine && sizeof(void *) == 4;
	progress_at(progress, PROGRESS_MACHINE);
	TRY(read_machine(cli, choice->machine, &ret->source, &ret->machine));
	ret->machine_known = true;
	TRY(settle_file_flags(choice, &ret->machine));
	TRY(find_files(cli, choice, ret));
	TRY(check_room(choice, ret));
	progress_at(progress, PROGRESS_KERNEL);
	TRY(read_kernel(cli, choice, ret));
	choose_command_line(choice, ret);
	TRY(read_device_tree(choice, ret));
	TRY(open_initrds(choice, ret));
	ret->question = (struct question){&choice->request, &ret->image,
		ret->initrd.count ? &ret->initrd : NULL, &ret->machine};
	TRY(check_beforehand(cli, choice, ret));
	TRY(take_unpacked(cli, choice, ret));
	progress_at(progress, PROGRESS_INITRD);
	if (!decision_leaves_files(&ret->question, &ret->decision))
		TRY(initrd_load(&ret->initrd));
	progress_at(progress, PROGRESS_UNPACK);
	TRY(plan_unpack(&ret->question, &ret->decision, &ret->unpacked, &ret->initrd));
	TRY(check_start_initrd(choice, ret));
	TRY(fill_seed(choice));
	make_mailbox(cli, choice, ret);
	progress_at(progress, PROGRESS_PLAN);
	TRY(plan_finish(&ret->question, &ret->decision, &ret->unpacked, &ret->plan));
	start_note(&ret->findings, &ret->plan.notes);
	return notes_error(&ret->plan.notes);
}
