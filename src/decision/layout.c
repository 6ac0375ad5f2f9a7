/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "decision/layout.h"

void layout_deinit(struct layout *layout)
{
	segments_deinit(&layout->segments);
	range_set_deinit(&layout->mapped);
	notes_deinit(&layout->entry_notes);
	notes_deinit(&layout->notes);
	*layout = (struct layout){0};
}
