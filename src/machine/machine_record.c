/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Machine records: reading one as a source, and writing what a source has read as one. */
#include "machine/source_internal.h"

#include "base/error.h"
#include "base/save.h"
#include "machine/tar.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum {
	UNPACK_STEP = 1 << 20,
	UNPACK_WINDOW_LOG_MAX = 27, /* zstd's own default: 128 MiB */
	PACK_LEVEL =
		3, /* higher ones make these tables of numbers no smaller, and slower to unpack */
};

/* Zstandard frame: RFC 8878, section 3.1.1. */
static const uint8_t zstd_magic[] = {0x28, 0xb5, 0x2f, 0xfd};

static void free_unpacker(ZSTD_DStream **unpacker)
{
	ZSTD_freeDStream(*unpacker);
}
#define _cleanup_unpacker_ __attribute__((cleanup(free_unpacker)))

/* How much room to make at first: the first frame's own word for it, as long as that is modest. */
static uint64_t unpacked_size_hint(struct bytes packed)
{
	unsigned long long size = ZSTD_getFrameContentSize(packed.data, packed.size);

	if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size == 0 ||
		size > 8 << 20)
		return UNPACK_STEP;
	return size;
}

/* Unpack all frames; @ret grows as bytes really arrive, so a lying header gains nothing. */
static struct error *unpack(struct bytes packed, struct blob *ret)
{
	_cleanup_unpacker_ ZSTD_DStream *unpacker = ZSTD_createDStream();
	ZSTD_inBuffer in = {.src = packed.data, .size = packed.size};
	size_t left = 1;

	if (!unpacker)
		return error_no_memory();
	ZSTD_DCtx_setParameter(unpacker, ZSTD_d_windowLogMax, UNPACK_WINDOW_LOG_MAX);
	TRY(blob_reserve(ret, unpacked_size_hint(packed)));
	while (left || in.pos < in.size) {
		ZSTD_outBuffer out = {.dst = ret->data, .size = ret->capacity, .pos = ret->size};
		size_t before = in.pos;

		left = ZSTD_decompressStream(unpacker, &out, &in);
		if (ZSTD_isError(left))
			return error_new(ERROR_FORMAT, "zstd: %s", ZSTD_getErrorName(left));
		if (out.pos > SOURCE_TOTAL_LIMIT)
			return error_new(ERROR_LIMIT, "unpacks to more than %d MiB",
				(int)(SOURCE_TOTAL_LIMIT >> 20));
		if (in.pos == before && out.pos == ret->size && out.pos < out.size)
			return error_new(ERROR_FORMAT, "zstd: the file is truncated");
		ret->size = out.pos;
		if (ret->size == ret->capacity)
			TRY(blob_reserve(ret, ret->capacity * 2));
	}
	return NULL;
}

/* Add a member of the archive. What ends right before the next header is copied for its NUL. */
static struct error *add_member(struct source *source, const struct tar_member *from)
{
	struct member member = {
		.found = true, .directory = from->directory, .contents = from->contents};
	bool padded = from->contents.size % TAR_BLOCK;
	_cleanup_blob_ struct blob copy = {0};

	if (source_find(source, from->path, false) || source_find(source, from->path, true))
		return error_new(ERROR_FORMAT, "%s: is there twice", from->path);
	if (padded)
		/* Inside the padding, which the archive's writer may have filled with anything. */
		((uint8_t *)from->contents.data)[from->contents.size] = '\0';
	else
		TRY(blob_copy(from->contents, &copy));
	return source_add(source, from->path, &member, padded ? NULL : &copy);
}

static struct error *check_version(const struct tar_member *first)
{
	if (strcmp(first->path, SOURCE_VERSION_PATH) != 0)
		return error_new(ERROR_FORMAT,
			"not a machine record: its first member is \"%s\", expected \"%s\"",
			first->path, SOURCE_VERSION_PATH);
	if (first->contents.size != strlen(SOURCE_VERSION_CONTENTS) ||
		memcmp(first->contents.data, SOURCE_VERSION_CONTENTS, first->contents.size) != 0)
		return error_new(ERROR_UNSUPPORTED,
			"a machine record of another version than 1; try a newer baton");
	return NULL;
}

static struct error *add_members(struct source *source)
{
	struct tar_reader reader = {.archive = blob_bytes(&source->archive)};
	struct tar_member member;
	bool end, first = true;

	for (;; first = false) {
		TRY(tar_next(&reader, &end, &member));
		if (end && first)
			return error_new(ERROR_FORMAT, "an empty archive, not a machine record");
		if (end)
			return NULL;
		if (first)
			TRY(check_version(&member));
		else
			TRY(add_member(source, &member));
	}
}

/* Make a source of @archive, packed or not, taking over its bytes. */
static struct error *open_archive(struct blob *archive, struct source **ret)
{
	_cleanup_source_ struct source *source = source_new();

	if (!source)
		return error_no_memory();
	source->record = true;
	if (bytes_match(blob_bytes(archive), 0, zstd_magic, sizeof(zstd_magic)))
		TRY(unpack(blob_bytes(archive), &source->archive));
	else
		source->archive = blob_steal(archive);
	TRY(add_members(source));
	*ret = source;
	source = NULL;
	return NULL;
}

struct error *machine_record_open(const char *path, struct source **ret)
{
	_cleanup_blob_ struct blob archive = {0};

	*ret = NULL;
	TRY(blob_read_file(path, SOURCE_TOTAL_LIMIT, &archive));
	return error_prefix(open_archive(&archive, ret), "%s", path);
}

struct error *source_open_bytes(const char *name, struct bytes bytes, struct source **ret)
{
	_cleanup_blob_ struct blob archive = {0};

	*ret = NULL;
	TRY(error_prefix(blob_copy(bytes, &archive), "%s", name));
	return error_prefix(open_archive(&archive, ret), "%s", name);
}

/* Every member that was found and that no later note has replaced, as an archive. */
static struct error *make_archive(const struct source *source, struct blob *ret)
{
	struct bytes version = bytes_of(SOURCE_VERSION_CONTENTS, strlen(SOURCE_VERSION_CONTENTS));

	TRY(tar_append(ret, SOURCE_VERSION_PATH, false, version));
	for (size_t i = 0; i < source->count; i++) {
		const struct member *member = &source->members[i];

		if (member->found && source_find(source, member->path, member->directory) == member)
			TRY(tar_append(ret, member->path, member->directory, member->contents));
	}
	return tar_finish(ret);
}

static struct error *pack(struct blob *archive)
{
	_cleanup_blob_ struct blob packed = {0};
	size_t size;

	TRY(blob_resize(&packed, ZSTD_compressBound(archive->size)));
	size = ZSTD_compress(packed.data, packed.size, archive->data, archive->size, PACK_LEVEL);
	if (ZSTD_isError(size))
		return error_new(ERROR_OTHER, "zstd: %s", ZSTD_getErrorName(size));
	packed.size = size;
	blob_deinit(archive);
	*archive = blob_steal(&packed);
	return NULL;
}

struct error *machine_record_write(const struct source *source, const char *path)
{
	_cleanup_blob_ struct blob archive = {0};
	size_t length = strlen(path);

	TRY(error_prefix(make_archive(source, &archive), "%s", path));
	if (length > 4 && strcmp(path + length - 4, ".zst") == 0)
		TRY(error_prefix(pack(&archive), "%s", path));
	return save_file(path, blob_bytes(&archive));
}
