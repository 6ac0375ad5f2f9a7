/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/running_line.h"

#include "base/error.h"
#include "machine/machine.h"
#include "machine/start.h"

#include <stdlib.h>

/* Which of the running line's words are whose: so many of the kernel's at the start, and so on. */
struct shares {
	unsigned int bootconfig, built_in;     /* at the start, in this order */
	unsigned int bootconfig_init;	       /* at the start of init's */
	unsigned int once, once_init;	       /* at the end of either */
	unsigned int kernel_count, init_count; /* in all, "--" apart */
};

static bool same_text(const char *a, size_t a_length, const char *b, size_t b_length)
{
	return a_length == b_length && (!a_length || memcmp(a, b, a_length) == 0);
}

/* The kernel writes an empty value of a boot configuration's as one or as none. */
static bool same_word(const struct parameter *a, const struct parameter *b)
{
	return same_text(a->name, a->name_length, b->name, b->name_length) &&
	       same_text(a->value, a->value_length, b->value, b->value_length);
}

/* Move @reader past the words of @text if they come next; how many they were, else 0. */
static unsigned int skip_words(struct command_line_reader *reader, const char *text)
{
	struct command_line_reader wanted = {.at = text ? text : ""}, at = *reader;
	struct parameter word, found;
	unsigned int count = 0;

	for (; command_line_next(&wanted, &word); count++)
		if (!command_line_next(&at, &found) || parameter_is_separator(&found) ||
			!same_word(&word, &found))
			return 0;
	*reader = at;
	return count;
}

/* init/main.c, setup_command_line(): the boot configuration's words come before all others. */
static struct shares find_added(const struct machine *machine)
{
	struct command_line_reader reader = {.at = machine->command_line};
	struct parameter word;
	struct shares shares = {0};

	shares.bootconfig = skip_words(&reader, machine->added.bootconfig);
	if (!machine->added.overrides)
		shares.built_in = skip_words(&reader, machine->added.built_in);
	shares.kernel_count = shares.bootconfig + shares.built_in;
	while (command_line_next(&reader, &word)) {
		if (parameter_is_separator(&word)) {
			shares.bootconfig_init =
				skip_words(&reader, machine->added.bootconfig_init);
			shares.init_count = shares.bootconfig_init;
			continue;
		}
		shares.kernel_count += !word.for_init;
		shares.init_count += word.for_init;
	}
	return shares;
}

/* A number up to @limit, at the start of @text; moves past it. */
static bool take_number(const char **text, const char *end, unsigned int limit, unsigned int *ret)
{
	*ret = 0;
	if (*text == end || **text < '0' || **text > '9')
		return false;
	for (; *text < end && **text >= '0' && **text <= '9' && *ret <= limit; (*text)++)
		*ret = *ret * 10 + (unsigned int)(**text - '0');
	return *ret <= limit;
}

/* The mark's value K,I; left alone if it does not fit what follows it. */
static void take_mark(const struct parameter *mark, unsigned int following, struct shares *shares)
{
	const char *text = mark->value, *end = mark->value + mark->value_length;
	unsigned int once, once_init;

	if (!text || !take_number(&text, end, following, &once) || text == end || *text++ != ',' ||
		!take_number(
			&text, end, shares->init_count - shares->bootconfig_init, &once_init) ||
		text != end || once != following)
		return;
	shares->once = once;
	shares->once_init = once_init;
}

/* The last mark of the kernel's part counts; the words that it speaks of follow it. */
static void find_marked(const char *command_line, struct shares *shares)
{
	struct command_line_reader reader = {.at = command_line};
	struct parameter word;
	unsigned int index = 0;

	for (; command_line_next(&reader, &word) && !word.for_init; index++)
		if (parameter_is(&word, ONCE_MARK))
			take_mark(&word, shares->kernel_count - index - 1, shares);
}

static struct line *line_for(struct running_line *ret, const struct shares *shares,
	const struct parameter *word, unsigned int kernel, unsigned int init)
{
	if (word->for_init) {
		if (init < shares->bootconfig_init)
			return &ret->bootconfig;
		return init >= shares->init_count - shares->once_init ? &ret->once : &ret->usual;
	}
	if (kernel < shares->bootconfig)
		return &ret->bootconfig;
	if (kernel < shares->bootconfig + shares->built_in)
		return &ret->built_in;
	return kernel >= shares->kernel_count - shares->once ? &ret->once : &ret->usual;
}

static struct error *share_out(
	const char *command_line, const struct shares *shares, struct running_line *ret)
{
	struct command_line_reader reader = {.at = command_line};
	unsigned int kernel = 0, init = 0;
	struct parameter word;

	while (command_line_next(&reader, &word)) {
		if (parameter_is_separator(&word))
			continue;
		if (!parameter_is(&word, ONCE_MARK))
			TRY(line_add_word(line_for(ret, shares, &word, kernel, init), &word));
		kernel += !word.for_init;
		init += word.for_init;
	}
	return NULL;
}

/* Does @running have all words of @given, in their order? More may be before, after and between. */
static bool has_words_of(const char *running, const char *given)
{
	struct command_line_reader wanted = {.at = given}, reader = {.at = running};
	struct parameter word, found;

	while (command_line_next(&wanted, &word))
		do {
			if (!command_line_next(&reader, &found))
				return false;
		} while (found.for_init != word.for_init || !same_word(&word, &found));
	return true;
}

/* Take what the record says in place of what was found, if the running line does not deny it. */
static struct error *ask_handoff_record(const struct machine *machine, struct running_line *line)
{
	struct handoff_command_line handed = machine_handed_command_line(machine);
	_cleanup_line_ struct line usual = {0}, once = {0}, given = {0};
	char *text;
	bool believed;

	if (!handed.known)
		return NULL;
	TRY(line_add_bytes(&usual, handed.usual));
	TRY(line_add_bytes(&once, handed.once));
	TRY(line_add_line(&given, &usual));
	TRY(line_add_line(&given, &once));
	TRY(line_text(&given, &text));
	believed = has_words_of(machine->command_line, text);
	free(text);
	if (!believed)
		return NULL;
	line_deinit(&line->usual);
	line_deinit(&line->once);
	line->usual = usual;
	line->once = once;
	line->overridden = false;
	usual = once = (struct line){0};
	return NULL;
}

struct error *running_line_read(const struct machine *machine, struct running_line *ret)
{
	_cleanup_running_line_ struct running_line line = {0};
	struct shares shares = find_added(machine);

	*ret = (struct running_line){0};
	line.overridden = machine->added.overrides;
	find_marked(machine->command_line, &shares);
	TRY(share_out(machine->command_line, &shares, &line));
	TRY(ask_handoff_record(machine, &line));
	*ret = line;
	line = (struct running_line){0};
	return NULL;
}

void running_line_deinit(struct running_line *line)
{
	line_deinit(&line->usual);
	line_deinit(&line->once);
	line_deinit(&line->built_in);
	line_deinit(&line->bootconfig);
	*line = (struct running_line){0};
}
