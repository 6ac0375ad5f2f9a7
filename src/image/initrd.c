/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/initrd.h"

#include "base/error.h"
#include "base/range.h"
#include "codec/codec.h"
#include "image/cpio.h"
#include "image/device.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	INITRD_ALIGNMENT = CPIO_ALIGNMENT,
	WINDOW_SIZE = 64 * 1024, /* that is held of a file while its members are walked over */
	END_SIZE = 16,		 /* more than a boot configuration's magic, and what aligns it */
	NAME_ROOM = 8 * 1024,	 /* more than a member's header and a path take */
};

static const char microcode_folder[] = "kernel/x86/microcode/";

/* What a walk over the members of uncompressed archives at the beginning of some bytes found. */
struct cpio_walk {
	bool microcode;
	bool complete; /* the archives fill the bytes: the kernel's early search goes on after them
			*/
};

/* Bytes to walk over: all there at once, or a window that moves over a file. */
struct walked {
	struct bytes view;
	uint64_t start, size; /* of the view in the whole, a multiple of 4; of the whole */
	int fd;		      /* -1: the view is the whole */
	uint8_t *window;
};

/* Have a member's header and name in view, as far as the file goes. */
static struct error *bring_into_view(struct walked *walked, uint64_t offset)
{
	uint64_t past = offset - walked->start + NAME_ROOM;
	ssize_t got;

	if (walked->fd < 0 || (walked->view.size && past <= walked->view.size) ||
		(walked->view.size && walked->start + walked->view.size >= walked->size))
		return NULL;
	do
		got = pread(walked->fd, walked->window, WINDOW_SIZE, (off_t)offset);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_system(errno, "read");
	walked->start = offset;
	walked->view = bytes_of(walked->window, (uint64_t)got);
	return NULL;
}

/* As lib/earlycpio.c, find_cpio_data(): the search does not stop at an archive's trailer. */
static struct error *walk_cpio(struct walked *walked, struct cpio_walk *ret)
{
	struct cpio_member entry;
	uint64_t offset = 0;

	*ret = (struct cpio_walk){0};
	for (unsigned int i = 0; i < CPIO_ENTRIES_MAX;) {
		uint64_t inside;
		bool more;

		TRY(bring_into_view(walked, offset));
		inside = offset - walked->start;
		more = cpio_skip_zeros(walked->view, &inside);
		if (walked->start + inside >= walked->size) {
			ret->complete = true;
			return NULL;
		}
		if (walked->start + inside > offset && walked->fd >= 0) {
			/* Zeros are no members, and there may be any number of them. */
			offset = walked->start + inside;
			continue;
		}
		if (!more || !cpio_read_header(walked->view, inside, &entry) ||
			entry.end > walked->size - walked->start)
			return NULL;
		if (S_ISREG(entry.mode) && bytes_match(entry.name, 0, microcode_folder,
						   sizeof(microcode_folder) - 1)) {
			ret->microcode = true;
			return NULL;
		}
		if (!align_up(walked->start + entry.end, CPIO_ALIGNMENT, &offset))
			return NULL;
		i++;
	}
	return NULL;
}

static struct cpio_walk walk_bytes(struct bytes bytes)
{
	struct walked walked = {.view = bytes, .size = bytes.size, .fd = -1};
	struct cpio_walk walk;

	/* What is there already needs no reading, so nothing can fail. */
	error_free(walk_cpio(&walked, &walk));
	return walk;
}

bool initrd_has_microcode(struct bytes bytes)
{
	return cpio_begins_at(bytes, 0) && walk_bytes(bytes).microcode;
}

static const char *describe(struct bytes bytes)
{
	const struct codec *codec;

	if (cpio_begins_at(bytes, 0))
		return "cpio";
	codec = codec_probe(bytes);
	return codec ? codec->name : "unknown data";
}

/* What @walked, which begins with @head, says about a part. */
static struct error *describe_part(
	struct walked *walked, struct bytes head, struct initrd_part *part)
{
	struct cpio_walk walk;

	bool archive = cpio_begins_at(head, 0);

	/* Before the walk, which may move on from the head. */
	part->content = describe(head);
	TRY(walk_cpio(walked, &walk));
	part->microcode = archive && walk.microcode;
	part->hides = !walk.complete;
	return NULL;
}

/* A device has more bytes than its archives; what else follows them is left out, and told. */
static struct error *measure(struct held_file *file, struct initrd *initrd)
{
	uint64_t junk;

	if (!file->device)
		return NULL;
	TRY(device_measure_initrd(file, &junk));
	if (!junk || initrd->left_out)
		return NULL;
	if (asprintf(&initrd->left_out,
		    "%s: what follows the archives at 0x%" PRIx64
		    " is neither one nor zeros; it is left out",
		    file->path, junk) >= 0)
		return NULL;
	initrd->left_out = NULL;
	return error_no_memory();
}

/* Take over @file, aligned, as the next part. The bytes stay in it. */
static struct error *add_part(struct held_file *file, uint8_t *window, struct initrd *initrd)
{
	struct initrd_part *part = &initrd->parts[initrd->count];
	struct walked walked = {.window = window, .fd = file->fd};

	if (!align_up(initrd_size(initrd), INITRD_ALIGNMENT, &part->offset))
		return error_no_memory();
	TRY(measure(file, initrd));
	part->path = strdup(file->path);
	if (!part->path)
		return error_no_memory();
	part->file = *file;
	*file = (struct held_file){0};
	initrd->count++;
	part->size = part->file.size;
	walked.size = part->size;
	if (part->size > INITRD_SIZE_LIMIT - part->offset)
		return error_new(ERROR_LIMIT, "%s: more than %" PRIu64 " GiB", part->path,
			INITRD_SIZE_LIMIT >> 30);
	TRY(error_prefix(bring_into_view(&walked, 0), "%s", part->path));
	return error_prefix(describe_part(&walked, walked.view, part), "%s", part->path);
}

/*
 * True if some part with microcode comes after one that hides it. The kernel finds microcode
 * behind other uncompressed archives, so those may stay where they are.
 */
static bool microcode_is_hidden(const struct initrd *initrd)
{
	bool hidden = false;

	for (unsigned int i = 0; i < initrd->count; i++) {
		const struct initrd_part *part = &initrd->parts[i];

		if (part->microcode)
			return hidden;
		hidden = hidden || part->hides;
	}
	return false;
}

/* Move the parts of @from with that value of `microcode` to the end of @to. */
static struct error *move_parts(struct initrd *from, bool microcode, struct initrd *to)
{
	for (unsigned int i = 0; i < from->count; i++) {
		struct initrd_part *part = &from->parts[i];
		uint64_t start;

		if (part->microcode != microcode)
			continue;
		if (!align_up(initrd_size(to), INITRD_ALIGNMENT, &start))
			return error_no_memory();
		to->parts[to->count] = *part;
		to->parts[to->count++].offset = start;
		part->path = NULL;
		part->file = (struct held_file){0};
	}
	return NULL;
}

/* Parts with microcode first, otherwise in the order they were in. */
static struct error *reorder(struct initrd *initrd)
{
	_cleanup_initrd_ struct initrd ordered = {.reordered = true, .in_files = true};

	TRY(move_parts(initrd, true, &ordered));
	TRY(move_parts(initrd, false, &ordered));
	ordered.left_out = initrd->left_out;
	initrd->left_out = NULL;
	initrd_deinit(initrd);
	*initrd = ordered;
	ordered = (struct initrd){0};
	return NULL;
}

uint64_t initrd_size(const struct initrd *initrd)
{
	const struct initrd_part *last = initrd->count ? &initrd->parts[initrd->count - 1] : NULL;

	return initrd->in_files && last ? last->offset + last->size : initrd->bytes.size;
}

static struct error *check_count(unsigned int count)
{
	if (count <= INITRD_MAX)
		return NULL;
	return error_new(ERROR_LIMIT, "%u initrds, baton takes at most %u", count, INITRD_MAX);
}

/* init/main.c, get_boot_config_from_initrd(): three bytes of alignment may follow. */
static bool ends_in_magic(struct bytes bytes)
{
	static const char magic[] = "#BOOTCONFIG\n";
	const uint64_t length = sizeof(magic) - 1;

	for (uint64_t padding = 0; padding < 4 && bytes.size >= length + padding; padding++)
		if (bytes_match(bytes, bytes.size - length - padding, magic, length))
			return true;
	return false;
}

bool initrd_ends_in_bootconfig(const struct initrd *initrd)
{
	return initrd->in_files ? initrd->bootconfig : ends_in_magic(blob_bytes(&initrd->bytes));
}

static struct error *look_at_end(struct initrd *initrd)
{
	const struct initrd_part *last = initrd->count ? &initrd->parts[initrd->count - 1] : NULL;
	_cleanup_blob_ struct blob end = {0};
	uint64_t start;

	if (!last)
		return NULL;
	start = last->size > END_SIZE ? last->size - END_SIZE : 0;
	TRY(blob_append_range(&end, last->file.fd, last->path, start, last->size - start));
	initrd->bootconfig = ends_in_magic(blob_bytes(&end));
	return NULL;
}

struct error *initrd_open_held(struct held_file *files, unsigned int count, struct initrd *ret)
{
	_cleanup_initrd_ struct initrd initrd = {.in_files = true};
	_cleanup_blob_ struct blob window = {0};

	*ret = (struct initrd){0};
	TRY(check_count(count));
	TRY(blob_reserve(&window, WINDOW_SIZE));
	for (unsigned int i = 0; i < count; i++)
		TRY(add_part(&files[i], window.data, &initrd));
	if (microcode_is_hidden(&initrd))
		TRY(reorder(&initrd));
	TRY(look_at_end(&initrd));
	*ret = initrd;
	initrd = (struct initrd){0};
	return NULL;
}

static struct error *open_files(
	const char *const *paths, unsigned int count, struct held_file *files)
{
	TRY(check_count(count));
	for (unsigned int i = 0; i < count; i++)
		TRY(held_file_open(paths[i], &files[i]));
	return NULL;
}

struct error *initrd_open(const char *const *paths, unsigned int count, struct initrd *ret)
{
	struct held_file files[INITRD_MAX] = {0};
	struct error *error = open_files(paths, count, files);

	*ret = (struct initrd){0};
	if (!error)
		error = initrd_open_held(files, count, ret);
	for (unsigned int i = 0; i < INITRD_MAX; i++)
		held_file_close(&files[i]);
	return error;
}

struct error *initrd_load(struct initrd *initrd)
{
	if (!initrd->in_files)
		return NULL;
	/* Straight into place: growing the blob moves pages, and not bytes. */
	TRY(blob_reserve(&initrd->bytes, initrd_size(initrd)));
	for (unsigned int i = 0; i < initrd->count; i++) {
		struct initrd_part *part = &initrd->parts[i];

		TRY(blob_resize(&initrd->bytes, part->offset));
		TRY(held_file_read(&part->file, part->size, &initrd->bytes));
		held_file_close(&part->file);
	}
	initrd->in_files = false;
	initrd->from_files = initrd->count > 0;
	return NULL;
}

struct error *initrd_read(const char *const *paths, unsigned int count, struct initrd *ret)
{
	struct error *error;

	TRY(initrd_open(paths, count, ret));
	error = initrd_load(ret);
	if (error)
		initrd_deinit(ret);
	return error;
}

void initrd_deinit(struct initrd *initrd)
{
	for (unsigned int i = 0; i < initrd->count; i++) {
		free(initrd->parts[i].path);
		held_file_close(&initrd->parts[i].file);
	}
	free(initrd->kept_reason);
	free(initrd->damage);
	free(initrd->left_out);
	blob_deinit(&initrd->bytes);
	*initrd = (struct initrd){0};
}
