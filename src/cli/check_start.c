/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/check_start.h"

#include <stdlib.h>
#include <string.h>

#include "cli/print.h"
#include "entry/start_facts.h"
#include "image/initrd_contents.h"
#include "machine/source.h"
#include "store/loaded.h"

/** Bytes that are unpacked for --verify at the most. */
#define LOOK_LIMIT (UINT64_C(1) << 30)

static bool is_checked(const struct choice *choice)
{
	return !choice->machine && choice->request.target == TARGET_NORMAL &&
	       choice->request.method != METHOD_ELF;
}

/** What the choice says about the facts. */
static struct error *add_choice(
	const struct choice *choice, const struct prepared *prepared, struct start_facts *facts)
{
	const char *why = prepared->why_no_initrd;

	facts->found_kernel = !choice->kernel;
	facts->own_kernel = choice->kernel && !facts->kernel_in_boot;
	facts->named_initrd = choice->initrd_count > 0;
	facts->wanted_no_initrd = choice->no_initrd || !choice->find_initrd;
	facts->looked_closer = choice->verify_start;
	facts->had_initrd = machine_had_initrd(&prepared->machine);
	facts->why_no_initrd = why ? strdup(why) : NULL;
	return why && !facts->why_no_initrd ? error_no_memory() : NULL;
}

static struct error *refuse(const struct choice *choice, const struct prepared *prepared)
{
	return choice->warn_of_start
		       ? NULL
		       : start_refusal(&prepared->findings, "--no-verify-start goes ahead");
}

static struct error *add_entry_warning(const struct entry *entry, struct start_findings *findings)
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

struct error *check_start(
	const struct cli *cli, const struct choice *choice, struct prepared *prepared)
{
	char release[64];
	struct start_question question = {
		.root = cli->system->reboot.root,
		.kernel = prepared->kernel,
		.release = kernel_version(&prepared->image, release),
		.command_line = prepared->decision.command_line,
		.running_command_line = prepared->machine.command_line,
	};

	if (!is_checked(choice))
		return NULL;
	TRY(add_entry_warning(&prepared->entry, &prepared->findings));
	TRY(start_facts_read(&question, &prepared->start));
	TRY(add_choice(choice, prepared, &prepared->start));
	TRY(start_check_system(&prepared->start, &prepared->findings));
	return refuse(choice, prepared);
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
	const struct choice *choice, struct prepared *prepared, struct initrd_contents *ret)
{
	_cleanup_initrd_ struct initrd copy = {0};
	const char *init = prepared->start.first_program ?: "/init";

	TRY(initrd_contents_read(blob_bytes(&prepared->initrd.bytes), init, ret));
	if (ret->complete || !choice->verify_start)
		return NULL;
	initrd_contents_deinit(ret);
	TRY(unpack_copy(&prepared->initrd, &copy));
	take_verdict(&copy, &prepared->initrd);
	/* It will be refused for that, and what was given back on the way is not there to be read.
	 */
	if (prepared->initrd.damage)
		return NULL;
	return initrd_contents_read(blob_bytes(&copy.bytes), init, ret);
}

struct error *check_start_initrd(const struct choice *choice, struct prepared *prepared)
{
	_cleanup_initrd_contents_ struct initrd_contents contents = {0};
	bool any = prepared->initrd.count > 0;

	if (!is_checked(choice))
		return NULL;
	if (any)
		TRY(read_contents(choice, prepared, &contents));
	TRY(start_check_initrd(&prepared->start, any ? &contents : NULL, &prepared->findings));
	return refuse(choice, prepared);
}

/** NULL where it is not known. */
static char *running_command_line(const struct cli *cli)
{
	_cleanup_source_ struct source *source = NULL;
	struct bytes contents = {0};
	bool found = false;

	error_free(source_open_live(cli->system->reboot.root, &source));
	if (!source)
		return NULL;
	error_free(source_file(source, "proc/cmdline", &found, &contents));
	return found ? strndup((const char *)contents.data,
			       contents.size -
				       (contents.size && contents.data[contents.size - 1] == '\n'))
		     : NULL;
}

/** Each but the first refusal, if that becomes an error, with what else there is. */
static void tell_findings(const struct cli *cli, const struct start_findings *findings)
{
	for (unsigned int i = 0; i < findings->count; i++)
		if (!findings->list[i].note)
			cli_warn_text(cli, findings->list[i].text);
}

static struct error *judge_loaded(const struct cli *cli, const struct choice *choice,
	const struct loaded *loaded, const struct start_findings *findings)
{
	struct error *error = NULL;

	if (!choice->warn_of_start)
		error = start_refusal(
			findings, "baton load loads anew, and --no-verify-start goes ahead");
	if (!error)
		tell_findings(cli, findings);
	return error_prefix(error, "%s, which is loaded", loaded->kernel);
}

struct error *check_start_loaded(const struct cli *cli, const struct choice *choice)
{
	_cleanup_loaded_ struct loaded loaded;
	_cleanup_start_facts_ struct start_facts facts = {0};
	_cleanup_start_findings_ struct start_findings findings = {0};
	char *running;
	struct error *error;

	loaded_read(cli->system->reboot.root, &loaded);
	if (!loaded.kernel)
		return NULL;
	running = running_command_line(cli);
	error = start_facts_read(
		&(struct start_question){
			.root = cli->system->reboot.root,
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
	return judge_loaded(cli, choice, &loaded, &findings);
}
