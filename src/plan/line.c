/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/line.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>

static bool ends_in_quote(const struct parameter *word)
{
	bool quoted = false;

	for (size_t i = 0; i < word->length; i++)
		quoted ^= word->start[i] == '"';
	return quoted;
}

static struct error *refuse_open(const struct blob *words, const char *next, size_t length)
{
	return error_new(ERROR_USAGE,
		"command line: a quote is not closed in %.*s; what comes after it, %.*s, would be a "
		"part of it; close the quote",
		(int)words->size, (const char *)words->data, (int)length, next);
}

static struct error *append(
	struct blob *words, bool *open, unsigned int *count, const struct parameter *word)
{
	bool joined;

	if (*open)
		return refuse_open(words, word->start, word->length);
	*open = ends_in_quote(word);
	++*count;
	joined = word->joined && words->size && words->data[words->size - 1] == 0xa0;
	if (words->size && !joined)
		TRY(blob_append(words, " ", 1));
	return blob_append(words, word->start, word->length + word->tail);
}

struct error *line_add_word(struct line *line, const struct parameter *word)
{
	if (parameter_is_separator(word))
		return NULL;
	return word->for_init
		       ? append(&line->init, &line->init_open, &line->init_count, word)
		       : append(&line->kernel, &line->kernel_open, &line->kernel_count, word);
}

struct error *line_add(struct line *line, const char *text)
{
	struct command_line_reader reader = {.at = text ? text : ""};
	struct parameter word;

	while (command_line_next(&reader, &word))
		TRY(line_add_word(line, &word));
	return NULL;
}

struct error *line_add_bytes(struct line *line, struct bytes text)
{
	char *string = strndup(text.size ? (const char *)text.data : "", text.size);
	struct error *error = string ? line_add(line, string) : error_no_memory();

	free(string);
	return error;
}

struct error *line_add_line(struct line *line, const struct line *other)
{
	char *text;
	struct error *error;

	TRY(line_text(other, &text));
	error = line_add(line, text);
	free(text);
	return error;
}

bool line_is_empty(const struct line *line)
{
	return !line->kernel_count && !line->init_count;
}

struct error *line_text(const struct line *line, char **ret)
{
	int length;

	*ret = NULL;
	if (line->kernel_open && line->init.size)
		return refuse_open(&line->kernel, "--", 2);
	length = asprintf(ret, "%.*s%s%s%.*s", (int)line->kernel.size,
		(const char *)line->kernel.data, line->kernel.size && line->init.size ? " " : "",
		line->init.size ? "-- " : "", (int)line->init.size, (const char *)line->init.data);

	if (length >= 0)
		return NULL;
	*ret = NULL;
	return error_no_memory();
}

void line_deinit(struct line *line)
{
	blob_deinit(&line->kernel);
	blob_deinit(&line->init);
	*line = (struct line){0};
}
