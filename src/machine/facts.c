/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small helpers of the readers. */
#include "machine/facts.h"

#include <stdio.h>
#include <stdlib.h>

struct error *machine_warn(struct machine *machine, const char *format, ...)
{
	char **warnings = reallocarray(
		machine->warnings, machine->warning_count + 1, sizeof(*machine->warnings));
	va_list arguments;
	int length;

	if (!warnings)
		return error_no_memory();
	machine->warnings = warnings;
	va_start(arguments, format);
	length = vasprintf(&warnings[machine->warning_count], format, arguments);
	va_end(arguments);
	if (length < 0)
		return error_no_memory();
	machine->warning_count++;
	return NULL;
}

struct error *warn_if_malformed(struct machine *machine, struct error *error)
{
	_cleanup_error_ struct error *malformed = NULL;

	if (!error || error_code(error) != ERROR_FORMAT)
		return error;
	malformed = error;
	return machine_warn(machine, "%s; it is ignored.", error_message(malformed));
}

struct error *set_string(char **ret, const char *format, ...)
{
	va_list arguments;
	char *string;
	int length;

	va_start(arguments, format);
	length = vasprintf(&string, format, arguments);
	va_end(arguments);
	if (length < 0)
		return error_no_memory();
	free(*ret);
	*ret = string;
	return NULL;
}

struct error *read_string(struct source *source, const char *path, char **ret)
{
	struct bytes contents;
	bool found;
	char *string;

	TRY(source_file(source, path, &found, &contents));
	if (!found)
		return NULL;
	string = text_dup(text_trim(text_of(contents)));
	if (!string)
		return error_no_memory();
	free(*ret);
	*ret = string;
	return NULL;
}

struct error *read_decimal(struct source *source, const char *path, bool *ret_found, uint64_t *ret)
{
	struct bytes contents;
	uint64_t value;

	TRY(source_file(source, path, ret_found, &contents));
	*ret_found = *ret_found && text_is_decimal(text_of(contents), &value);
	if (*ret_found)
		*ret = value;
	return NULL;
}

struct error *read_signed(struct source *source, const char *path, int64_t *ret)
{
	struct bytes contents;
	int64_t value;
	bool found;

	TRY(source_file(source, path, &found, &contents));
	if (found && text_is_signed(text_of(contents), &value))
		*ret = value;
	return NULL;
}

struct error *read_switch(struct source *source, const char *path, enum tristate *ret)
{
	uint64_t value;
	bool found;

	TRY(read_decimal(source, path, &found, &value));
	if (found)
		*ret = value ? TRISTATE_YES : TRISTATE_NO;
	return NULL;
}
