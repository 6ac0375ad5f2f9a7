/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands about the script itself. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "grub/commands.h"

/* The number that a command may be given; false: there is one, and it is none. */
static bool optional_number(
	const struct grub_call *call, unsigned long otherwise, unsigned long *ret)
{
	const char *end = "";

	*ret = otherwise;
	return call->count == 0 ||
	       (call->count == 1 && grub_number(call->words[0], ret, &end) && !*end);
}

/* break and continue */
struct error *grub_command_break(const struct grub_call *call, enum grub_status *ret)
{
	struct grub *grub = call->grub;
	unsigned long count;

	*ret = optional_number(call, 1, &count) && count ? GRUB_OK : GRUB_BAD_ARGUMENT;
	if (*ret != GRUB_OK)
		return NULL;
	grub->is_continue = call->name[0] == 'c';
	grub->breaks = count < grub->loops ? (unsigned int)count : grub->loops;
	return NULL;
}

struct error *grub_command_return(const struct grub_call *call, enum grub_status *ret)
{
	const char *last = grub_variable_get(&call->grub->context->variables, "?");
	unsigned long number = last ? strtoul(last, NULL, 10) : 0;

	*ret = GRUB_BAD_ARGUMENT;
	if (!call->grub->scope || !optional_number(call, number, &number))
		return NULL;
	call->grub->returning = true;
	*ret = (enum grub_status)number;
	return NULL;
}

struct error *grub_command_shift(const struct grub_call *call, enum grub_status *ret)
{
	struct grub_scope *scope = call->grub->scope;
	unsigned long count;

	*ret = GRUB_OK;
	if (!scope)
		return NULL;
	if (!optional_number(call, 1, &count) || count > scope->count) {
		*ret = GRUB_BAD_ARGUMENT;
		return NULL;
	}
	scope->params += count;
	scope->count -= count;
	return NULL;
}

/* They outlive the command, and so are copied. */
struct error *grub_command_setparams(const struct grub_call *call, enum grub_status *ret)
{
	struct arena *arena = &call->grub->arena;
	const char **params;

	*ret = call->grub->scope ? GRUB_OK : GRUB_INVALID_COMMAND;
	if (!call->grub->scope)
		return NULL;
	TAKE(arena, params, arena_take(arena, (call->count + 1) * sizeof(*params)));
	for (size_t i = 0; i < call->count; i++)
		TAKE(arena, params[i], arena_text(arena, call->words[i], strlen(call->words[i])));
	call->grub->scope->params = params;
	call->grub->scope->count = call->count;
	return NULL;
}

/* All words with a blank between them. */
static struct error *join(struct grub *grub, const char *const *words, size_t count, char **ret)
{
	size_t length = 1;
	char *to;

	for (size_t i = 0; i < count; i++)
		length += strlen(words[i]) + 1;
	TAKE(&grub->scratch, *ret, arena_take(&grub->scratch, length));
	to = *ret;
	for (size_t i = 0; i < count; i++) {
		if (i)
			*to++ = ' ';
		to = stpcpy(to, words[i]);
	}
	return NULL;
}

struct error *grub_command_eval(const struct grub_call *call, enum grub_status *ret)
{
	struct grub_lines lines = {.name = call->grub->file ? call->grub->file : "",
		.first = call->grub->line ? call->grub->line - 1 : 0};
	char *text;

	*ret = GRUB_OK;
	if (!call->count)
		return NULL;
	TRY(join(call->grub, call->words, call->count, &text));
	lines.text = bytes_of(text, strlen(text));
	return grub_execute_text(call->grub, &lines, ret);
}

/* In place: \n and its like, of echo -e; false: \c, after which nothing comes. */
static bool unescape(char *text)
{
	static const char letters[] = "abfnrtv\\", values[] = "\a\b\f\n\r\t\v\\";
	char *to = text;

	for (const char *from = text; *from; from++) {
		const char *known = from[0] == '\\' && from[1] ? strchr(letters, from[1]) : NULL;

		if (from[0] == '\\' && from[1] == 'c') {
			*to = '\0';
			return false;
		}
		if (known)
			from++;
		*to++ = known ? values[known - letters] : *from;
	}
	*to = '\0';
	return true;
}

struct error *grub_command_echo(const struct grub_call *call, enum grub_status *ret)
{
	struct grub_option options[] = {{.letter = 'n'}, {.letter = 'e'}, {0}};
	const struct grub_world *world = call->grub->setup.world;
	struct grub_words words;
	bool newline;
	char *text;

	TRY(grub_options_read(call, options, GRUB_KEEPS_OTHERS | GRUB_OPTIONS_FIRST, &words, ret));
	if (!world->print || *ret != GRUB_OK)
		return NULL;
	newline = !options[0].accepted;
	TRY(join(call->grub, words.list, words.count, &text));
	if (options[1].accepted && !unescape(text))
		newline = false;
	world->print(world->data, text);
	if (newline)
		world->print(world->data, "\n");
	return NULL;
}
