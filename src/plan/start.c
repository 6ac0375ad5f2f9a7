/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/start.h"

#include "base/error.h"
#include "decision/notes.h"
#include "image/initrd_contents.h"

#include <stdio.h>
#include <stdlib.h>

void start_findings_deinit(struct start_findings *findings)
{
	for (unsigned int i = 0; i < findings->count; i++)
		free(findings->list[i].text);
	*findings = (struct start_findings){0};
}

void start_facts_deinit(struct start_facts *facts)
{
	for (unsigned int i = 0; i < facts->need_count; i++) {
		free(facts->needs[i].what);
		free(facts->needs[i].modules);
	}
	for (unsigned int i = 0; i < facts->console_count; i++)
		free(facts->consoles[i]);
	free(facts->release);
	free(facts->why_no_initrd);
	free(facts->unmounted_boot);
	free(facts->root_word);
	free(facts->running_root);
	free(facts->unread_list);
	free(facts->first_program);
	free(facts->missing_init);
	free(facts->other_type);
	free(facts->blocked);
	free(facts->blocked_by_name);
	*facts = (struct start_facts){0};
}

static struct error *find(struct start_findings *findings, bool refusal, const char *format, ...)
	BATON_PRINTF(3, 4);
static struct error *find(struct start_findings *findings, bool refusal, const char *format, ...)
{
	struct start_finding *finding = &findings->list[findings->count];
	va_list arguments;
	int length;

	/* More than what precedes the drivers, whose findings are all of one kind. */
	if (findings->count == START_FINDINGS_MAX)
		return NULL;
	va_start(arguments, format);
	length = vasprintf(&finding->text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		finding->text = NULL;
		return error_no_memory();
	}
	finding->refusal = refusal;
	findings->count++;
	return NULL;
}

static struct error *check_files(const struct start_facts *facts, struct start_findings *ret)
{
	if (facts->unmounted_boot && facts->kernel_in_boot)
		TRY(find(ret, !facts->own_kernel,
			"/boot is not mounted (/etc/fstab names %s), so this kernel is not the one "
			"that package upgrades keep up to date",
			facts->unmounted_boot));
	if (facts->release && facts->modules_used && facts->modules_there == TRISTATE_NO)
		TRY(find(ret, !facts->own_kernel && !facts->modules_elsewhere && !facts->other_root,
			"there are no modules for Linux %s (/lib/modules/%s), so it may have been "
			"removed or not be installed whole",
			facts->release, facts->release));
	return NULL;
}

static struct error *check_root(const struct start_facts *facts, struct start_findings *ret)
{
	if (facts->root == START_ROOT_UNNAMED && facts->running_root)
		return find(ret, false,
			"the command line names no root file system; the running one has root=%s",
			facts->running_root);
	if (facts->root == START_ROOT_MISSING)
		return find(ret, true, "root=%s: there is no such device or file system",
			facts->root_word);
	if (facts->root == START_ROOT_IN_DOUBT)
		return find(ret, false,
			"root=%s: it is not there now, and would have to appear by then",
			facts->root_word);
	return NULL;
}

/* Are all of the modules, each of which would do, among those of @list? */
static bool are_blocked(const struct start_need *need, const char *list)
{
	char *names = strdup(need->modules), *rest = names, *name, line[80];
	bool all = names && list;

	while (all && (name = strsep(&rest, "\n"))) {
		for (char *at = name; *at; at++)
			*at = *at == '-' ? '_' : *at;
		snprintf(line, sizeof(line), "\n%s\n", name);
		all = !*name || strstr(list, line);
	}
	free(names);
	return all;
}

/* Whatever the initrd holds. */
static struct error *check_blocked(const struct start_facts *facts, struct start_findings *ret)
{
	for (unsigned int i = 0; i < facts->need_count; i++) {
		const struct start_need *need = &facts->needs[i];
		int length = (int)strcspn(need->modules + 1, "\n");

		if (are_blocked(need, facts->blocked))
			TRY(find(ret, !facts->own_kernel,
				"the root file system needs %s, which is a module (%.*s), and "
				"module_blacklist= keeps the kernel from loading it",
				need->what, length, need->modules + 1));
		else if (are_blocked(need, facts->blocked_by_name))
			TRY(find(ret, false,
				"the root file system needs %s, which is a module (%.*s), and "
				"modprobe.blacklist= keeps it from being loaded by itself",
				need->what, length, need->modules + 1));
	}
	return NULL;
}

struct error *start_check_system(const struct start_facts *facts, struct start_findings *ret)
{
	TRY(check_files(facts, ret));
	TRY(check_root(facts, ret));
	if (facts->unread_list)
		TRY(find(ret, false,
			"what the root file system needs of modules is not known, and not checked: %s",
			facts->unread_list));
	if (facts->missing_init)
		TRY(find(ret, false, "init=%s: there is no such program in the root file system",
			facts->missing_init));
	if (facts->other_type)
		TRY(find(ret, false, "rootfstype=%s: the root file system is of another type",
			facts->other_type));
	TRY(check_blocked(facts, ret));
	for (unsigned int i = 0; i < facts->console_count; i++)
		TRY(find(ret, false, "console=%s: this system has no such console",
			facts->consoles[i]));
	return NULL;
}

/* Is one of the modules in the initrd? */
static bool is_met(const struct start_need *need, const struct initrd_contents *contents)
{
	char *names = strdup(need->modules), *rest = names, *name;
	bool met = !names;

	while (names && !met && (name = strsep(&rest, "\n")))
		met = *name && initrd_contents_have_module(contents, name);
	free(names);
	return met;
}

static struct error *check_needs(const struct start_facts *facts,
	const struct initrd_contents *contents, struct start_findings *ret)
{
	for (unsigned int i = 0; i < facts->need_count; i++) {
		const struct start_need *need = &facts->needs[i];
		int length = (int)strcspn(need->modules + 1, "\n");

		if (contents && is_met(need, contents))
			continue;
		TRY(find(ret, !facts->own_kernel && !(contents && facts->named_initrd),
			"the root file system needs %s, which is a module in Linux %s (%.*s), and %s",
			need->what, facts->release, length, need->modules + 1,
			contents ? "the initrd has it not" : "no initrd brings it"));
	}
	return NULL;
}

/* There is none, and the system would not want one by itself. */
static struct error *check_none(const struct start_facts *facts, struct start_findings *ret)
{
	const char *why = facts->why_no_initrd;

	if (facts->had_initrd == TRISTATE_NO || facts->found_kernel)
		return NULL;
	if (facts->initrd_only_root)
		return find(ret, !facts->own_kernel,
			"there is no initrd, and root=%s is nothing that the kernel finds by itself",
			facts->root_word);
	if (facts->wanted_no_initrd)
		return NULL;
	return find(ret, false,
		"there is no initrd: none was named, and %s; --initrd= names one, --no-initrd says "
		"that there shall be none",
		why ? why : "none lies beside the kernel");
}

static struct error *check_version(const struct start_facts *facts,
	const struct initrd_contents *contents, struct start_findings *ret)
{
	if (!facts->release || !contents->release_count ||
		initrd_contents_are_for(contents, facts->release))
		return NULL;
	return find(ret, !facts->own_kernel && !facts->named_initrd,
		"the initrd is for Linux %s and the kernel is Linux %s: they do not belong together",
		contents->releases[0], facts->release);
}

static struct error *note_packed(const struct start_facts *facts, struct start_findings *ret)
{
	unsigned int at = ret->count;

	TRY(find(ret, false,
		"whether the initrd is for this kernel and holds its first program%s: it stays "
		"packed%s",
		facts->need_count ? " and the root's drivers" : "",
		facts->looked_closer ? ", and could not be unpacked for a look either"
				     : "; --verify looks into it"));
	if (ret->count > at)
		ret->list[at].note = true;
	return NULL;
}

/*
 * Without it the kernel mounts the root by itself (kernel_init_freeable(), init/main.c), and what
 * else the initrd holds is of no use.
 */
static struct error *check_without_program(
	const struct start_facts *facts, struct start_findings *ret)
{
	const char *program = facts->first_program ? facts->first_program : "/init";

	if (facts->root == START_ROOT_UNNAMED)
		return find(ret, !facts->own_kernel && !facts->named_initrd,
			"the initrd has no first program (%s), and no root file system is named "
			"(root=): the kernel would have nothing to start",
			program);
	if (facts->initrd_only_root)
		return find(ret, !facts->own_kernel,
			"the initrd has no first program (%s), and root=%s is nothing that the kernel "
			"finds by itself",
			program, facts->root_word);
	if (facts->first_program)
		TRY(find(ret, false,
			"rdinit=%s: the initrd has no such program, and the kernel will look for its "
			"root file system by itself",
			program));
	return check_needs(facts, NULL, ret);
}

struct error *start_check_initrd(const struct start_facts *facts,
	const struct initrd_contents *contents, struct start_findings *ret)
{
	if (!contents) {
		TRY(check_none(facts, ret));
		return check_needs(facts, NULL, ret);
	}
	if (!contents->complete)
		return note_packed(facts, ret);
	TRY(check_version(facts, contents, ret));
	if (!contents->has_init && !contents->has_image)
		return check_without_program(facts, ret);
	/* One without a module is not what finds the root. */
	if ((contents->has_init && !contents->modules.size) || contents->has_image)
		return NULL;
	return check_needs(facts, contents, ret);
}

struct error *start_refusal(const struct start_findings *findings, const char *way_out)
{
	struct error *error = NULL;
	unsigned int first = 0;

	while (first < findings->count && !findings->list[first].refusal)
		first++;
	if (first == findings->count)
		return NULL;
	error = error_new(ERROR_OTHER, "%s", findings->list[first].text);
	for (unsigned int i = 0; i < findings->count; i++)
		if (i != first && !findings->list[i].note)
			error = error_hint(error, "also: %s", findings->list[i].text);
	return error_hint(error, "%s", way_out);
}

void start_note(const struct start_findings *findings, struct notes *notes)
{
	for (unsigned int i = 0; i < findings->count; i++)
		note_add(notes, findings->list[i].note ? NOTE_NOT_CHECKED : NOTE_WARNING, "%s",
			findings->list[i].text);
}
