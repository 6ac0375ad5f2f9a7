/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "cli/print.h"

void json_print(struct json_object *object)
{
	char *text;

	error_free(json_text(object, &text));
	puts(text ? text : "null");
	free(text);
	json_object_put(object);
}
