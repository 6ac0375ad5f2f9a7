/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/digest_stream.h"
#include "base/error.h"
#include "base/range.h"
#include "codec/codec.h"
#include "image/cpio.h"
#include "image/foreign.h"
#include "image/initrd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* What the steps below share. */
struct unpacking {
	struct initrd *initrd;
	struct bytes packed;
	uint64_t given_back; /* of `packed`, this many bytes are gone */
	struct digest_stream digest;
	uint64_t offset; /* in `packed`, of the next byte to look at */
	uint64_t plain;	 /* the first bytes of `packed` that belong ahead of the result as they are;
			    copied only once something behind them is unpacked */
	struct blob result;
	uint64_t limit; /* limits->here */
	const struct initrd_limits *limits;
	bool changed;	   /* something was compressed */
	bool replaced;	   /* the result has taken the place of what was there */
	char *kept_reason; /* set when there is a doubt; ends it */
	bool damaged;	   /* and it is the files' fault */
	bool doubtful;	   /* and nobody knows what it is */
};

static struct error *keep(struct unpacking *unpacking, const char *format, ...) BATON_PRINTF(2, 3);

static struct error *keep(struct unpacking *unpacking, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&unpacking->kept_reason, format, arguments);
	va_end(arguments);
	if (length >= 0)
		return NULL;
	unpacking->kept_reason = NULL;
	return error_no_memory();
}

/* As keep(), for what the kernel would find wrong as well. */
#define keep_damaged(unpacking, ...) ((unpacking)->damaged = true, keep(unpacking, __VA_ARGS__))

/*
 * True for files that the kernel looks for in uncompressed archives before it has any decompressor
 * (lib/earlycpio.c): in a compressed one they do nothing, and unpacked they would.
 */
static bool is_for_early_search(const struct cpio_member *entry)
{
	static const char microcode[] = "kernel/x86/microcode/", acpi[] = "kernel/firmware/acpi/";

	return bytes_match(entry->name, 0, microcode, sizeof(microcode) - 1) ||
	       bytes_match(entry->name, 0, acpi, sizeof(acpi) - 1);
}

/*
 * The end of the archive at @offset, its trailer included; false if it is not whole. Then *@ret is
 * where the member that is not whole starts: one that was begun and then cut off, or, where no
 * member begins, an archive without a trailer, which the kernel takes.
 *
 * @param ret_early  set if it holds something for the kernel's early search
 */
static bool archive_end(struct bytes bytes, uint64_t offset, uint64_t *ret, bool *ret_early)
{
	struct cpio_member entry;

	for (unsigned int i = 0; i < CPIO_ENTRIES_MAX; i++) {
		*ret = offset;
		if (!align_up(offset, CPIO_ALIGNMENT, &offset))
			return false;
		*ret = offset;
		if (!cpio_read_member(bytes, offset, &entry))
			return false;
		offset = entry.end;
		*ret_early = *ret_early || is_for_early_search(&entry);
		if (cpio_is_trailer(&entry)) {
			*ret = offset;
			return true;
		}
	}
	return false;
}

/*
 * True if @bytes is nothing but whole archives, with zeros between and after them. Zeros before the
 * first one are an error to the kernel if it has seen no other archive.
 *
 * @param ret_cut  set if it is not because a member is cut off, *@ret_at then where that starts
 */
static bool is_archives(struct bytes bytes, bool *ret_early, bool *ret_cut, uint64_t *ret_at)
{
	uint64_t offset = 0;

	if (!bytes.size || bytes.data[0] == 0)
		return false;
	while (offset < bytes.size) {
		if (bytes.data[offset] == 0) {
			offset++;
			continue;
		}
		if (offset % CPIO_ALIGNMENT)
			return false;
		if (archive_end(bytes, offset, ret_at, ret_early)) {
			offset = *ret_at;
			continue;
		}
		*ret_cut = cpio_is_cut_off(bytes, *ret_at);
		return false;
	}
	return true;
}

/* The next piece starts at a multiple of four, as it did: a stream counts from its own start. */
static struct error *align_result(struct unpacking *unpacking)
{
	uint64_t size;

	if (!align_up(unpacking->result.size, CPIO_ALIGNMENT, &size))
		return error_no_memory();
	return blob_resize(&unpacking->result, size);
}

/* Where the first archives end that nobody has copied yet, aligned; the result is empty then. */
static bool joins_plain(const struct unpacking *unpacking, uint64_t start)
{
	uint64_t aligned;

	return !unpacking->result.size && align_up(unpacking->plain, CPIO_ALIGNMENT, &aligned) &&
	       start == aligned;
}

/* What comes next is not beside the first archives: have them in the result, ready for more. */
static struct error *copy_plain(struct unpacking *unpacking)
{
	uint64_t size = unpacking->plain;

	unpacking->plain = 0;
	TRY(blob_append(&unpacking->result, unpacking->packed.data, size));
	return align_result(unpacking);
}

static struct error *keep_too_large(struct unpacking *unpacking, const char *unpacked)
{
	unpacking->initrd->contents_least = unpacking->limit;
	return keep(unpacking, "%sit is larger than the %" PRIu64 " MiB allowed for it", unpacked,
		unpacking->limit >> 20);
}

/* Have the archive in [@start, @end) of the files in the result. */
static struct error *add_archive(struct unpacking *unpacking, uint64_t start, uint64_t end)
{
	if (joins_plain(unpacking, start)) {
		if (end > unpacking->limit)
			return keep_too_large(unpacking, "");
		unpacking->plain = end;
		return NULL;
	}
	TRY(copy_plain(unpacking));
	if (unpacking->result.size > unpacking->limit ||
		end - start > unpacking->limit - unpacking->result.size)
		return keep_too_large(unpacking, "");
	return blob_append(&unpacking->result, unpacking->packed.data + start, end - start);
}

static struct error *take_archive(struct unpacking *unpacking)
{
	uint64_t start = unpacking->offset, end;
	bool early = false;

	if (!archive_end(unpacking->packed, start, &end, &early))
		return cpio_is_cut_off(unpacking->packed, end)
			       ? keep_damaged(unpacking,
					 "the archive at 0x%" PRIx64
					 " has no end: the member at 0x%" PRIx64
					 " is cut off; the file is truncated or damaged",
					 start, end)
			       : keep(unpacking, "the archive at 0x%" PRIx64 " has no end", start);
	/* The early search ends at the first compressed archive, and would not any more. */
	if (early && unpacking->changed)
		return keep(unpacking,
			"the archive at 0x%" PRIx64
			" holds microcode or ACPI tables behind a compressed one, which would take "
			"effect if that were unpacked",
			start);
	TRY(add_archive(unpacking, start, end));
	if (unpacking->kept_reason)
		return NULL;
	unpacking->offset = end;
	/* The kernel: "broken padding". */
	while (end < unpacking->packed.size && unpacking->packed.data[end] == 0)
		end++;
	if (end < unpacking->packed.size && end % CPIO_ALIGNMENT)
		return keep(unpacking, "what follows at 0x%" PRIx64 " is not aligned", end);
	return NULL;
}

/* The decoder needs the first @used bytes of its input no more, and all of @out is final. */
static void on_the_way(void *data, uint64_t used, const struct blob *out)
{
	struct unpacking *unpacking = data;

	digest_stream_advance(&unpacking->digest, out->data, out->size);
	if (!unpacking->initrd->from_files)
		return;
	blob_discard(&unpacking->initrd->bytes, unpacking->given_back, unpacking->offset + used);
	unpacking->given_back = unpacking->offset + used;
}

/* What the stream at the offset unpacked to, in the result from @start on. */
static struct error *check_contents(
	struct unpacking *unpacking, const struct codec *codec, uint64_t start)
{
	struct bytes contents =
		bytes_part(blob_bytes(&unpacking->result), start, unpacking->result.size - start);
	bool early = false, cut = false;
	uint64_t at = 0;

	if (!is_archives(contents, &early, &cut, &at))
		return cut ? keep_damaged(unpacking,
				     "the %s stream at 0x%" PRIx64
				     " does not hold whole archives: the member at 0x%" PRIx64
				     " of what it unpacks to is cut off; the file is truncated or "
				     "damaged",
				     codec->name, unpacking->offset, at)
			   : keep(unpacking,
				     "the %s stream at 0x%" PRIx64 " does not hold whole archives",
				     codec->name, unpacking->offset);
	if (early)
		return keep(unpacking,
			"the %s stream at 0x%" PRIx64
			" holds microcode or ACPI tables, which would take effect if unpacked",
			codec->name, unpacking->offset);
	return NULL;
}

static struct error *take_stream(struct unpacking *unpacking, const struct codec *codec)
{
	struct bytes rest = bytes_part(
		unpacking->packed, unpacking->offset, unpacking->packed.size - unpacking->offset);
	struct codec_options options = {.watch = on_the_way, .data = unpacking};
	struct blob *result = &unpacking->result;
	uint64_t start, used = 0;
	_cleanup_error_ struct error *error = NULL;

	TRY(copy_plain(unpacking));
	start = result->size;
	if (start > unpacking->limit)
		return keep_too_large(unpacking, "");
	options.limit = unpacking->limit - start;
	error = codec->decompress(rest, &options, result, &used);
	if (error_code(error) == ERROR_NO_MEMORY)
		return keep(unpacking, "there is no memory to unpack it");
	if (error_code(error) == ERROR_LIMIT)
		return keep_too_large(unpacking, "unpacked ");
	if (error) {
		unpacking->damaged = error_code(error) == ERROR_DAMAGED;
		return keep(unpacking, "%s", error_message(error));
	}
	TRY(check_contents(unpacking, codec, start));
	unpacking->offset += used;
	unpacking->changed = true;
	return NULL;
}

bool initrd_is_bootconfig(struct bytes bytes)
{
	static const char magic[] = "#BOOTCONFIG\n";
	enum { SIZE = 0, SUM = 4, MAGIC = 8, END = 20, PADDING_MAX = 3 };
	uint64_t end = bytes.size, text;
	uint32_t sum = 0;

	while (end && bytes.size - end < PADDING_MAX && !bytes.data[end - 1])
		end--;
	if (end < END)
		return false;
	text = end - END;
	if (!bytes_match(bytes, text + MAGIC, magic, sizeof(magic) - 1) ||
		load_le32(bytes.data + text + SIZE) != text)
		return false;
	for (uint64_t i = 0; i < text; i++)
		sum += bytes.data[i];
	return sum == load_le32(bytes.data + text + SUM);
}

/* The kernel takes it from the very end, before it unpacks what is left. */
static struct error *take_bootconfig(struct unpacking *unpacking, struct bytes rest)
{
	TRY(copy_plain(unpacking));
	if (unpacking->result.size > unpacking->limit ||
		rest.size > unpacking->limit - unpacking->result.size)
		return keep_too_large(unpacking, "");
	TRY(blob_append(&unpacking->result, rest.data, rest.size));
	unpacking->offset += rest.size;
	return NULL;
}

static struct error *take_piece(struct unpacking *unpacking)
{
	struct bytes packed = unpacking->packed;
	struct bytes rest = bytes_part(packed, unpacking->offset, packed.size - unpacking->offset);
	const struct foreign *foreign;
	const struct codec *codec;

	if (unpacking->offset % CPIO_ALIGNMENT == 0 && cpio_begins_at(packed, unpacking->offset))
		return take_archive(unpacking);
	codec = codec_probe(rest);
	if (codec)
		return take_stream(unpacking, codec);
	if (initrd_is_bootconfig(rest))
		return take_bootconfig(unpacking, rest);
	foreign = unpacking->offset ? NULL : foreign_recognize(rest);
	if (foreign && !foreign->may_be_initrd)
		return keep_damaged(unpacking, "it is %s, and no initrd", foreign->what);
	unpacking->doubtful = true;
	return keep(unpacking, "unknown data at 0x%" PRIx64, unpacking->offset);
}

static struct error *unpack_all(struct unpacking *unpacking)
{
	while (unpacking->offset < unpacking->packed.size && !unpacking->kept_reason) {
		if (unpacking->packed.data[unpacking->offset] == 0)
			unpacking->offset++;
		else
			TRY(take_piece(unpacking));
	}
	if (unpacking->kept_reason)
		return NULL;
	unpacking->initrd->checked = true;
	unpacking->initrd->contents = unpacking->plain + unpacking->result.size;
	if (!unpacking->changed)
		return keep(unpacking, "nothing in it is compressed");
	if (unpacking->result.size > unpacking->limits->there)
		return keep(unpacking, "unpacked it has %" PRIu64 " MiB, and is there twice; %s",
			unpacking->result.size >> 20, unpacking->limits->there_reason);
	return NULL;
}

/* Have the files again as they were read; whatever was given back is there. */
static struct error *read_again(struct initrd *initrd)
{
	_cleanup_initrd_ struct initrd again = {0};
	const char *paths[INITRD_MAX];

	/* In the order of the parts, which is the one that initrd_read() would arrive at again. */
	for (unsigned int i = 0; i < initrd->count; i++)
		paths[i] = initrd->parts[i].path;
	blob_deinit(&initrd->bytes);
	TRY(initrd_read(paths, initrd->count, &again));
	again.reordered |= initrd->reordered;
	again.checked = initrd->checked;
	again.contents = initrd->contents;
	again.contents_least = initrd->contents_least;
	initrd_deinit(initrd);
	*initrd = again;
	again = (struct initrd){0};
	return NULL;
}

/* The name of the file that @offset of the concatenation lies in. */
static const char *path_at(const struct initrd *initrd, uint64_t offset)
{
	const char *path = "initrd";

	for (unsigned int i = 0; i < initrd->count && initrd->parts[i].offset <= offset; i++)
		path = initrd->parts[i].path;
	return path;
}

static struct error *note_damage(struct unpacking *unpacking)
{
	struct initrd *initrd = unpacking->initrd;

	if (asprintf(&initrd->damage, "%s: %s", path_at(initrd, unpacking->offset),
		    unpacking->kept_reason) >= 0)
		return NULL;
	initrd->damage = NULL;
	return error_no_memory();
}

/* Put the result in place of what was there, or the reason why not. */
static struct error *settle(struct unpacking *unpacking)
{
	struct initrd *initrd = unpacking->initrd;

	/* Nobody will use it: what was given back need not be read again. */
	if (unpacking->kept_reason && unpacking->damaged)
		TRY(note_damage(unpacking));
	else if (unpacking->kept_reason && unpacking->given_back)
		TRY(read_again(initrd));
	free(initrd->kept_reason);
	initrd->kept_reason = unpacking->kept_reason;
	initrd->doubtful = unpacking->doubtful;
	unpacking->kept_reason = NULL;
	if (initrd->kept_reason)
		return NULL;
	initrd->packed_size = initrd->bytes.size;
	blob_deinit(&initrd->bytes);
	initrd->bytes = blob_steal(&unpacking->result);
	unpacking->replaced = true;
	return NULL;
}

struct error *initrd_unpack(struct initrd *initrd, uint64_t limit)
{
	const struct initrd_limits limits = {.here = limit, .there = limit};

	return initrd_finish(initrd, &limits, DIGEST_NONE);
}

static struct error *unpack_into_place(struct unpacking *unpacking)
{
	TRY(unpack_all(unpacking));
	return settle(unpacking);
}

struct error *initrd_finish(
	struct initrd *initrd, const struct initrd_limits *limits, enum digest_algorithm algorithm)
{
	struct unpacking unpacking = {
		.initrd = initrd,
		.packed = blob_bytes(&initrd->bytes),
		.limit = limits->here,
		.limits = limits,
		.digest = digest_stream_begin(algorithm),
	};
	struct error *error = limits->here ? unpack_into_place(&unpacking) : NULL;

	blob_deinit(&unpacking.result);
	free(unpacking.kept_reason);
	if (error || !algorithm)
		return error;
	if (!unpacking.replaced)
		unpacking.digest = digest_stream_begin(algorithm);
	initrd->algorithm = algorithm;
	initrd->digest =
		digest_stream_end(&unpacking.digest, initrd->bytes.data, initrd->bytes.size);
	return NULL;
}
