/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct error {
	enum error_code code;
	int errnum;
	char *message;
};

static struct error out_of_memory = {
	.code = ERROR_NO_MEMORY,
	.message = (char *)"out of memory",
};

static struct error *make(enum error_code code, int errnum, char *message)
{
	struct error *error;

	if (!message)
		return &out_of_memory;
	error = malloc(sizeof(*error));
	if (!error) {
		free(message);
		return &out_of_memory;
	}
	*error = (struct error){.code = code, .errnum = errnum, .message = message};
	return error;
}

static char *format_message(const char *format, va_list arguments)
{
	char *message;

	return vasprintf(&message, format, arguments) < 0 ? NULL : message;
}

struct error *error_new(enum error_code code, const char *format, ...)
{
	va_list arguments;
	char *message;

	va_start(arguments, format);
	message = format_message(format, arguments);
	va_end(arguments);
	return make(code, 0, message);
}

struct error *error_system(int errnum, const char *format, ...)
{
	va_list arguments;
	char *what, *message;

	va_start(arguments, format);
	what = format_message(format, arguments);
	va_end(arguments);
	if (!what || asprintf(&message, "%s: %s", what, strerror(errnum)) < 0)
		message = NULL;
	free(what);
	return make(ERROR_SYSTEM, errnum, message);
}

struct error *error_set_errno(struct error *error, int errnum)
{
	if (error && error != &out_of_memory)
		error->errnum = errnum;
	return error;
}

struct error *error_no_memory(void)
{
	return &out_of_memory;
}

/* Replace the message of @error by @message, which may be NULL (then it stays as it is). */
static struct error *replace_message(struct error *error, char *message)
{
	if (message) {
		free(error->message);
		error->message = message;
	}
	return error;
}

struct error *error_prefix(struct error *error, const char *format, ...)
{
	va_list arguments;
	char *prefix, *message = NULL;

	if (!error || error == &out_of_memory)
		return error;
	va_start(arguments, format);
	prefix = format_message(format, arguments);
	va_end(arguments);
	if (prefix && asprintf(&message, "%s: %s", prefix, error->message) < 0)
		message = NULL;
	free(prefix);
	return replace_message(error, message);
}

struct error *error_hint(struct error *error, const char *format, ...)
{
	va_list arguments;
	char *hint, *message = NULL;

	if (!error || error == &out_of_memory)
		return error;
	va_start(arguments, format);
	hint = format_message(format, arguments);
	va_end(arguments);
	if (hint && asprintf(&message, "%s; %s", error->message, hint) < 0)
		message = NULL;
	free(hint);
	return replace_message(error, message);
}

const char *error_message(const struct error *error)
{
	return error ? error->message : "success";
}

enum error_code error_code(const struct error *error)
{
	return error ? error->code : 0;
}

bool error_is_of_memory(const struct error *error)
{
	return error_code(error) == ERROR_NO_MEMORY || error_code(error) == ERROR_NO_SPACE;
}

int error_errno(const struct error *error)
{
	return error ? error->errnum : 0;
}

void error_free(struct error *error)
{
	if (!error || error == &out_of_memory)
		return;
	free(error->message);
	free(error);
}

void error_freep(struct error **error)
{
	error_free(*error);
	*error = NULL;
}
