/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/command_line.h"

#include "base/error.h"
#include "image/image.h"
#include "machine/machine.h"
#include "plan/one_boot.h"
#include "plan/running_line.h"

#include <stdio.h>
#include <stdlib.h>

/* Parameters that speak of the boot that is over, by whole name. */
static const struct {
	const char *name;
	bool crash_only; /* dropped only when the new kernel is a crash kernel */
} old_boot[] = {
	{"BOOT_IMAGE", false}, /* GRUB: the path of the kernel that it loaded */
	{"initrd", false},     /* EFI stub: a file on the ESP, read by firmware only */
	{"elfcorehdr", false}, /* a crash kernel's own; an address in the old memory */
	{"kho_fdt", false},    /* kexec handover: addresses in the old memory */
	{"kho_scratch", false},
	{"crashkernel", true}, /* a crash kernel must not reserve another one's memory */
};

/* The new line in the making. */
struct making {
	struct line usual, once;
	struct line origins[ORIGIN_COUNT];
};

static void making_deinit(struct making *making)
{
	line_deinit(&making->usual);
	line_deinit(&making->once);
	for (unsigned int i = 0; i < ORIGIN_COUNT; i++)
		line_deinit(&making->origins[i]);
}
#define _cleanup_making_ __attribute__((cleanup(making_deinit)))

static bool belongs_to_old_boot(const struct parameter *word, enum target target)
{
	for (size_t i = 0; i < sizeof(old_boot) / sizeof(old_boot[0]); i++)
		if (parameter_is(word, old_boot[i].name))
			return !old_boot[i].crash_only || target == TARGET_CRASH;
	return false;
}

/* Add words of the running line to @to, which is a part of the new one, or leave them out. */
static struct error *take_over(const struct composing *composing, const struct line *from,
	enum command_line_origin origin, struct line *to, struct making *making)
{
	struct command_line_reader reader;
	struct parameter word;
	struct error *error = NULL;
	char *text;

	TRY(line_text(from, &text));
	reader = (struct command_line_reader){.at = text};
	while (!error && command_line_next(&reader, &word)) {
		bool old = belongs_to_old_boot(&word, composing->request->target);

		error = line_add_word(&making->origins[old ? ORIGIN_LEFT_OLD_BOOT : origin], &word);
		if (!error && !old)
			error = line_add_word(to, &word);
	}
	free(text);
	return error;
}

/* The version that `uname -r` will say is the first word of the image's. */
static bool is_same_kernel(const struct composing *composing)
{
	const char *release = composing->machine->release;
	size_t length = release ? strlen(release) : 0;

	return length && composing->image &&
	       strncmp(composing->image->bzimage.kernel_version, release, length) == 0 &&
	       strchr(" ", composing->image->bzimage.kernel_version[length]);
}

/* Will the new kernel read a boot configuration? It is asked to by a word, or was built to. */
static bool reads_bootconfig(const struct composing *composing)
{
	bool same = is_same_kernel(composing);

	if (!same && !command_line_has(composing->machine->command_line, "bootconfig"))
		return false;
	return composing->bootconfig || (same && composing->machine->added.bootconfig_built_in);
}

/* Words that the running kernel added itself: left out only where they surely come again. */
static struct error *take_added(const struct composing *composing, const struct line *added,
	bool comes_again, enum command_line_origin left, struct making *making)
{
	return comes_again ? line_add_line(&making->origins[left], added)
			   : take_over(composing, added, ORIGIN_KEPT, &making->usual, making);
}

static struct error *reuse(
	const struct composing *composing, struct making *making, struct composition *ret)
{
	_cleanup_running_line_ struct running_line running = {0};

	if (!composing->machine->command_line)
		return error_new(ERROR_UNSUPPORTED,
			"command line: the running kernel's is not known (/proc/cmdline was not "
			"read); give one");
	TRY(running_line_read(composing->machine, &running));
	ret->overridden = running.overridden;
	TRY(take_added(composing, &running.bootconfig, reads_bootconfig(composing),
		ORIGIN_LEFT_BOOTCONFIG, making));
	TRY(take_added(composing, &running.built_in, is_same_kernel(composing),
		ORIGIN_LEFT_BUILT_IN, making));
	TRY(take_over(composing, &running.usual, ORIGIN_RUNNING, &making->usual, making));
	if (!composing->request->reuse_whole)
		return line_add_line(&making->origins[ORIGIN_LEFT_ONCE], &running.once);
	return take_over(composing, &running.once, ORIGIN_RUNNING_ONCE, &making->once, making);
}

static struct error *add(
	const char *text, enum command_line_origin origin, struct line *to, struct making *making)
{
	TRY(line_add(to, text));
	return line_add(&making->origins[origin], text);
}

/*
 * What was given whole is the usual line from now on; what was given beside another one ends with
 * this handoff.
 */
static struct error *add_given(const struct request *request, struct making *making)
{
	bool whole = !request->reuse_command_line;
	bool append_whole = whole && !request->command_line;

	TRY(add(request->command_line, whole ? ORIGIN_GIVEN : ORIGIN_APPENDED,
		whole ? &making->usual : &making->once, making));
	return add(request->append, append_whole ? ORIGIN_GIVEN : ORIGIN_APPENDED,
		append_whole ? &making->usual : &making->once, making);
}

/* The mark for a handoff that leaves no record, or nothing. */
static struct error *make_mark(
	const struct composing *composing, struct making *making, struct composition *ret)
{
	struct line *mark = &making->origins[ORIGIN_MARK];
	char text[64];

	if (composing->leaves_handoff_record || composing->request->target == TARGET_CRASH ||
		line_is_empty(&making->once))
		return NULL;
	snprintf(text, sizeof(text), ONCE_MARK "=%u,%u", making->once.kernel_count,
		making->once.init_count);
	ret->unmarked = composing->request->unmarked ||
			(composing->max && strlen(ret->text) + 1 + strlen(text) > composing->max);
	return ret->unmarked ? NULL : line_add(mark, text);
}

static struct error *join(const struct making *making, char **ret)
{
	_cleanup_line_ struct line line = {0};

	TRY(line_add_line(&line, &making->usual));
	TRY(line_add_line(&line, &making->origins[ORIGIN_MARK]));
	TRY(line_add_line(&line, &making->once));
	free(*ret);
	return line_text(&line, ret);
}

static struct error *tell_parts(const struct making *making, struct composition *ret)
{
	for (unsigned int i = 0; i < ORIGIN_COUNT; i++)
		if (!line_is_empty(&making->origins[i]))
			TRY(line_text(&making->origins[i], &ret->parts[i]));
	TRY(line_text(&making->usual, &ret->usual));
	TRY(line_text(&making->once, &ret->once));
	for (unsigned int i = ORIGIN_RUNNING; i <= ORIGIN_RUNNING_ONCE; i++)
		if (ret->parts[i])
			TRY(one_boot_words(ret->parts[i], &ret->suspects));
	return NULL;
}

static struct error *compose(const struct composing *composing, struct composition *ret)
{
	_cleanup_making_ struct making making = {0};

	if (composing->request->reuse_command_line)
		TRY(reuse(composing, &making, ret));
	TRY(add_given(composing->request, &making));
	TRY(join(&making, &ret->text));
	TRY(make_mark(composing, &making, ret));
	TRY(join(&making, &ret->text));
	return tell_parts(&making, ret);
}

struct error *command_line_compose(const struct composing *composing, struct composition *ret)
{
	_cleanup_composition_ struct composition composition = {0};

	*ret = (struct composition){0};
	TRY(compose(composing, &composition));
	*ret = composition;
	composition = (struct composition){0};
	return NULL;
}
