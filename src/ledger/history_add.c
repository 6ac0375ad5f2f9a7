/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Appending to the history: one write under a lock, then to the disk.
 *
 * The lock is a file of its own, which only root can open: whoever may read the history could hold
 * a lock on it, and make the boot wait.
 */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/blob.h"
#include "base/error.h"
#include "ledger/history_file.h"
#include "ledger/ledger_json.h"
#include "ledger/phases.h"

#define LOCK_FILE "history.lock"

/* Open the folder below @root, making what is missing of it. */
static struct error *open_folder(const char *root, int *ret)
{
	static const char *const parts[] = {"var", "var/lib", HISTORY_FOLDER};
	_cleanup_fd_ int root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root_fd < 0)
		return error_system(errno, "%s", root);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (mkdirat(root_fd, parts[i], 0755) < 0 && errno != EEXIST)
			return error_system(errno, "/%s", parts[i]);
	*ret = openat(root_fd, HISTORY_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret < 0 ? error_system(errno, "/%s", HISTORY_FOLDER) : NULL;
}

/* Wait for whoever else appends; the lock goes with the descriptor. */
static struct error *take_lock(int folder, int *ret)
{
	*ret = openat(folder, LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*ret < 0)
		return error_system(errno, "/%s/%s", HISTORY_FOLDER, LOCK_FILE);
	while (flock(*ret, LOCK_EX) < 0)
		if (errno != EINTR)
			return error_system(errno, "/%s/%s: lock", HISTORY_FOLDER, LOCK_FILE);
	return NULL;
}

/* The line that tells of @boot, with the newline that the file may lack before it. */
static struct error *make_line(const struct ledger_boot *boot, bool in_mid_line, struct blob *ret)
{
	struct json_object *object = NULL, *line = json_object_new_object();
	struct error *error = line ? ledger_to_json(boot, &object) : error_no_memory();
	const char *text;

	if (!error) {
		json_object_object_add(line, "version", json_object_new_int(HISTORY_VERSION));
		json_object_object_foreach(object, key, value)
		{
			json_object_object_add(line, key, json_object_get(value));
		}
		json_object_put(object);
		text = json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN);
		error = blob_append(ret, "\n", in_mid_line);
		if (!error)
			error = blob_append(ret, text, strlen(text));
		if (!error)
			error = blob_append(ret, "\n", 1);
	}
	json_object_put(line);
	return error;
}

/* One write; one that is cut short is taken back, so that the file stays as it was. */
static struct error *append(int fd, struct bytes line)
{
	struct stat before;
	ssize_t done;

	if (fstat(fd, &before) < 0)
		return error_system(errno, "stat");
	do
		done = write(fd, line.data, line.size);
	while (done < 0 && errno == EINTR);
	if (done < 0)
		return error_system(errno, "write");
	if ((uint64_t)done < line.size) {
		/* Where that is not possible, half a line stays, which does no harm. */
		if (ftruncate(fd, before.st_size) < 0)
			errno = ENOSPC;
		return error_system(
			ENOSPC, "%zd of %llu bytes written", done, (unsigned long long)line.size);
	}
	return fdatasync(fd) < 0 ? error_system(errno, "fdatasync") : NULL;
}

/* Append, if that tells anything new. */
static struct error *append_news(int fd, const struct ledger_boot *boot, bool *ret_added)
{
	_cleanup_history_ struct history history = {0};
	_cleanup_blob_ struct blob line = {0};
	const struct ledger_boot *known;
	bool in_mid_line;

	TRY(history_read_file(fd, &history, &in_mid_line));
	known = history_find(&history, boot->boot_id);
	if (known && ledger_knowledge(known) >= ledger_knowledge(boot))
		return NULL;
	TRY(make_line(boot, in_mid_line, &line));
	TRY(append(fd, blob_bytes(&line)));
	*ret_added = true;
	return NULL;
}

struct error *history_add(const char *root, const struct ledger_boot *boot, bool *ret_added)
{
	_cleanup_fd_ int folder = -1, lock = -1, fd = -1;

	*ret_added = false;
	if (!boot->boot_id[0])
		return error_new(ERROR_UNSUPPORTED,
			"the history: this boot has no id to be known by; mount /proc");
	TRY(open_folder(root, &folder));
	TRY(take_lock(folder, &lock));
	fd = openat(folder, HISTORY_FILE,
		O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	if (fd < 0)
		return error_system(errno, "%s", HISTORY_PATH);
	TRY(error_prefix(append_news(fd, boot, ret_added), "%s", HISTORY_PATH));
	/* The file's name is on the disk only when its folder is. */
	if (*ret_added && fsync(folder) < 0)
		return error_system(errno, "/%s: fsync", HISTORY_FOLDER);
	return NULL;
}
