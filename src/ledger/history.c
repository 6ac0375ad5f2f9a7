/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading the history: from its end backwards, so that a huge file costs no more than a large one.
 */
#include "ledger/history.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/blob.h"
#include "base/error.h"
#include "ledger/history_file.h"
#include "ledger/ledger_json.h"

/* Our own lines nest two deep. */
enum { DEPTH_MAX = 6 };

void history_deinit(struct history *history)
{
	for (size_t i = 0; i < history->count; i++)
		json_object_put(history->items[i].object);
	free(history->items);
	*history = (struct history){0};
}

const struct ledger_boot *history_find(const struct history *history, const char *boot_id)
{
	for (size_t i = history->count; i-- > 0;)
		if (strcmp(history->items[i].boot.boot_id, boot_id) == 0)
			return &history->items[i].boot;
	return NULL;
}

/* The object that is all of @line; NULL if the line is anything else. */
static struct json_object *parse_line(struct bytes line)
{
	struct json_tokener *tokener;
	struct json_object *object;

	/* A zero is looked for because json-c takes it for the end of its text. */
	if (!line.size || line.size > HISTORY_LINE_MAX || line.data[0] != '{' ||
		memchr(line.data, '\0', line.size))
		return NULL;
	tokener = json_tokener_new_ex(DEPTH_MAX);
	if (!tokener)
		return NULL;
	/* Strict: nothing may follow the object. */
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, (const char *)line.data, (int)line.size);
	json_tokener_free(tokener);
	return object;
}

/* The entry's version; 0 if it has none. */
static int64_t version_of(struct json_object *object)
{
	struct json_object *version = json_object_object_get(object, "version");

	return json_object_is_type(version, json_type_int) ? json_object_get_int64(version) : 0;
}

static struct error *keep(struct history *history, const struct history_item *entry)
{
	struct history_item *items;

	/* At each power of two there is room for as many again. */
	if ((history->count & (history->count - 1)) == 0) {
		size_t capacity = history->count ? history->count * 2 : 1;

		items = reallocarray(history->items, capacity, sizeof(*items));
		if (!items)
			return error_no_memory();
		history->items = items;
	}
	history->items[history->count++] = *entry;
	return NULL;
}

/* Add the boot of @line, unless a later line told of it already. */
static struct error *add_line(struct history *history, struct bytes line)
{
	struct history_item entry = {.object = parse_line(line)};
	_cleanup_error_ struct error *invalid = NULL;
	struct error *error = NULL;
	int64_t version = version_of(entry.object);

	if (version > HISTORY_VERSION) {
		history->newer++;
	} else {
		if (version == HISTORY_VERSION)
			invalid = ledger_from_json(entry.object, &entry.boot);
		if (version < HISTORY_VERSION || invalid || !entry.boot.boot_id[0])
			history->passed_over++;
		else if (!history_find(history, entry.boot.boot_id) &&
			 !(error = keep(history, &entry)))
			return NULL;
	}
	json_object_put(entry.object);
	return error;
}

/* From the newest to the oldest; empty lines are nothing. */
static struct error *parse_backwards(struct bytes bytes, bool shortened, struct history *history)
{
	while (bytes.size) {
		const uint8_t *newline = memrchr(bytes.data, '\n', bytes.size);
		uint64_t start = newline ? (uint64_t)(newline - bytes.data) + 1 : 0;

		if (history->count == HISTORY_ENTRIES_MAX || (!newline && shortened)) {
			history->shortened = true;
			return NULL;
		}
		if (start < bytes.size)
			TRY(add_line(history, bytes_part(bytes, start, bytes.size - start)));
		bytes.size = start ? start - 1 : 0;
	}
	return NULL;
}

struct error *history_parse(struct bytes bytes, bool shortened, struct history *ret)
{
	*ret = (struct history){0};
	TRY(parse_backwards(bytes, shortened, ret));
	ret->shortened |= shortened;
	for (size_t i = 0; i < ret->count / 2; i++) {
		struct history_item other = ret->items[ret->count - 1 - i];

		ret->items[ret->count - 1 - i] = ret->items[i];
		ret->items[i] = other;
	}
	return NULL;
}

/* Its last HISTORY_BYTES_MAX bytes. */
static struct error *read_end(int fd, struct blob *ret, bool *ret_shortened)
{
	struct stat status;
	uint64_t size;

	if (fstat(fd, &status) < 0)
		return error_system(errno, "stat");
	if (!S_ISREG(status.st_mode))
		return error_new(ERROR_FORMAT, "not a regular file");
	size = (uint64_t)status.st_size;
	*ret_shortened = size > HISTORY_BYTES_MAX;
	if (*ret_shortened)
		size = HISTORY_BYTES_MAX;
	TRY(blob_resize(ret, size));
	for (uint64_t done = 0; done < size;) {
		ssize_t got = pread(
			fd, ret->data + done, size - done, status.st_size - (off_t)(size - done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_system(errno, "read");
		/* It was cut meanwhile: what was read before that is as good. */
		if (got == 0)
			return blob_resize(ret, done);
		done += (uint64_t)got;
	}
	return NULL;
}

struct error *history_read_file(int fd, struct history *ret, bool *ret_in_mid_line)
{
	_cleanup_blob_ struct blob end = {0};
	bool shortened = false;

	*ret = (struct history){0};
	TRY(read_end(fd, &end, &shortened));
	*ret_in_mid_line = end.size && end.data[end.size - 1] != '\n';
	return history_parse(blob_bytes(&end), shortened, ret);
}

struct error *history_read(const char *root, struct history *ret)
{
	_cleanup_fd_ int root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_fd_ int fd = -1;
	bool in_mid_line;

	*ret = (struct history){0};
	if (root_fd < 0)
		return error_system(errno, "%s", root);
	/* Waiting for nothing, should there be a pipe in its place. */
	fd = openat(root_fd, HISTORY_FOLDER "/" HISTORY_FILE,
		O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return NULL;
	if (fd < 0)
		return error_system(errno, "%s", HISTORY_PATH);
	return error_prefix(history_read_file(fd, ret, &in_mid_line), "%s", HISTORY_PATH);
}
