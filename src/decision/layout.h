/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who lies where, as data. plan/lay_out.h finds the places, plan/fill.h makes what is to lie there.
 */
#ifndef BATON_DECISION_LAYOUT_H
#define BATON_DECISION_LAYOUT_H

#include "base/range.h"
#include "decision/notes.h"
#include "decision/segment.h"

/** Where a kernel goes and how it is entered: one of the alternatives of plan/lay_out.c. */
struct layout {
	/* In the order of their roles. The kernel's have their sources, if it is not flattened; so
	 * has the initrd's. The others' are yet to be made. */
	struct segments segments;
	struct range flattened; /* the kernel is to be one piece of this span of link addresses, as
				   its parts share pages; empty: its parts are segments */

	bool direct;		 /* entered past its own decompressor */
	bool randomized;	 /* baton has chosen its base at random */
	uint64_t virtual_offset; /* that a directly entered kernel is to be relocated by */

	/* Physical addresses; 0: there is none. */
	uint64_t kernel; /* of the protected-mode code, or of the first part */
	uint64_t kernel_entry;
	uint64_t mailbox; /* free for it */

	struct range cleared; /* at the kernel's end, zeroed by purgatory: no segment has it */

	struct range_set mapped;   /* by the page tables; empty: there are none */
	unsigned int table_levels; /* of those */

	struct notes entry_notes; /* how the kernel is entered, which comes first in a plan */
	struct notes notes;
};

void layout_deinit(struct layout *layout);
#define _cleanup_layout_ __attribute__((cleanup(layout_deinit)))

#endif
