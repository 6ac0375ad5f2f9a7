/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/prepared.h"

#include "base/error.h"
#include "base/save.h"
#include "codec/codec.h"
#include "image/bzimage.h"
#include "image/image.h"
#include "image/payload.h"
#include "wire/digest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <lz4frame.h>
#include <lz4hc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FOLDER "var/cache/baton/kernels"
#define SUFFIX ".lz4"

static void free_text(char **text)
{
	free(*text);
}
#define _cleanup_text_ __attribute__((cleanup(free_text)))

static void close_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}
#define _cleanup_folder_ __attribute__((cleanup(close_folder)))

/* True if there was none. For what may fail without a word. */
static bool drop_error(struct error *error)
{
	error_free(error);
	return !error;
}

/* "/" and "/tmp/x" alike, without a second slash. */
static const char *before_path(const char *root)
{
	return strcmp(root, "/") == 0 ? "" : root;
}

static struct error *path_of(const char *root, struct bytes packed, char **ret)
{
	struct digest key = digest_of(DIGEST_XXH3_128, packed.data, packed.size);

	if (asprintf(ret, "%s/" FOLDER "/%016" PRIx64 "%016" PRIx64 SUFFIX, before_path(root),
		    key.word[1], key.word[0]) < 0)
		return error_no_memory();
	return NULL;
}

/* Whoever may write to the file decides what boots. */
static struct error *check_owner(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return error_system(errno, "%s", path);
	if (!S_ISREG(status.st_mode) || (status.st_uid != 0 && status.st_uid != geteuid()) ||
		status.st_mode & (S_IWGRP | S_IWOTH))
		return error_new(ERROR_FORMAT,
			"%s: others than root may write to it, so it is not used; delete it", path);
	return NULL;
}

static struct error *read_prepared(const char *path, struct blob *ret)
{
	struct codec_options options = {.limit = IMAGE_SIZE_LIMIT};
	const struct codec *codec = codec_by_name("lz4");
	_cleanup_blob_ struct blob file = {0};
	uint64_t used = 0;

	TRY(check_owner(path));
	TRY(blob_read_file(path, IMAGE_SIZE_LIMIT, &file));
	if (!codec->probe(blob_bytes(&file)))
		return error_new(ERROR_FORMAT, "%s: not an LZ4 frame", path);
	return error_prefix(codec->decompress(blob_bytes(&file), &options, ret, &used), "%s", path);
}

struct error *prepared_find(const char *root, const struct image *image, struct blob *ret)
{
	_cleanup_text_ char *path = NULL;
	_cleanup_blob_ struct blob unpacked = {0};
	struct bytes packed;

	*ret = (struct blob){0};
	if (image->kind != IMAGE_BZIMAGE || !image->bzimage.payload_length)
		return NULL;
	TRY(bzimage_payload(image, &packed));
	TRY(path_of(root, packed, &path));
	if (access(path, F_OK) < 0)
		return NULL;
	TRY(error_hint(read_prepared(path, &unpacked),
		"the kernel is unpacked again; `baton prepare` makes the file anew"));
	*ret = blob_steal(&unpacked);
	return NULL;
}

bool prepared_is_there(const char *root, const struct image *image)
{
	_cleanup_text_ char *path = NULL;
	struct bytes packed;

	return drop_error(bzimage_payload(image, &packed)) &&
	       drop_error(path_of(root, packed, &path)) && access(path, F_OK) == 0;
}

/* Blocks of their own and of 4 MiB, so that each is unpacked straight into its place. */
static struct error *pack(struct bytes bytes, struct blob *ret)
{
	LZ4F_preferences_t preferences = {
		.frameInfo =
			{
				.blockSizeID = LZ4F_max4MB,
				.blockMode = LZ4F_blockIndependent,
				.blockChecksumFlag = LZ4F_blockChecksumEnabled,
				.contentSize = bytes.size,
			},
		.compressionLevel = LZ4HC_CLEVEL_DEFAULT,
	};
	size_t size;

	TRY(blob_resize(ret, LZ4F_compressFrameBound(bytes.size, &preferences)));
	size = LZ4F_compressFrame(ret->data, ret->size, bytes.data, bytes.size, &preferences);
	if (LZ4F_isError(size))
		return error_new(ERROR_OTHER, "lz4: %s", LZ4F_getErrorName(size));
	return blob_resize(ret, size);
}

/* "var/cache/baton", and with the folder of the kernels. */
enum { CACHE_PARTS = 3, KERNELS_PARTS };

static struct error *explain(int errnum, const char *path)
{
	if (errnum == EACCES || errnum == EPERM)
		return error_new(ERROR_NOT_PERMITTED,
			"%s: not permitted; prepared kernels are root's: try again with sudo",
			path);
	return error_system(errnum, "%s", path);
}

/* The folder and those above it. Only root needs to see what is in that of the kernels. */
static struct error *make_folder(const char *root, int count)
{
	static const char *const parts[KERNELS_PARTS] = {
		"var", "var/cache", "var/cache/baton", "var/cache/baton/kernels"};

	for (int i = 0; i < count; i++) {
		_cleanup_text_ char *path = NULL;

		if (asprintf(&path, "%s/%s", before_path(root), parts[i]) < 0) {
			path = NULL;
			return error_no_memory();
		}
		if (mkdir(path, i < CACHE_PARTS ? 0755 : 0700) < 0 && errno != EEXIST)
			return explain(errno, path);
		if (i == count - 1 && access(path, W_OK) < 0)
			return explain(errno, path);
	}
	return NULL;
}

struct kept {
	char *path;
	struct timespec made;
	bool left_behind; /* what save_file() was writing when it was killed */
};

/* Longer than any writing takes. */
enum { LEFT_BEHIND_SECONDS = 24 * 60 * 60 };

static int newest_first(const void *a, const void *b)
{
	const struct kept *first = a, *second = b;

	if (first->left_behind != second->left_behind)
		return first->left_behind ? 1 : -1;
	if (first->made.tv_sec != second->made.tv_sec)
		return first->made.tv_sec > second->made.tv_sec ? -1 : 1;
	return first->made.tv_nsec > second->made.tv_nsec
		       ? -1
		       : first->made.tv_nsec < second->made.tv_nsec;
}

static struct error *add_kept(
	DIR *folder, const char *folder_path, const char *name, struct kept **list, size_t *count)
{
	struct stat status;
	struct kept *grown;
	const char *suffix = strstr(name, SUFFIX);
	bool whole = suffix && suffix > name && !suffix[strlen(SUFFIX)];
	bool left_behind = suffix && suffix > name && suffix[strlen(SUFFIX)] == '.';

	if ((!whole && !left_behind) ||
		fstatat(dirfd(folder), name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return NULL;
	if (left_behind && time(NULL) - status.st_mtim.tv_sec < LEFT_BEHIND_SECONDS)
		return NULL;
	grown = reallocarray(*list, *count + 1, sizeof(**list));
	if (!grown)
		return error_no_memory();
	*list = grown;
	if (asprintf(&grown[*count].path, "%s/%s", folder_path, name) < 0)
		return error_no_memory();
	grown[*count].left_behind = left_behind;
	grown[(*count)++].made = status.st_mtim;
	return NULL;
}

/* Another `baton prepare` may have deleted it first. */
static struct error *delete (const char *path)
{
	return unlink(path) == 0 || errno == ENOENT ? NULL : error_system(errno, "%s", path);
}

/*
 * Delete all but the @most newest, and what a killed process left behind; @ret_count is how many
 * kernels were deleted.
 */
static struct error *delete_older(const char *root, size_t most, unsigned int *ret_count)
{
	_cleanup_text_ char *path = NULL;
	_cleanup_folder_ DIR *folder = NULL;
	struct error *error = NULL;
	struct kept *list = NULL;
	size_t count = 0;

	*ret_count = 0;
	if (asprintf(&path, "%s/" FOLDER, before_path(root)) < 0) {
		path = NULL;
		return error_no_memory();
	}
	folder = opendir(path);
	if (!folder)
		return errno == ENOENT ? NULL : explain(errno, path);
	for (struct dirent *entry = readdir(folder); entry && !error; entry = readdir(folder))
		error = add_kept(folder, path, entry->d_name, &list, &count);
	if (count)
		qsort(list, count, sizeof(*list), newest_first);
	for (size_t i = 0; i < count; i++) {
		bool unwanted = i >= most || list[i].left_behind;

		if (!error && unwanted) {
			error = delete (list[i].path);
			*ret_count += !error && !list[i].left_behind;
		}
		free(list[i].path);
	}
	free(list);
	return error;
}

struct error *prepared_make(const char *root, const struct image *image, uint64_t memory,
	char **ret_path, uint64_t *ret_size, uint64_t *ret_unpacked)
{
	_cleanup_payload_ struct payload payload = {0};
	_cleanup_text_ char *path = NULL;
	_cleanup_blob_ struct blob frame = {0};
	struct bytes packed;
	unsigned int deleted;

	*ret_path = NULL;
	TRY(bzimage_payload(image, &packed));
	/* Before seconds of unpacking, which would be in vain. */
	TRY(make_folder(root, KERNELS_PARTS));
	TRY(payload_unpack(image, memory, &payload));
	TRY(pack(payload.vmlinux.bytes, &frame));
	TRY(path_of(root, packed, &path));
	TRY(save_file(path, blob_bytes(&frame)));
	TRY(delete_older(root, PREPARED_KEPT, &deleted));
	*ret_size = frame.size;
	*ret_unpacked = payload.vmlinux.bytes.size;
	*ret_path = path;
	path = NULL;
	return NULL;
}

/* What was told of, a line each; begun anew before it grows without end. */
enum { HINTED_SIZE_MAX = 4096 };

static bool is_in(const struct blob *list, const char *line)
{
	return list->size && memmem(list->data, list->size, line, strlen(line));
}

static struct error *note_hint(
	const char *root, const char *path, const char *line, struct blob *list)
{
	if (list->size > HINTED_SIZE_MAX)
		TRY(blob_resize(list, 0));
	TRY(blob_append(list, line, strlen(line)));
	TRY(make_folder(root, CACHE_PARTS));
	return save_file(path, blob_bytes(list));
}

bool prepared_hint_wanted(
	const char *root, const struct image *image, const struct payload *payload)
{
	_cleanup_text_ char *path = NULL;
	_cleanup_blob_ struct blob list = {0};
	struct bytes packed;
	struct digest key;
	char line[40];

	if (!payload || payload->prepared)
		return false;
	if (asprintf(&path, "%s/var/cache/baton/hinted", before_path(root)) < 0) {
		path = NULL;
		return false;
	}
	/* Who cannot be told apart is told again. */
	if (!drop_error(bzimage_payload(image, &packed)))
		return true;
	key = digest_of(DIGEST_XXH3_128, packed.data, packed.size);
	snprintf(line, sizeof(line), "%016" PRIx64 "%016" PRIx64 "\n", key.word[1], key.word[0]);
	drop_error(blob_read_file(path, 2 * HINTED_SIZE_MAX, &list));
	if (is_in(&list, line))
		return false;
	drop_error(note_hint(root, path, line, &list));
	return true;
}

struct error *prepared_clear(const char *root, unsigned int *ret_count)
{
	return delete_older(root, 0, ret_count);
}
