/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "decision/decision.h"

#include <stdlib.h>

void decision_deinit(struct decision *decision)
{
	free(decision->command_line);
	composition_deinit(&decision->composition);
	notes_deinit(&decision->notes);
	notes_deinit(&decision->line_notes);
	*decision = (struct decision){0};
}
