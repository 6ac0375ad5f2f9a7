/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A kernel's command line: any bytes that a boot loader, or whoever asks for a handoff, makes it
 * of. */
#include "base/command_line.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct error *check_value(const char *value, void *data)
{
	size_t *left = data;

	if (strlen(value) >= *left)
		abort();
	*left -= strlen(value);
	return NULL;
}

/* Words come in order, inside the line, apart, and what they are made of inside of them. */
static void check_words(const char *line)
{
	struct command_line_reader reader = {.at = line};
	const char *end = line;
	struct parameter word;
	unsigned int separators = 0;

	while (command_line_next(&reader, &word)) {
		const char *after = word.start + word.length;

		if (word.start < end || !word.length || reader.at != after)
			abort();
		if (word.name < word.start || word.name + word.name_length > after)
			abort();
		if (word.value &&
			(word.value < word.name || word.value + word.value_length > after))
			abort();
		separators += parameter_is_separator(&word);
		end = after;
	}
	if (separators > 1 || *reader.at)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = strndup((const char *)data, size);
	size_t left = size + 1, length;
	const char *at = line;
	uint64_t value;

	check_words(line);
	if (command_line_has(line, "a") != (command_line_count(line, "a") > 0) ||
		(command_line_has(line, "a") && !command_line_mentions(line, "a")))
		abort();
	if (command_line_early_value(line, "a", &length) && !command_line_mentions(line, "a"))
		abort();
	error_free(command_line_each(line, "a", check_value, &left));
	while (command_line_size(&at, &value) && *at)
		at++;
	free(line);
	return 0;
}
