/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/initrd.h"

#include "base/error.h"
#include "base/range.h"
#include "codec/codec.h"
#include "image/cpio.h"

#include <stdlib.h>
#include <sys/stat.h>

enum { INITRD_ALIGNMENT = CPIO_ALIGNMENT };

static const char microcode_folder[] = "kernel/x86/microcode/";

/* What a walk over the members of uncompressed archives at the beginning of some bytes found. */
struct cpio_walk {
	bool microcode;
	bool complete; /* the archives fill the bytes: the kernel's early search goes on after them
			*/
};

/* As lib/earlycpio.c, find_cpio_data(): the search does not stop at an archive's trailer. */
static struct cpio_walk walk_cpio(struct bytes bytes)
{
	struct cpio_walk walk = {0};
	struct cpio_entry entry;
	uint64_t offset = 0;

	for (unsigned int i = 0; i < CPIO_ENTRIES_MAX; i++) {
		if (!cpio_skip_zeros(bytes, &offset)) {
			walk.complete = true;
			return walk;
		}
		if (!cpio_read_entry(bytes, offset, &entry))
			return walk;
		if (S_ISREG(entry.mode) && bytes_match(entry.name, 0, microcode_folder,
						   sizeof(microcode_folder) - 1)) {
			walk.microcode = true;
			return walk;
		}
		offset = entry.end;
	}
	return walk;
}

bool initrd_has_microcode(struct bytes bytes)
{
	return cpio_begins_at(bytes, 0) && walk_cpio(bytes).microcode;
}

static const char *describe(struct bytes bytes)
{
	const struct codec *codec;

	if (cpio_begins_at(bytes, 0))
		return "cpio";
	codec = codec_probe(bytes);
	return codec ? codec->name : "unknown data";
}

/* Append the file at @path, aligned, as the next part. */
static struct error *read_part(const char *path, struct initrd *initrd)
{
	struct initrd_part *part = &initrd->parts[initrd->count];
	struct bytes bytes;
	uint64_t start;

	if (!align_up(initrd->bytes.size, INITRD_ALIGNMENT, &start))
		return error_no_memory();
	TRY(blob_resize(&initrd->bytes, start));
	/* Growing the blob moves pages and not bytes, so nothing needs to be known beforehand. */
	TRY(blob_append_file(&initrd->bytes, path, INITRD_SIZE_LIMIT - start));
	bytes = bytes_part(blob_bytes(&initrd->bytes), start, initrd->bytes.size - start);
	part->path = strdup(path);
	if (!part->path)
		return error_no_memory();
	initrd->count++;
	part->offset = start;
	part->size = bytes.size;
	part->content = describe(bytes);
	part->microcode = initrd_has_microcode(bytes);
	return NULL;
}

static struct bytes part_bytes(const struct initrd *initrd, const struct initrd_part *part)
{
	return bytes_part(blob_bytes(&initrd->bytes), part->offset, part->size);
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
		hidden = hidden || !walk_cpio(part_bytes(initrd, part)).complete;
	}
	return false;
}

/* Copy the parts of @from with that value of `microcode` to the end of @to. */
static struct error *move_parts(struct initrd *from, bool microcode, struct initrd *to)
{
	for (unsigned int i = 0; i < from->count; i++) {
		struct initrd_part *part = &from->parts[i];
		struct bytes bytes = part_bytes(from, part);
		uint64_t start;

		if (part->microcode != microcode)
			continue;
		if (!align_up(to->bytes.size, INITRD_ALIGNMENT, &start))
			return error_no_memory();
		TRY(blob_resize(&to->bytes, start));
		TRY(blob_append(&to->bytes, bytes.data, bytes.size));
		to->parts[to->count] = *part;
		to->parts[to->count++].offset = start;
		part->path = NULL;
	}
	return NULL;
}

/* Parts with microcode first, otherwise in the order they were in. */
static struct error *reorder(struct initrd *initrd)
{
	_cleanup_initrd_ struct initrd ordered = {.reordered = true};

	TRY(blob_reserve(&ordered.bytes, initrd->bytes.size + INITRD_ALIGNMENT));
	TRY(move_parts(initrd, true, &ordered));
	TRY(move_parts(initrd, false, &ordered));
	initrd_deinit(initrd);
	*initrd = ordered;
	ordered = (struct initrd){0};
	return NULL;
}

struct error *initrd_read(const char *const *paths, unsigned int count, struct initrd *ret)
{
	_cleanup_initrd_ struct initrd initrd = {0};

	*ret = (struct initrd){0};
	if (count > INITRD_MAX)
		return error_new(
			ERROR_LIMIT, "%u initrds, baton takes at most %u", count, INITRD_MAX);
	for (unsigned int i = 0; i < count; i++)
		TRY(read_part(paths[i], &initrd));
	if (microcode_is_hidden(&initrd))
		TRY(reorder(&initrd));
	initrd.from_files = true;
	*ret = initrd;
	initrd = (struct initrd){0};
	return NULL;
}

void initrd_deinit(struct initrd *initrd)
{
	for (unsigned int i = 0; i < initrd->count; i++)
		free(initrd->parts[i].path);
	free(initrd->kept_reason);
	blob_deinit(&initrd->bytes);
	*initrd = (struct initrd){0};
}
