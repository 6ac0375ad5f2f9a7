/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands that set variables out of nothing but their own words. */
#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "grub/commands.h"

static struct grub_variables *variables_of(const struct grub_call *call)
{
	return &call->grub->context->variables;
}

static struct error *set(const struct grub_call *call, const char *name, const char *value)
{
	return grub_variable_set(variables_of(call), &call->grub->arena, name, value);
}

/* Words behind the first are nothing; without any it lists them, which nobody sees here. */
struct error *grub_command_set(const struct grub_call *call, enum grub_status *ret)
{
	const char *equals = call->count ? strchr(call->words[0], '=') : NULL;
	const char *name;

	*ret = !call->count || equals ? GRUB_OK : GRUB_BAD_ARGUMENT;
	if (!equals)
		return NULL;
	TAKE(&call->grub->scratch, name,
		arena_text(
			&call->grub->scratch, call->words[0], (size_t)(equals - call->words[0])));
	return set(call, name, equals + 1);
}

struct error *grub_command_unset(const struct grub_call *call, enum grub_status *ret)
{
	*ret = call->count ? GRUB_OK : GRUB_BAD_ARGUMENT;
	if (call->count)
		grub_variable_unset(variables_of(call), call->words[0]);
	return NULL;
}

struct error *grub_command_export(const struct grub_call *call, enum grub_status *ret)
{
	*ret = call->count ? GRUB_OK : GRUB_BAD_ARGUMENT;
	for (size_t i = 0; i < call->count; i++)
		TRY(grub_variable_export(variables_of(call), &call->grub->arena, call->words[i]));
	return NULL;
}

/* Nobody is there to type. */
struct error *grub_command_read(const struct grub_call *call, enum grub_status *ret)
{
	*ret = GRUB_OK;
	return call->count ? set(call, call->words[0], "") : NULL;
}

/* increment and decrement: Red Hat's, for counting boots down. */
struct error *grub_command_increment(const struct grub_call *call, enum grub_status *ret)
{
	const char *old =
		call->count ? grub_variable_get(variables_of(call), call->words[0]) : NULL;
	char text[32];

	*ret = call->count != 1 ? GRUB_BAD_ARGUMENT : old ? GRUB_OK : GRUB_FILE_NOT_FOUND;
	if (*ret != GRUB_OK)
		return NULL;
	snprintf(text, sizeof(text), "%lld",
		(long long)((unsigned long long)strtoll(old, NULL, 0) +
			    (call->name[0] == 'i' ? 1 : -1ULL)));
	return set(call, call->words[0], text);
}

/* The larger number of "{n}", "{n,}", "{n,m}". */
static unsigned long repetitions(const char *brace)
{
	char *end;
	unsigned long least = strtoul(brace + 1, &end, 10);
	unsigned long most = *end == ',' ? strtoul(end + 1, NULL, 10) : 0;

	return most > least ? most : least;
}

/*
 * The C library's expressions can take for ever or all memory. Nobody needs such in a boot loader:
 * long ones, back references, and repeated repetition.
 */
static bool is_costly(const char *pattern, const char *text)
{
	unsigned long repeated = 1;
	unsigned int stars = 0;

	if (strlen(pattern) > 256 || strlen(text) > 4096)
		return true;
	for (const char *at = pattern; *at; at++) {
		if (*at == '\\' && isdigit((unsigned char)at[1]))
			return true;
		stars += *at == '*' || *at == '+';
		if (*at == '{' && __builtin_mul_overflow(repeated, 1 + repetitions(at), &repeated))
			return true;
		if (repeated > 4096 || stars > 32)
			return true;
	}
	return false;
}

/* [NUMBER:]NAME, of what --set says. */
static struct error *set_match(const struct grub_call *call, const char *where, const char *text,
	const regmatch_t *matches, size_t count, enum grub_status *ret)
{
	const char *colon = strchr(where, ':'), *name = colon ? colon + 1 : where, *end = colon;
	unsigned long index = 1;
	const char *value;

	if (colon)
		grub_number(where, &index, &end);
	*ret = end == colon ? GRUB_OK : GRUB_BAD_ARGUMENT;
	if (*ret != GRUB_OK)
		return NULL;
	if (index >= count || matches[index].rm_so < 0) {
		grub_variable_unset(variables_of(call), name);
		return NULL;
	}
	TAKE(&call->grub->scratch, value,
		arena_text(&call->grub->scratch, text + matches[index].rm_so,
			(size_t)(matches[index].rm_eo - matches[index].rm_so)));
	return set(call, name, value);
}

static struct error *match(const struct grub_call *call, const struct grub_words *words,
	const struct grub_option *into, enum grub_status *ret)
{
	enum { MATCHES = 16 };
	struct error *error = NULL;
	regmatch_t matches[MATCHES];
	regex_t expression;

	*ret = GRUB_FALSE;
	if (regcomp(&expression, words->list[0], REG_EXTENDED) != 0)
		return NULL;
	if (regexec(&expression, words->list[1], MATCHES, matches, 0) == 0) {
		*ret = GRUB_OK;
		for (size_t i = 0; i < into->text_count && !error && *ret == GRUB_OK; i++)
			error = set_match(
				call, into->texts[i], words->list[1], matches, MATCHES, ret);
	}
	regfree(&expression);
	return error;
}

struct error *grub_command_regexp(const struct grub_call *call, enum grub_status *ret)
{
	struct grub_option options[] = {{.name = "set", .letter = 's', .value = GRUB_VALUE}, {0}};
	struct grub_words words;

	TRY(grub_options_read(call, options, 0, &words, ret));
	if (*ret == GRUB_OK && words.count != 2)
		*ret = GRUB_BAD_ARGUMENT;
	if (*ret != GRUB_OK)
		return NULL;
	if (!is_costly(words.list[0], words.list[1]))
		return match(call, &words, &options[0], ret);
	grub_note_mistake(call->grub, call->grub->line, "regexp: too costly to be looked at");
	*ret = GRUB_FALSE;
	return NULL;
}

static void replace(char *text, const char *from, const char *to)
{
	size_t length = strlen(to);

	for (; *text; text++) {
		const char *at = strchr(from, *text);

		if (at && (size_t)(at - from) < length)
			*text = to[at - from];
	}
}

/* tr [--set=NAME] [-U | -D | SET1 SET2] TEXT. Unlike tr(1) it knows no ranges. */
struct error *grub_command_tr(const struct grub_call *call, enum grub_status *ret)
{
	struct grub_option options[] = {{.name = "set", .letter = 's', .value = GRUB_VALUE},
		{.name = "upcase", .letter = 'U'}, {.name = "downcase", .letter = 'D'}, {0}};
	struct grub_words words;
	bool by_case;
	char *text;

	TRY(grub_options_read(call, options, 0, &words, ret));
	by_case = options[1].accepted || options[2].accepted;
	if (*ret == GRUB_OK && words.count != (by_case ? 1 : 3))
		*ret = GRUB_BAD_ARGUMENT;
	if (*ret != GRUB_OK)
		return NULL;
	TAKE(&call->grub->scratch, text,
		arena_text(&call->grub->scratch, words.list[words.count - 1],
			strlen(words.list[words.count - 1])));
	if (!by_case)
		replace(text, words.list[0], words.list[1]);
	for (char *at = text; by_case && *at; at++)
		*at = (char)(options[1].accepted ? toupper((unsigned char)*at)
						 : tolower((unsigned char)*at));
	return options[0].accepted ? set(call, options[0].text, text) : NULL;
}
