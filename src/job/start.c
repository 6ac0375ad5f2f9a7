/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "job/start.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "entry/start_facts.h"
#include "image/initrd_contents.h"
#include "job/files.h"
#include "machine/source.h"
#include "store/loaded.h"

/** Bytes that are unpacked for --verify at the most. */
#define LOOK_LIMIT (UINT64_C(1) << 30)

static bool is_checked(const struct job_options *options)
{
	return !job_is_recorded(options) && options->request.target == TARGET_NORMAL &&
	       options->request.method != METHOD_ELF;
}

/** What the choice says about the facts. */
static struct error *add_choice(
	const struct job_options *options, const struct job *job, struct start_facts *facts)
{
	const char *why = job->why_no_initrd;

	facts->found_kernel = !options->kernel;
	facts->own_kernel = options->kernel && !facts->kernel_in_boot;
	facts->named_initrd = options->initrd_count > 0;
	facts->wanted_no_initrd = options->no_initrd || !options->find_initrd;
	facts->looked_closer = options->verify_start;
	facts->had_initrd = machine_had_initrd(&job->machine);
	facts->why_no_initrd = why ? strdup(why) : NULL;
	return why && !facts->why_no_initrd ? error_no_memory() : NULL;
}

static struct error *refuse(const struct job_options *options, const struct job *job)
{
	return options->warn_of_start
		       ? NULL
		       : start_refusal(&job->findings, "--no-verify-start goes ahead");
}

static struct error *add_entry_warning(
	const struct boot_entry *entry, struct start_findings *findings)
{
	struct start_finding *finding = &findings->list[findings->count];

	if (!entry->warning)
		return NULL;
	finding->text = strdup(entry->warning);
	if (!finding->text)
		return error_no_memory();
	findings->count++;
	return NULL;
}

struct error *job_check_start(
	const struct job_system *system, const struct job_options *options, struct job *job)
{
	char release[64];
	struct start_question question = {
		.root = job_root(system, options),
		.kernel = job->kernel,
		.release = image_release(&job->image, release),
		.command_line = job->decision.command_line,
		.running_command_line = job->machine.command_line,
	};

	if (!is_checked(options))
		return NULL;
	TRY(add_entry_warning(&job->boot_entry, &job->findings));
	TRY(start_facts_read(&question, &job->start));
	TRY(add_choice(options, job, &job->start));
	TRY(start_check_system(&job->start, &job->findings));
	return refuse(options, job);
}

/** The initrd in memory of its own and unpacked, however it is handed on. */
static struct error *unpack_copy(const struct initrd *initrd, struct initrd *ret)
{
	const char *paths[INITRD_MAX];

	if (initrd->in_files) {
		for (unsigned int i = 0; i < initrd->count; i++)
			paths[i] = initrd->parts[i].path;
		TRY(initrd_read(paths, initrd->count, ret));
	} else {
		TRY(blob_copy(blob_bytes(&initrd->bytes), &ret->bytes));
	}
	return initrd_unpack(ret, LOOK_LIMIT);
}

/** What unpacking @copy has found is true of what is handed on. */
static void take_verdict(struct initrd *copy, struct initrd *initrd)
{
	initrd->checked = initrd->checked || copy->checked;
	if (initrd->damage)
		return;
	initrd->damage = copy->damage;
	copy->damage = NULL;
}

/** The initrd's names; what is still packed is only looked into when that was asked for. */
static struct error *read_contents(
	const struct job_options *options, struct job *job, struct initrd_contents *ret)
{
	_cleanup_initrd_ struct initrd copy = {0};
	const char *init = job->start.first_program ?: "/init";

	TRY(initrd_contents_read(blob_bytes(&job->initrd.bytes), init, ret));
	if (ret->complete || !options->verify_start)
		return NULL;
	initrd_contents_deinit(ret);
	TRY(unpack_copy(&job->initrd, &copy));
	take_verdict(&copy, &job->initrd);
	/* It will be refused for that, and what was given back on the way is not there to be read.
	 */
	if (job->initrd.damage)
		return NULL;
	return initrd_contents_read(blob_bytes(&copy.bytes), init, ret);
}

struct error *job_check_initrd(const struct job_options *options, struct job *job)
{
	_cleanup_initrd_contents_ struct initrd_contents contents = {0};
	bool any = job->initrd.count > 0;

	if (!is_checked(options))
		return NULL;
	if (any)
		TRY(read_contents(options, job, &contents));
	TRY(start_check_initrd(&job->start, any ? &contents : NULL, &job->findings));
	return refuse(options, job);
}

/** NULL where it is not known. */
static char *running_command_line(const struct job_system *system)
{
	_cleanup_source_ struct source *source = NULL;
	struct bytes contents = {0};
	bool found = false;

	error_free(source_open_live(system->root, &source));
	if (!source)
		return NULL;
	error_free(source_file(source, "proc/cmdline", &found, &contents));
	return found ? strndup((const char *)contents.data,
			       contents.size -
				       (contents.size && contents.data[contents.size - 1] == '\n'))
		     : NULL;
}

static struct error *judge_loaded(const struct loaded *loaded, bool warns,
	const struct start_findings *findings, void (*tell)(const char *doubt, void *data),
	void *data)
{
	struct error *error = NULL;

	if (!warns)
		error = start_refusal(
			findings, "baton load loads anew, and --no-verify-start goes ahead");
	for (unsigned int i = 0; !error && i < findings->count; i++)
		if (!findings->list[i].note)
			tell(findings->list[i].text, data);
	return error_prefix(error, "%s, which is loaded", loaded->kernel);
}

struct error *job_check_loaded(const struct job_system *system, bool warns,
	void (*tell)(const char *doubt, void *data), void *data)
{
	_cleanup_loaded_ struct loaded loaded;
	_cleanup_start_facts_ struct start_facts facts = {0};
	_cleanup_start_findings_ struct start_findings findings = {0};
	char *running;
	struct error *error;

	loaded_read(system->root, &loaded);
	if (!loaded.kernel)
		return NULL;
	running = running_command_line(system);
	error = start_facts_read(
		&(struct start_question){
			.root = system->root,
			.kernel = loaded.kernel,
			.release = loaded.release,
			.command_line = loaded.command_line,
			.running_command_line = running,
		},
		&facts);
	free(running);
	TRY(error);
	/* By its name: its file may be gone. */
	facts.own_kernel = !strstr(loaded.kernel, "/boot/");
	TRY(start_check_system(&facts, &findings));
	return judge_loaded(&loaded, warns, &findings, tell, data);
}
