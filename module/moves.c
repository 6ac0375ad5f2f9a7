// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of what is copied in the moment of the jump. Rows of three words: destination, source,
 * number of pages. Source NOTHING clears. A row with no pages goes on in the page that its
 * destination names, or ends the list with 0. switch_64.S and switch_32.S read it.
 *
 * The order does not matter: no source is a destination (pages.c).
 */
#include "module.h"

struct row {
	unsigned long destination, source, pages;
};

/* As the mover in switch_64.S and switch_32.S reads it, which knows NOTHING as 1. */
static_assert(offsetof(struct row, source) == sizeof(long));
static_assert(offsetof(struct row, pages) == 2 * sizeof(long));
static_assert(sizeof(struct row) == 3 * sizeof(long));

enum {
	NOTHING = 1,
	ROWS = PAGE_SIZE / sizeof(struct row) - 1, /* in a page, less the one that goes on */
};

/* Where the next row goes; without pages, rows are only counted. */
struct writer {
	struct page *page;
	struct list_head *pages;
	unsigned long rows;
	struct row last;
};

static void put(struct writer *writer, struct row row)
{
	struct row *rows;

	if (writer->pages) {
		rows = page_address(writer->page);
		if (writer->rows && writer->rows % ROWS == 0) {
			writer->page = list_next_entry(writer->page, lru);
			rows[ROWS].destination = page_to_phys(writer->page);
			rows = page_address(writer->page);
		}
		rows[writer->rows % ROWS] = row;
	}
	writer->rows++;
}

static void flush(struct writer *writer)
{
	if (writer->last.pages)
		put(writer, writer->last);
	writer->last.pages = 0;
}

/* Add a page to the row before if it goes on there. */
static void add(struct writer *writer, u64 destination, u64 source)
{
	struct row *last = &writer->last;
	u64 bytes = (u64)last->pages << PAGE_SHIFT;

	if (last->pages && destination == last->destination + bytes &&
		(source == NOTHING ? last->source == NOTHING : source == last->source + bytes)) {
		last->pages++;
		return;
	}
	flush(writer);
	*last = (struct row){destination, source, 1};
}

static void write_moves(struct baton_image *image, struct writer *writer)
{
	image->in_place = image->to_copy = image->to_clear = 0;
	for (unsigned int i = 0; i < image->part_count; i++) {
		const struct baton_part *part = &image->parts[i];

		for (unsigned long at = 0; at < part->page_count; at++) {
			u64 destination = part->address + ((u64)at << PAGE_SHIFT);
			u64 source = part->pages[at] ? page_to_phys(part->pages[at]) : NOTHING;

			if (source == destination) {
				image->in_place++;
				continue;
			}
			if (source == NOTHING)
				image->to_clear++;
			else
				image->to_copy++;
			add(writer, destination, source);
		}
		cond_resched();
	}
	flush(writer);
}

/* Taking pages for the list can change what it says, so count anew until there are enough. */
static int take_pages(struct baton_image *image, struct list_head *pages)
{
	unsigned long have = 0, need;

	for (;;) {
		struct writer counter = {0};

		write_moves(image, &counter);
		need = counter.rows / ROWS + 1;
		if (have >= need)
			return 0;
		for (; have < need; have++) {
			void *page = baton_page_own(image);

			if (!page)
				return -ENOMEM;
			list_move_tail(&virt_to_page(page)->lru, pages);
		}
	}
}

int baton_moves_make(struct baton_image *image)
{
	LIST_HEAD(pages);
	struct writer writer = {.pages = &pages};
	int error = take_pages(image, &pages);

	if (!error) {
		writer.page = list_first_entry(&pages, struct page, lru);
		image->moves = page_to_phys(writer.page);
		write_moves(image, &writer);
	}
	list_splice(&pages, &image->own);
	return error;
}
