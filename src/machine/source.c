/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The gateway itself: every question is asked once, and the answer kept. */
#include "machine/source_internal.h"

#include "base/error.h"
#include "codec/codec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct source *source_new(void)
{
	struct source *source = calloc(1, sizeof(*source));

	if (source)
		source->root_fd = -1;
	return source;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	for (size_t i = 0; i < source->count; i++) {
		free(source->members[i].path);
		blob_deinit(&source->members[i].owned);
	}
	free(source->members);
	blob_deinit(&source->archive);
	if (source->root_fd >= 0)
		close(source->root_fd);
	free(source);
}

void source_closep(struct source **source)
{
	source_close(*source);
	*source = NULL;
}

bool source_is_live(const struct source *source)
{
	return source->live;
}

struct member *source_find(const struct source *source, const char *path, bool directory)
{
	for (size_t i = source->count; i-- > 0;)
		if (source->members[i].directory == directory &&
			strcmp(source->members[i].path, path) == 0)
			return &source->members[i];
	return NULL;
}

/* Room for one member more, of @size bytes. */
static struct error *source_reserve(struct source *source, uint64_t size)
{
	size_t capacity = source->capacity ? source->capacity * 2 : 64;
	struct member *members;

	if (source->count == SOURCE_MEMBERS_LIMIT)
		return error_new(ERROR_LIMIT, "more than %d files, tables and directories",
			SOURCE_MEMBERS_LIMIT);
	if (size > SOURCE_TOTAL_LIMIT || source->total > SOURCE_TOTAL_LIMIT - size)
		return error_new(
			ERROR_LIMIT, "more than %d MiB in all", (int)(SOURCE_TOTAL_LIMIT >> 20));
	if (source->count < source->capacity)
		return NULL;
	members = reallocarray(source->members, capacity, sizeof(*members));
	if (!members)
		return error_no_memory();
	source->members = members;
	source->capacity = capacity;
	return NULL;
}

/* Put a NUL after the last byte, without counting it. */
static struct error *terminate(struct blob *blob)
{
	TRY(blob_reserve(blob, blob->size + 1));
	blob->data[blob->size] = '\0';
	return NULL;
}

struct error *source_add(
	struct source *source, const char *path, const struct member *like, struct blob *owned)
{
	struct member member = *like;

	TRY(error_prefix(source_reserve(source, member.contents.size), "%s", path));
	if (owned) {
		TRY(error_prefix(terminate(owned), "%s", path));
		member.contents = blob_bytes(owned);
	}
	member.path = strdup(path);
	if (!member.path)
		return error_no_memory();
	member.owned = owned ? blob_steal(owned) : (struct blob){0};
	source->total += member.contents.size;
	source->members[source->count++] = member;
	return NULL;
}

/* Keep what was read, found or not, as the answer for @path. */
static struct error *keep_read(
	struct source *source, const char *path, bool found, struct blob *contents)
{
	struct member member = {.found = found, .contents = blob_bytes(contents)};

	return source_add(source, path, &member, found ? contents : NULL);
}

/* The answer from a member, or "not found" where there is none. */
static void answer(const struct source *source, const char *path, bool directory, bool *ret_found,
	struct bytes *ret)
{
	const struct member *member = source_find(source, path, directory);

	*ret_found = member && member->found;
	*ret = *ret_found ? member->contents : bytes_of("", 0);
}

static bool is_known(const struct source *source, const char *path, bool directory)
{
	return source->record || source_find(source, path, directory);
}

static struct error *read_file(struct source *source, const char *path, uint64_t limit,
	bool truncate, bool *ret_found, struct bytes *ret)
{
	_cleanup_blob_ struct blob contents = {0};
	bool found;

	if (!is_known(source, path, false)) {
		TRY(live_read_file(source->root_fd, path, limit, truncate, &found, &contents));
		TRY(keep_read(source, path, found, &contents));
	}
	answer(source, path, false, ret_found, ret);
	return NULL;
}

struct error *source_file(
	struct source *source, const char *path, bool *ret_found, struct bytes *ret)
{
	return read_file(source, path, SOURCE_FILE_LIMIT, false, ret_found, ret);
}

struct error *source_file_head(
	struct source *source, const char *path, uint64_t limit, bool *ret_found, struct bytes *ret)
{
	TRY(read_file(source, path, limit, true, ret_found, ret));
	if (ret->size > limit)
		ret->size = limit;
	return NULL;
}

/* Unpack @contents in place if it is packed. */
static struct error *unpack_text(struct blob *contents)
{
	const struct codec *codec = codec_probe(blob_bytes(contents));
	const struct codec_options options = {.limit = SOURCE_FILE_LIMIT};
	_cleanup_blob_ struct blob unpacked = {0};
	uint64_t used;

	if (!codec)
		return NULL;
	TRY(codec->decompress(blob_bytes(contents), &options, &unpacked, &used));
	blob_deinit(contents);
	*contents = blob_steal(&unpacked);
	return NULL;
}

static bool begins_with_any(struct bytes line, const char *const *beginnings)
{
	for (; *beginnings; beginnings++)
		if (bytes_match(line, 0, *beginnings, strlen(*beginnings)))
			return true;
	return false;
}

static struct error *filter_lines(
	struct bytes contents, const char *const *beginnings, struct blob *ret)
{
	for (uint64_t at = 0; at < contents.size;) {
		const uint8_t *line = contents.data + at;
		const uint8_t *end = memchr(line, '\n', contents.size - at);
		uint64_t size = end ? (uint64_t)(end - line) + 1 : contents.size - at;

		if (begins_with_any(bytes_of(line, size), beginnings))
			TRY(blob_append(ret, line, size));
		at += size;
	}
	return NULL;
}

struct error *source_file_lines(struct source *source, const char *path,
	const char *const *beginnings, bool *ret_found, struct bytes *ret)
{
	_cleanup_blob_ struct blob contents = {0}, lines = {0};
	bool found;

	if (!is_known(source, path, false)) {
		TRY(live_read_file(
			source->root_fd, path, SOURCE_FILE_LIMIT, false, &found, &contents));
		if (found) {
			struct error *error = unpack_text(&contents);

			found = !error;
			error_free(error);
			TRY(filter_lines(blob_bytes(&contents), beginnings, &lines));
		}
		TRY(keep_read(source, path, found, &lines));
	}
	answer(source, path, false, ret_found, ret);
	return NULL;
}

struct error *source_directory(struct source *source, const char *path, bool *ret_found)
{
	struct bytes contents;

	if (!is_known(source, path, true)) {
		struct member member = {
			.found = live_has_directory(source->root_fd, path),
			.directory = true,
			.contents = bytes_of("", 0),
		};

		TRY(source_add(source, path, &member, NULL));
	}
	answer(source, path, true, ret_found, &contents);
	return NULL;
}

struct error *source_table(struct source *source, const char *path, const char *const *columns,
	bool *ret_found, struct bytes *ret)
{
	_cleanup_blob_ struct blob contents = {0};
	char name[256];
	bool found;

	snprintf(name, sizeof(name), "%s.table", path);
	if (!is_known(source, name, false)) {
		TRY(live_read_table(source->root_fd, path, columns, &found, &contents));
		TRY(keep_read(source, name, found, &contents));
	}
	answer(source, name, false, ret_found, ret);
	return NULL;
}

struct error *source_memory(
	struct source *source, uint64_t address, uint64_t size, bool *ret_found, struct bytes *ret)
{
	_cleanup_blob_ struct blob contents = {0};
	char name[64];
	bool found;

	snprintf(name, sizeof(name), "baton/memory-0x%" PRIx64, address);
	if (!is_known(source, name, false)) {
		TRY(live_read_memory(source->root_fd, address, size, &found, &contents));
		TRY(keep_read(source, name, found, &contents));
	}
	answer(source, name, false, ret_found, ret);
	/* A record may hold fewer. */
	*ret_found = *ret_found && ret->size >= size;
	ret->size = *ret_found ? size : 0;
	return NULL;
}

struct error *source_note(struct source *source, const char *path, struct bytes contents)
{
	_cleanup_blob_ struct blob copy = {0};

	TRY(blob_copy(contents, &copy));
	return keep_read(source, path, true, &copy);
}
