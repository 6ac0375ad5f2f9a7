/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loader/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"

struct error *text_print(char **ret, const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	/* What is printed may be what is replaced. */
	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		return error_no_memory();
	free(*ret);
	*ret = text;
	return NULL;
}

struct error *text_copy(const char *text, char **ret)
{
	return text_print(ret, "%s", text);
}
