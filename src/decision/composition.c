/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "decision/composition.h"

#include <stdlib.h>

void composition_deinit(struct composition *composition)
{
	free(composition->text);
	free(composition->usual);
	free(composition->once);
	free(composition->suspects);
	for (unsigned int i = 0; i < ORIGIN_COUNT; i++)
		free(composition->parts[i]);
	*composition = (struct composition){0};
}
