// SPDX-License-Identifier: GPL-2.0-only
/* From user memory to pages. */
#include "module.h"

#include <linux/highmem.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/processor.h>

/* On a 32-bit kernel the interface's addresses are longer than pointers. */
static bool is_pointer(u64 address)
{
	return (uintptr_t)address == address;
}

static int check_segment(const struct baton_segment *segment)
{
	u64 end;

	if (!PAGE_ALIGNED(segment->address) || !PAGE_ALIGNED(segment->memory_size) ||
		!segment->memory_size || segment->buffer_size > segment->memory_size)
		return -EINVAL;
	if (check_add_overflow(segment->address, segment->memory_size, &end))
		return -EINVAL;
	if (!is_pointer(segment->buffer))
		return -EFAULT;
	return baton_memory_is_ram(segment->address, end);
}

static bool overlap(const struct baton_segment *one, const struct baton_segment *other)
{
	return one->address < other->address + other->memory_size &&
	       other->address < one->address + one->memory_size;
}

/* Firmware's tables are small; a range without end would be mapped without end. */
static bool may_be_mapped(const struct baton_range *range)
{
	u64 end;

	return range->size <= BATON_MAPPED_SIZE_MAX &&
	       !check_add_overflow(range->start, range->size, &end) &&
	       end <= BIT_ULL(boot_cpu_data.x86_phys_bits);
}

/* The rules of kexec_load: every page of memory once at most, and half of it in all. */
static int check_segments(const struct baton_segment *segments, unsigned int count)
{
	u64 pages = 0;

	for (unsigned int i = 0; i < count; i++) {
		int error = check_segment(&segments[i]);

		if (error)
			return error;
		for (unsigned int j = 0; j < i; j++)
			if (overlap(&segments[i], &segments[j]))
				return -EINVAL;
		pages += segments[i].memory_size >> PAGE_SHIFT;
	}
	return pages > totalram_pages() / 2 ? -EINVAL : 0;
}

/* It may take its time, but kills nobody; and a list that is too long is no cause for complaint. */
#define LIST_GFP (GFP_KERNEL | __GFP_ZERO | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

static int make_parts(struct baton_image *image, const struct baton_segment *segments)
{
	for (unsigned int i = 0; i < image->part_count; i++) {
		struct baton_part *part = &image->parts[i];

		part->address = segments[i].address;
		part->page_count = segments[i].memory_size >> PAGE_SHIFT;
		part->content_count = DIV_ROUND_UP_ULL(segments[i].buffer_size, PAGE_SIZE);
		/* kvcalloc() would look for contiguous memory as if that mattered. */
		part->pages =
			__vmalloc(array_size(part->page_count, sizeof(struct page *)), LIST_GFP);
		if (!part->pages)
			return -ENOMEM;
	}
	return 0;
}

static int fill_page(struct page *page, const void __user *from, size_t size)
{
	void *to = kmap_local_page(page);
	int error = copy_from_user(to, from, size) ? -EFAULT : 0;

	memset(to + size, 0, PAGE_SIZE - size);
	kunmap_local(to);
	return error;
}

static int fill_part(
	struct baton_image *image, struct baton_part *part, const struct baton_segment *segment)
{
	const char __user *from = u64_to_user_ptr(segment->buffer);
	u64 left = segment->buffer_size;

	for (unsigned long i = 0; i < part->content_count; i++) {
		struct page *page = baton_page_for(image, part, i);
		size_t size = min_t(u64, left, PAGE_SIZE);
		int error;

		if (!page)
			return -ENOMEM;
		error = fill_page(page, from, size);
		if (error)
			return error;
		from += size;
		left -= size;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/* The destinations that were taken and have no contents. */
static void clear_claimed(struct baton_part *part)
{
	for (unsigned long i = part->content_count; i < part->page_count; i++) {
		if (part->pages[i])
			clear_highpage(part->pages[i]);
		cond_resched();
	}
}

static int fill(struct baton_image *image, const struct baton_segment *segments,
	const struct baton_range *mapped, unsigned int mapped_count)
{
	int error;

	baton_pages_claim(image);
	for (unsigned int i = 0; i < image->part_count; i++) {
		error = fill_part(image, &image->parts[i], &segments[i]);
		if (error)
			return error;
	}
	error = baton_jump_set_up(image);
	if (!error)
		error = baton_tables_make(image, mapped, mapped_count);
	/* Last, because every page that is taken may turn out to be a destination. */
	if (!error)
		error = baton_moves_make(image);
	for (unsigned int i = 0; !error && i < image->part_count; i++)
		clear_claimed(&image->parts[i]);
	return error;
}

static int load_checked(const struct baton_load *load, const struct baton_segment *segments,
	const struct baton_range *mapped, struct baton_image **ret)
{
	struct baton_image *image = kzalloc(sizeof(*image), GFP_KERNEL);
	int error;

	if (!image)
		return -ENOMEM;
	INIT_LIST_HEAD(&image->own);
	INIT_LIST_HEAD(&image->spare);
	image->entry = load->entry;
	image->part_count = load->segment_count;
	error = make_parts(image, segments);
	if (!error)
		error = fill(image, segments, mapped, load->mapped_count);
	if (error) {
		baton_image_free(image);
		return error;
	}
	*ret = image;
	return 0;
}

/* Execution starts inside of what was loaded, or the entry is a mistake. */
static bool entry_is_loaded(const struct baton_load *load, const struct baton_segment *segments)
{
	for (unsigned int i = 0; i < load->segment_count; i++)
		if (load->entry >= segments[i].address &&
			load->entry - segments[i].address < segments[i].memory_size)
			return true;
	return false;
}

int baton_image_load(const struct baton_load *load, struct baton_image **ret)
{
	struct baton_segment segments[BATON_SEGMENTS_MAX];
	struct baton_range mapped[BATON_MAPPED_MAX];
	int error;

	if (load->flags || !load->segment_count || load->segment_count > BATON_SEGMENTS_MAX ||
		load->mapped_count > BATON_MAPPED_MAX)
		return -EINVAL;
	if (!is_pointer(load->segments) || !is_pointer(load->mapped))
		return -EFAULT;
	if (copy_from_user(segments, u64_to_user_ptr(load->segments),
		    load->segment_count * sizeof(segments[0])) ||
		copy_from_user(mapped, u64_to_user_ptr(load->mapped),
			load->mapped_count * sizeof(mapped[0])))
		return -EFAULT;
	for (unsigned int i = 0; i < load->mapped_count; i++)
		if (!may_be_mapped(&mapped[i]))
			return -EINVAL;
	error = check_segments(segments, load->segment_count);
	if (error)
		return error;
	if (!entry_is_loaded(load, segments))
		return -EINVAL;
	return load_checked(load, segments, mapped, ret);
}

static void free_part(struct baton_part *part)
{
	if (!part->pages)
		return;
	for (unsigned long i = 0; i < part->page_count; i++) {
		if (part->pages[i])
			__free_page(part->pages[i]);
		cond_resched();
	}
	vfree(part->pages);
}

static void free_list(struct list_head *pages)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pages, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
}

void baton_image_free(struct baton_image *image)
{
	if (!image)
		return;
	for (unsigned int i = 0; i < image->part_count; i++)
		free_part(&image->parts[i]);
	free_list(&image->own);
	free_list(&image->spare);
	kfree(image);
}
