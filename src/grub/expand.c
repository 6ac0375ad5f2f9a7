/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Words of a command: variables, quotes and wildcards.
 *
 * In between, a word is text in which a backslash makes the character behind it literal: quoted
 * text gets backslashes before its own `*`, `?` and backslashes, and the last step takes them away.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "grub/interpreter.h"
#include "grub/wildcard.h"

enum { WORD_MAX = 1 << 20, WORDS_MAX = 1 << 16 };

/* Words that are being put together; the last one may not have begun yet (NULL). */
struct expanding {
	struct grub *grub;
	struct arena *arena;
	char **list;
	size_t count, room;
	size_t length, capacity; /* of the last word */
	const char *block;
};

/* Begin another word, unless the last one has not begun. */
static struct error *next_word(struct expanding *expanding)
{
	size_t room = expanding->room ? expanding->room * 2 : 16;
	char **list;

	if (expanding->count && !expanding->list[expanding->count - 1])
		return NULL;
	expanding->length = expanding->capacity = 0;
	if (expanding->count == WORDS_MAX)
		return error_new(ERROR_LIMIT, "a command of more than %d words", WORDS_MAX);
	if (expanding->count + 2 > expanding->room) {
		TAKE(expanding->arena, list, arena_take(expanding->arena, room * sizeof(*list)));
		if (expanding->count)
			memcpy(list, expanding->list, expanding->count * sizeof(*list));
		expanding->list = list;
		expanding->room = room;
	}
	expanding->list[expanding->count++] = NULL;
	expanding->list[expanding->count] = NULL;
	return NULL;
}

/* Append to the last word, which begins with that, even if it is nothing that is appended. */
static struct error *append(struct expanding *expanding, const char *text, size_t length)
{
	char **word = &expanding->list[expanding->count - 1];
	size_t wanted = expanding->length + length + 1;
	char *grown;

	if (length > WORD_MAX || wanted > WORD_MAX)
		return error_new(ERROR_LIMIT, "a word of more than %d MiB", WORD_MAX >> 20);
	if (!*word || wanted > expanding->capacity) {
		size_t capacity = wanted < 32 ? 32 : wanted * 2;

		TAKE(expanding->arena, grown, arena_take(expanding->arena, capacity));
		if (expanding->length)
			memcpy(grown, *word, expanding->length);
		*word = grown;
		expanding->capacity = capacity;
	}
	memcpy(*word + expanding->length, text, length);
	expanding->length += length;
	return NULL;
}

/* Append a character so that it stays as it is. */
static struct error *append_character(struct expanding *expanding, char c)
{
	if (c == '*' || c == '?' || c == '\\')
		TRY(append(expanding, "\\", 1));
	return append(expanding, &c, 1);
}

static struct error *append_literally(struct expanding *expanding, const char *text)
{
	TRY(append(expanding, "", 0));
	for (; *text; text++)
		TRY(append_character(expanding, *text));
	return NULL;
}

/* The value of an unquoted variable: wildcards in it are alive, backslashes are not. */
static struct error *append_value(struct expanding *expanding, const char *text, size_t length)
{
	TRY(append(expanding, "", 0));
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\\') {
			TRY(append(expanding, "\\", 1));
			if (i + 1 < length && (text[i + 1] == '?' || text[i + 1] == '*'))
				TRY(append(expanding, "\\", 1));
		}
		TRY(append(expanding, text + i, 1));
	}
	return NULL;
}

static bool is_blank(char c)
{
	return c && strchr(" \t\n\v\f\r", c);
}

/* Blanks divide words; those in front and at the end of the value do nothing. */
static struct error *append_split(struct expanding *expanding, const char *text)
{
	while (is_blank(*text))
		text++;
	while (*text) {
		const char *end = text;

		while (*end && !is_blank(*end))
			end++;
		TRY(append_value(expanding, text, (size_t)(end - text)));
		while (is_blank(*end))
			end++;
		text = end;
		if (*text)
			TRY(next_word(expanding));
	}
	return NULL;
}

static struct error *append_one(struct expanding *expanding, const char *value, bool quoted)
{
	return quoted ? append_literally(expanding, value) : append_split(expanding, value);
}

static bool is_empty(const char *text)
{
	while (is_blank(*text))
		text++;
	return !*text;
}

/* $@, or $* unquoted: each is a word of its own; unquoted, one that is empty is nothing at all. */
static struct error *append_each(struct expanding *expanding, bool quoted)
{
	const struct grub_scope *scope = expanding->grub->scope;
	bool any = false;

	for (size_t i = 0; i < scope->count; i++) {
		if (!quoted && is_empty(scope->params[i]))
			continue;
		if (any)
			TRY(next_word(expanding));
		TRY(append_one(expanding, scope->params[i], quoted));
		any = true;
	}
	return NULL;
}

/* "$*": all in one word. */
static struct error *append_all(struct expanding *expanding)
{
	const struct grub_scope *scope = expanding->grub->scope;

	for (size_t i = 0; i < scope->count; i++) {
		if (i)
			TRY(append(expanding, " ", 1));
		TRY(append_literally(expanding, scope->params[i]));
	}
	return NULL;
}

static struct error *append_parameter(struct expanding *expanding, const char *name, bool quoted)
{
	const struct grub_scope *scope = expanding->grub->scope;
	char number[32];
	unsigned long index;

	if (!scope)
		return NULL;
	if (*name == '#') {
		snprintf(number, sizeof(number), "%zu", scope->count);
		return append_one(expanding, number, quoted);
	}
	if (*name == '*' && quoted)
		return append_all(expanding);
	if (*name == '*' || *name == '@')
		return append_each(expanding, quoted);
	index = strtoul(name, NULL, 10);
	if (!index || index > scope->count)
		return NULL;
	return append_one(expanding, scope->params[index - 1], quoted);
}

bool grub_is_parameter(const char *name)
{
	return *name && strchr("#*@0123456789", *name);
}

static struct error *append_variable(struct expanding *expanding, const char *name, bool quoted)
{
	const char *value;

	if (grub_is_parameter(name))
		return append_parameter(expanding, name, quoted);
	value = grub_variable_get(&expanding->grub->context->variables, name);
	return value && *value ? append_one(expanding, value, quoted) : NULL;
}

/* A variable in $"…". */
static struct error *append_named(struct expanding *expanding, const char *name, size_t length)
{
	const struct grub_scope *scope = expanding->grub->scope;
	char number[32];
	const char *value;
	char *copy;

	if (length == 1 && *name == '#') {
		snprintf(number, sizeof(number), "%zu", scope ? scope->count : 0);
		return append_literally(expanding, number);
	}
	TAKE(expanding->arena, copy, arena_text(expanding->arena, name, length));
	value = grub_variable_get(&expanding->grub->context->variables, copy);
	return value ? append_literally(expanding, value) : NULL;
}

static bool is_name_part(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_';
}

/* Past the variable at @at, just behind its $; *@ret is @at where none is. */
static struct error *append_message_variable(
	struct expanding *expanding, const char *at, const char **ret)
{
	const char *end = at;

	*ret = at;
	if (*at == '{') {
		end = strchr(at, '}');
		if (!end)
			return NULL;
		*ret = end + 1;
		return append_named(expanding, at + 1, (size_t)(end - at - 1));
	}
	if (*at == '?' || *at == '#')
		end++;
	else if (*at >= '0' && *at <= '9')
		while (*end >= '0' && *end <= '9')
			end++;
	else
		while (is_name_part(*end))
			end++;
	*ret = end;
	if (end == at)
		return append(expanding, "$", 1);
	return append_named(expanding, at, (size_t)(end - at));
}

/* A message, untranslated: which translations GRUB has is not ours to know. */
static struct error *append_message(struct expanding *expanding, const char *text)
{
	bool escaped = false;

	TRY(append(expanding, "", 0));
	while (*text) {
		if (*text == '\\') {
			if (escaped)
				TRY(append_character(expanding, *text));
			escaped = !escaped;
			text++;
		} else if (*text == '$' && !escaped) {
			TRY(append_message_variable(expanding, text + 1, &text));
		} else {
			if (escaped && *text != '$')
				TRY(append_character(expanding, '\\'));
			escaped = false;
			TRY(append_character(expanding, *text++));
		}
	}
	return NULL;
}

static struct error *append_part(struct expanding *expanding, const struct grub_part *part)
{
	switch (part->type) {
	case GRUB_TEXT:
		return append(expanding, part->text, strlen(part->text));
	case GRUB_QUOTED:
		return append_literally(expanding, part->text);
	case GRUB_VARIABLE:
	case GRUB_QUOTED_VARIABLE:
		return append_variable(expanding, part->text, part->type == GRUB_QUOTED_VARIABLE);
	case GRUB_MESSAGE:
		return append_message(expanding, part->text);
	case GRUB_BLOCK:
		expanding->block = part->text;
		return NULL;
	}
	return NULL;
}

/* Take the backslashes away. */
static void make_literal(char *word)
{
	char *to = word;

	for (const char *from = word; *from; from++) {
		if (*from == '\\' && from[1])
			from++;
		*to++ = *from;
	}
	*to = '\0';
}

static struct error *add_match(void *data, const char *match)
{
	struct expanding *result = data;

	TRY(next_word(result));
	return append(result, match, strlen(match));
}

/* Wildcards are for paths only; a pattern that nothing matches stands for itself. */
static struct error *expand_wildcards(struct expanding *expanding, struct expanding *result)
{
	for (size_t i = 0; i < expanding->count; i++) {
		char *word = expanding->list[i];
		size_t before = result->count;

		if (*word && strchr("/(*", *word))
			TRY(grub_wildcard(expanding->grub, word, add_match, result));
		if (result->count > before)
			continue;
		make_literal(word);
		TRY(add_match(result, word));
	}
	return NULL;
}

struct error *grub_expand(struct grub *grub, const struct grub_word *words, struct grub_words *ret)
{
	struct expanding expanding = {.grub = grub, .arena = &grub->scratch}, result = expanding;

	*ret = (struct grub_words){0};
	for (const struct grub_word *word = words; word; word = word->next) {
		TRY(next_word(&expanding));
		for (const struct grub_part *part = word->parts; part; part = part->next)
			TRY(append_part(&expanding, part));
	}
	if (expanding.count && !expanding.list[expanding.count - 1])
		expanding.count--;
	TRY(expand_wildcards(&expanding, &result));
	ret->list = (const char **)result.list;
	ret->count = result.count;
	ret->block = expanding.block;
	if (!ret->list)
		TAKE(&grub->scratch, ret->list, arena_take(&grub->scratch, sizeof(*ret->list)));
	return NULL;
}
