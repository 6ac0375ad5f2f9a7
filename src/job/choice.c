/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "job/choice.h"

#include "base/command_line.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void choice_deinit(struct choice *choice)
{
	free(choice->append);
	free(choice->method_reason);
	*choice = (struct choice){0};
}

void choice_needs_kexec_load(struct choice *choice, const char *option)
{
	choice->says_how = true;
	if (!choice->needs_kexec_load)
		choice->needs_kexec_load = option;
}

void choice_says_how(struct choice *choice)
{
	choice->says_how = true;
}

struct error *choice_add_initrd(struct choice *choice, const char *option, const char *path)
{
	if (!*path)
		return error_new(ERROR_USAGE,
			"%s: its value is empty; name a file, or leave the option out", option);
	if (choice->job.initrd_count == INITRD_MAX)
		return error_new(ERROR_USAGE, "%s: more than %d initrds", option, INITRD_MAX);
	if (choice->initrd_owner && strcmp(choice->initrd_owner, option) != 0)
		return error_new(ERROR_USAGE,
			"%s and %s both say which initrd to use; leave one out",
			choice->initrd_owner, option);
	choice->initrd_owner = option;
	choice->job.initrds[choice->job.initrd_count++] = path;
	return NULL;
}

/* Where init's words begin in @text: behind its first "--"; its end if it has none. */
static const char *init_words(const char *text, size_t *ret_kernel_length)
{
	struct command_line_reader reader = {.at = text};
	struct parameter word;

	while (command_line_next(&reader, &word)) {
		if (!parameter_is_separator(&word))
			continue;
		*ret_kernel_length = (size_t)(word.start - text);
		return word.start + word.length;
	}
	*ret_kernel_length = strlen(text);
	return text + strlen(text);
}

static size_t without_blanks(const char *text, size_t length)
{
	while (length && text[length - 1] == ' ')
		length--;
	return length;
}

/* Each text's words for the kernel go before all words for init. */
struct error *choice_append(struct choice *choice, const char *text)
{
	const char *before = choice->append ? choice->append : "";
	size_t old, added;
	const char *old_init = init_words(before, &old), *added_init = init_words(text, &added);
	const char *dashes = *old_init || *added_init ? "--" : "";
	char *joined = NULL;

	if (!*text)
		return NULL;
	old = without_blanks(before, old);
	added = *dashes ? without_blanks(text, added) : added;
	if (asprintf(&joined, "%.*s%s%.*s%s%s%s%s", (int)old, before, old && added ? " " : "",
		    (int)added, text, *dashes && (old || added) ? " " : "", dashes, old_init,
		    added_init) < 0)
		return error_no_memory();
	free(choice->append);
	choice->append = joined;
	choice->job.request.append = joined;
	return NULL;
}

/* Names that users know, and the name that image_identify() accepts. */
static const struct {
	const char *known_as;
	const char *format; /* NULL: not supported yet */
} formats[] = {
	{"bzImage", "bzImage"},
	{"bzImage64", "bzImage"},
	{"ELF", "ELF"},
	{"elf-x86_64", "ELF"},
	{"elf-x86", "ELF"},
	{"vmlinux", "ELF"},
	{"multiboot-x86", NULL},
	{"multiboot2-x86", NULL},
	{"beoboot-x86", NULL},
	{"nbi-x86", NULL},
	{"uki-x86", NULL},
	{"uki", NULL},
};

struct error *choice_set_format(struct choice *choice, const char *option, const char *name)
{
	bool known = false;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcasecmp(name, formats[i].known_as) != 0)
			continue;
		known = true;
		if (!formats[i].format)
			break;
		choice->job.format = formats[i].format;
		return NULL;
	}
	return error_new(ERROR_USAGE,
		"%s: the format %s is %s; those that baton starts: bzImage (also bzImage64), ELF (also "
		"elf-x86_64, elf-x86)",
		option, name, known ? "not supported" : "unknown");
}

/* Which system call, as far as the options decide it. */
static struct error *choose_method(struct choice *choice)
{
	enum method *method = &choice->job.request.method;
	bool by_file = *method == METHOD_FILE_LOAD;
	const char *kexec_load = choice->needs_kexec_load;
	const char *file_load = choice->needs_file_load;
	const char *via = choice->via_option;
	bool crash = choice->job.request.target == TARGET_CRASH;

	if (crash && (kexec_load || (*method != METHOD_AUTO && !by_file)))
		return error_new(ERROR_UNSUPPORTED,
			"%s: not for a crash kernel: baton loads those by kexec_file_load only, until it "
			"has its own kdump support; leave %s out",
			kexec_load ? kexec_load : via, kexec_load ? kexec_load : via);
	if (kexec_load && file_load)
		return error_new(ERROR_USAGE,
			"%s needs kexec_load and %s needs kexec_file_load; leave one of them out",
			kexec_load, file_load);
	if (kexec_load && by_file)
		return error_new(ERROR_USAGE,
			"%s cannot be honoured with %s: kexec_file_load has no way to pass it; leave one "
			"of them out",
			kexec_load, via);
	if (file_load && *method != METHOD_AUTO && !by_file)
		return error_new(ERROR_USAGE,
			"%s cannot be honoured with %s: it is a flag of kexec_file_load; leave one of "
			"them out",
			file_load, via);
	/* In auto mode the plan chooses, by the rest of the request; it does not see this one. */
	if (*method != METHOD_AUTO || crash || !file_load)
		return NULL;
	*method = METHOD_FILE_LOAD;
	if (asprintf(&choice->method_reason, "%s, because nothing else can honour %s",
		    method_name(*method), file_load) < 0) {
		choice->method_reason = NULL;
		return error_no_memory();
	}
	return NULL;
}

struct error *choice_settle(struct choice *choice)
{
	TRY(choose_method(choice));
	choice->job.method_reason = choice->method_reason;
	choice->job.flag_option = choice->needs_file_load;
	return NULL;
}
