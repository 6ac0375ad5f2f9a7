/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "cli/print.h"

void json_print(struct json_object *object)
{
	_cleanup_error_ struct error *error = NULL;
	char *text;

	error = json_text(object, &text);
	/* Without the memory for a better one, as it is: all of it is there. */
	puts(text ? text : json_object_to_json_string(object));
	free(text);
	json_object_put(object);
}
