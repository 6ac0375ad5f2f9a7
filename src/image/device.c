/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/device.h"

#include "base/error.h"
#include "base/held_file.h"
#include "base/range.h"
#include "codec/codec.h"
#include "image/bzimage.h"
#include "image/cpio.h"
#include "image/elf.h"
#include "image/foreign.h"
#include "image/image.h"

#include <inttypes.h>
#include <unistd.h>

enum {
	WINDOW = 64 << 10,	  /* while archives are walked over */
	MEMBER = 8 << 10,	  /* more than a member's header and name take */
	PROBE = 64,		  /* more than any codec's probe looks at */
	GAP_MAX = 1 << 20,	  /* zeros after which no further archive is looked for */
	STREAM_FIRST = 16 << 20,  /* of a compressed stream, in the first attempt */
	STREAM_FACTOR = 4,	  /* and how many times that in each one that follows */
	STREAM_MARGIN = 64 << 10, /* so much must follow a stream's end to believe that it is one */
};

/* Packed bytes that are in memory at once. */
#define STREAM_MAX   (UINT64_C(1) << 30)
/* What a stream may unpack to: an end to a compression bomb, which costs time alone. */
#define UNPACKED_MAX (UINT64_C(16) << 30)

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

struct error *device_view_at(
	struct device_view *view, uint64_t offset, uint64_t size, struct bytes *ret)
{
	const struct held_file *file = view->file;

	*ret = (struct bytes){0};
	if (offset >= file->size)
		return NULL;
	size = smaller(size, file->size - offset);
	if (offset < view->start || offset + size > view->start + view->bytes.size) {
		TRY(blob_resize(&view->bytes, 0));
		TRY(blob_append_range(&view->bytes, file->fd, file->path, offset,
			smaller(size > WINDOW ? size : WINDOW, file->size - offset)));
		view->start = offset;
	}
	*ret = bytes_part(
		blob_bytes(&view->bytes), offset - view->start, smaller(size, view->bytes.size));
	return NULL;
}

void device_view_deinit(struct device_view *view)
{
	blob_deinit(&view->bytes);
}

static uint64_t stream_limit(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

	return pages > 0 && size > 0 ? smaller(STREAM_MAX, (uint64_t)pages / 4 * (uint64_t)size)
				     : STREAM_MAX;
}

/* An end that is close to where the input was cut off is not believed: more might follow. */
static bool is_end(uint64_t used, uint64_t size, uint64_t left)
{
	return size == left || used + STREAM_MARGIN <= size;
}

/* What more of the input would not change. */
static bool is_final(const struct error *error)
{
	return error_code(error) == ERROR_NO_MEMORY || error_code(error) == ERROR_LIMIT;
}

/* All of the input that is read was tried: @error, or none if only its end is in doubt. */
static struct error *no_end(
	struct error *error, const struct codec *codec, uint64_t offset, uint64_t most)
{
	if (!error)
		error = error_new(ERROR_LIMIT, "the %s stream at 0x%" PRIx64 " has no end",
			codec->name, offset);
	return error_hint(error,
		"of one on a block device baton reads %" PRIu64
		" MiB at most; if it is larger, copy it into a file",
		most >> 20);
}

/* The codecs want all of their input at once, and nothing tells beforehand how much that is. */
struct error *device_stream_end(
	const struct held_file *file, uint64_t offset, const struct codec *codec, uint64_t *ret)
{
	struct codec_options options = {.limit = UNPACKED_MAX, .measure = true};
	_cleanup_blob_ struct blob input = {0}, output = {0};
	uint64_t left = file->size - offset, most = smaller(left, stream_limit());
	uint64_t wanted = smaller(STREAM_FIRST, most), used = 0;
	struct error *error;

	for (;; wanted = smaller(wanted * STREAM_FACTOR, most)) {
		TRY(blob_append_range(
			&input, file->fd, file->path, offset + input.size, wanted - input.size));
		error = codec->decompress(blob_bytes(&input), &options, &output, &used);
		if (!error && is_end(used, wanted, left)) {
			*ret = offset + used;
			return NULL;
		}
		if (wanted == most)
			return most < left ? no_end(error, codec, offset, most) : error;
		if (is_final(error))
			return error;
		error_free(error);
		blob_deinit(&output);
	}
}

/* What the beginning of a device says of the kernel on it. */
static struct error *kernel_end(const struct held_file *file, struct bytes head, uint64_t *ret)
{
	const struct codec *codec;

	*ret = head.size;
	if (bzimage_file_end(head, ret) || elf_file_end(head, ret))
		return NULL;
	*ret = head.size;
	codec = foreign_recognize(head) ? NULL : codec_probe(head);
	return codec ? device_stream_end(file, 0, codec, ret) : NULL;
}

struct error *device_measure_kernel(struct held_file *file)
{
	_cleanup_device_view_ struct device_view view = {.file = file};
	struct bytes head;
	uint64_t end;

	TRY(device_view_at(&view, 0, IMAGE_HEAD_SIZE, &head));
	TRY(error_prefix(kernel_end(file, head, &end), "%s", file->path));
	file->size = smaller(file->size, end);
	return NULL;
}

/* A walk over the archives on a device. */
struct measuring {
	struct device_view view;
	uint64_t offset; /* of what comes next */
	uint64_t end;	 /* past what was found to belong to the initrd */
};

/* Move on to the next byte that is not zero; *@ret is false if none follows soon. */
static struct error *skip_zeros(struct measuring *measuring, bool *ret)
{
	uint64_t until = smaller(measuring->view.file->size, measuring->end + GAP_MAX);

	*ret = false;
	while (measuring->offset < until) {
		struct bytes bytes;
		uint64_t i = 0;

		TRY(device_view_at(&measuring->view, measuring->offset,
			smaller(WINDOW, until - measuring->offset), &bytes));
		while (i < bytes.size && !bytes.data[i])
			i++;
		measuring->offset += i;
		if (i < bytes.size) {
			*ret = true;
			return NULL;
		}
		if (!bytes.size)
			return NULL;
	}
	return NULL;
}

/*
 * Move past the archive at the offset, its trailer included. One that ends without a trailer is
 * taken by the kernel; one that is cut off by the end of the device is not whole.
 */
static struct error *pass_archive(struct measuring *measuring)
{
	uint64_t size = measuring->view.file->size;

	for (unsigned int i = 0; i < CPIO_ENTRIES_MAX; i++) {
		struct cpio_member entry;
		struct bytes bytes;
		uint64_t next;

		TRY(device_view_at(&measuring->view, measuring->offset, MEMBER, &bytes));
		if (i && !cpio_begins_at(bytes, 0))
			return NULL;
		if (!cpio_read_header(bytes, 0, &entry) || entry.end > size - measuring->offset)
			return error_new(ERROR_DAMAGED,
				"the member at 0x%" PRIx64
				" of the archive is malformed, or reaches past the end of the device; "
				"it is damaged",
				measuring->offset);
		measuring->end = measuring->offset + entry.end;
		if (!align_up(measuring->end, CPIO_ALIGNMENT, &next))
			return error_no_memory();
		measuring->offset = next;
		if (cpio_is_trailer(&entry))
			return NULL;
	}
	return error_new(ERROR_LIMIT, "an archive of more than %d members", CPIO_ENTRIES_MAX);
}

/* Move past what is at the offset; *@ret is false if that is no archive. */
static struct error *pass_piece(struct measuring *measuring, bool *ret)
{
	const struct codec *codec;
	struct bytes bytes;

	*ret = true;
	TRY(device_view_at(&measuring->view, measuring->offset, PROBE, &bytes));
	if (measuring->offset % CPIO_ALIGNMENT == 0 && cpio_begins_at(bytes, 0))
		return pass_archive(measuring);
	codec = codec_probe(bytes);
	*ret = codec != NULL;
	if (!codec)
		return NULL;
	TRY(device_stream_end(measuring->view.file, measuring->offset, codec, &measuring->offset));
	measuring->end = measuring->offset;
	return NULL;
}

/* No archive at the beginning: what else is there? */
static struct error *no_initrd(struct measuring *measuring)
{
	const struct foreign *foreign;
	struct bytes head;

	TRY(device_view_at(&measuring->view, 0, IMAGE_HEAD_SIZE, &head));
	foreign = foreign_recognize(head);
	return error_new(ERROR_FORMAT,
		"the block device begins with %s, and not with an initrd; name the file itself, or "
		"write the initrd to the beginning of the device",
		foreign ? foreign->what : "unknown data");
}

static struct error *measure_initrd(struct measuring *measuring, uint64_t *ret_junk)
{
	for (bool more = true, known = true;;) {
		/* Zeros before the first archive the kernel does not take. */
		if (measuring->end)
			TRY(skip_zeros(measuring, &more));
		if (!more)
			return NULL;
		TRY(pass_piece(measuring, &known));
		if (known)
			continue;
		if (!measuring->end)
			return no_initrd(measuring);
		*ret_junk = measuring->offset;
		return NULL;
	}
}

struct error *device_measure_initrd(struct held_file *file, uint64_t *ret_junk)
{
	struct measuring measuring = {.view = {.file = file}};
	struct error *error;

	*ret_junk = 0;
	error = measure_initrd(&measuring, ret_junk);
	device_view_deinit(&measuring.view);
	file->size = measuring.end ? measuring.end : file->size;
	return error_prefix(error, "%s", file->path);
}
