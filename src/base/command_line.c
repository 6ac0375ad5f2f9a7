/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/command_line.h"

#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The kernel's isspace(): lib/ctype.c, _S. In UTF-8, 0xa0 is a part of other characters too. */
static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == '\xa0';
}

/* myisspace() of the reader before the kernel. */
static bool is_early_space(char c)
{
	return (unsigned char)c <= ' ';
}

/* Bytes of the word at @text; the place of its first '=' but for one at the very start, or 0. */
static size_t measure(const char *text, bool quoted, size_t *ret_equals)
{
	size_t i;

	*ret_equals = 0;
	for (i = 0; text[i] && (quoted || !is_space(text[i])); i++) {
		if (text[i] == '=' && !*ret_equals)
			*ret_equals = i;
		if (text[i] == '"')
			quoted = !quoted;
	}
	return i;
}

/*
 * At most one quote goes from the end, even where the word and its value both began with one; and
 * an opening quote is not a closing one as well.
 */
static void split(
	const char *text, size_t length, bool quoted, size_t equals, struct parameter *ret)
{
	bool ends_quoted = length && text[length - 1] == '"';
	bool value_quoted = equals && text[equals + 1] == '"';
	size_t end = length - (ends_quoted && (quoted || value_quoted));

	ret->name = text;
	ret->name_length = equals ? equals : end;
	if (!equals)
		return;
	ret->value = text + equals + 1 + value_quoted;
	ret->value_length = text + end > ret->value ? (size_t)(text + end - ret->value) : 0;
}

static size_t count_joining(const char *text)
{
	size_t count = 0;

	while (text[count] == '\xa0')
		count++;
	return count;
}

bool command_line_next(struct command_line_reader *reader, struct parameter *ret)
{
	size_t length, equals;
	bool quoted, joined;
	const char *before = reader->at;

	reader->at += count_joining(before);
	joined = reader->at > before && !is_space(*reader->at);
	while (is_space(*reader->at))
		reader->at++;
	*ret = (struct parameter){
		.start = reader->at, .for_init = reader->for_init, .joined = joined};
	if (!*reader->at)
		return false;
	quoted = *reader->at == '"';
	length = measure(reader->at + quoted, quoted, &equals);
	split(reader->at + quoted, length, quoted, equals, ret);
	ret->length = quoted + length;
	reader->at += ret->length;
	ret->tail = count_joining(reader->at);
	reader->for_init = reader->for_init || parameter_is_separator(ret);
	return true;
}

bool parameter_is_separator(const struct parameter *parameter)
{
	return !parameter->for_init && !parameter->value && parameter->name_length == 2 &&
	       memcmp(parameter->name, "--", 2) == 0;
}

static char dash_to_underscore(char c)
{
	return c == '-' ? '_' : c;
}

bool parameter_is(const struct parameter *parameter, const char *name)
{
	if (parameter->for_init || parameter->name_length != strlen(name))
		return false;
	for (size_t i = 0; i < parameter->name_length; i++)
		if (dash_to_underscore(parameter->name[i]) != dash_to_underscore(name[i]))
			return false;
	return true;
}

bool parameter_value_is(const struct parameter *parameter, const char *value)
{
	return parameter->value && parameter->value_length == strlen(value) &&
	       memcmp(parameter->value, value, parameter->value_length) == 0;
}

unsigned int command_line_count(const char *command_line, const char *name)
{
	struct command_line_reader reader = {.at = command_line};
	struct parameter parameter;
	unsigned int count = 0;

	while (command_line_next(&reader, &parameter))
		count += parameter_is(&parameter, name);
	return count;
}

bool command_line_has(const char *command_line, const char *name)
{
	return command_line_count(command_line, name) > 0;
}

/* The next word of the reader before the kernel: of *@ret_length bytes, 0 at the end. */
static const char *next_early(const char *text, size_t *ret_length)
{
	const char *start;

	while (*text && is_early_space(*text))
		text++;
	start = text;
	while (!is_early_space(*text))
		text++;
	*ret_length = (size_t)(text - start);
	return start;
}

static bool has_early(const char *command_line, const char *name)
{
	size_t length = strlen(name), size;
	const char *word = next_early(command_line, &size);

	for (; size; word = next_early(word + size, &size))
		if (size >= length && memcmp(word, name, length) == 0 &&
			(size == length || word[length] == '='))
			return true;
	return false;
}

const char *command_line_early_value(const char *command_line, const char *name, size_t *ret_length)
{
	size_t length = strlen(name), size;
	const char *word = next_early(command_line, &size), *value = NULL;

	*ret_length = 0;
	for (; size; word = next_early(word + size, &size)) {
		if (size <= length || memcmp(word, name, length) != 0 || word[length] != '=')
			continue;
		value = word + length + 1;
		*ret_length = size - length - 1;
	}
	return value;
}

bool command_line_mentions(const char *command_line, const char *name)
{
	return command_line_has(command_line, name) || has_early(command_line, name);
}

struct error *command_line_each(const char *command_line, const char *name,
	struct error *(*visit)(const char *value, void *data), void *data)
{
	struct command_line_reader reader = {.at = command_line};
	struct parameter parameter;

	while (command_line_next(&reader, &parameter)) {
		struct error *error;
		char *value;

		if (!parameter_is(&parameter, name) || !parameter.value)
			continue;
		value = strndup(parameter.value, parameter.value_length);
		error = value ? visit(value, data) : error_no_memory();
		free(value);
		TRY(error);
	}
	return NULL;
}

bool command_line_size(const char **text, uint64_t *ret)
{
	static const char suffixes[] = "kmgtpe";
	const char *suffix;
	char *end;

	*ret = 0;
	/* strtoull() would take blanks and signs too. */
	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*ret = strtoull(*text, &end, 0);
	if (errno)
		return false;
	suffix = *end ? strchr(suffixes, *end | 0x20) : NULL;
	if (suffix) {
		unsigned int shift = 10 * (unsigned int)(suffix - suffixes + 1);

		if (*ret << shift >> shift != *ret)
			return false;
		*ret <<= shift;
		end++;
	}
	*text = end;
	return true;
}
