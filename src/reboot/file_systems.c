/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reboot/file_systems.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/blob.h"
#include "base/error.h"
#include "reboot/child.h"

enum { REMOUNT_MS = 30000, LOOK_MS = 50, TEXT_MAX = 1 << 22 };

struct path {
	char text[PATH_MAX];
};

static struct path below(const char *root, const char *name)
{
	struct path path;

	if (snprintf(path.text, sizeof(path.text), "%s/%s", root, name) >= (int)sizeof(path.text))
		path.text[0] = '\0';
	return path;
}

/* Files that cannot be seeked in have no size. */
static struct error *read_text(const char *path, struct blob *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct error *error = NULL;
	char buffer[4096];
	ssize_t got = 1;

	if (fd < 0)
		return error_system(errno, "%s", path);
	while (!error && got > 0 && ret->size < TEXT_MAX) {
		got = read(fd, buffer, sizeof(buffer));
		error = got < 0 ? error_system(errno, "%s", path)
				: blob_append(ret, buffer, (uint64_t)got);
	}
	close(fd);
	return error;
}

/* One line of mountinfo, taken apart in place: proc(5). */
struct mount {
	char *device; /* "8:1" */
	char *point;
	char *type, *source, *options; /* behind the " - "; the file system's own options */
};

static bool parse_mount(char *line, struct mount *ret)
{
	char *rest = strstr(line, " - "), *before = NULL, *behind = NULL;

	if (!rest)
		return false;
	*rest = '\0';
	strtok_r(line, " ", &before);
	strtok_r(NULL, " ", &before);
	ret->device = strtok_r(NULL, " ", &before);
	strtok_r(NULL, " ", &before);
	ret->point = strtok_r(NULL, " ", &before);
	ret->type = strtok_r(rest + 3, " ", &behind);
	ret->source = strtok_r(NULL, " ", &behind);
	ret->options = strtok_r(NULL, " ", &behind);
	return ret->device && ret->point && ret->options;
}

/* Is there a disk behind it? One in memory may be called after a device as well. */
static bool is_on_device(const struct mount *mount)
{
	static const char *const in_memory[] = {"tmpfs", "ramfs", "devtmpfs", "hugetlbfs", "fuse"};

	for (size_t i = 0; i < sizeof(in_memory) / sizeof(in_memory[0]); i++)
		if (strcmp(mount->type, in_memory[i]) == 0)
			return false;
	return strncmp(mount->source, "/dev/", 5) == 0 && strncmp(mount->type, "fuse.", 5) != 0;
}

static bool is_writable(const struct mount *mount)
{
	return strncmp(mount->options, "rw", 2) == 0 &&
	       (mount->options[2] == ',' || mount->options[2] == '\0');
}

/* Each file system once, however often it is mounted; @seen is " 8:1 8:2 ". */
static struct error *add_once(const struct mount *mount, char **seen, char **list)
{
	char device[64], *longer;

	snprintf(device, sizeof(device), " %s ", mount->device);
	if (*seen && strstr(*seen, device))
		return NULL;
	if (asprintf(&longer, "%s%s", *seen ? *seen : "", device) < 0)
		return error_no_memory();
	free(*seen);
	*seen = longer;
	if (asprintf(&longer, "%s%s%s", *list ? *list : "", *list ? ", " : "", mount->point) < 0)
		return error_no_memory();
	free(*list);
	*list = longer;
	return NULL;
}

struct error *writable_file_systems(struct bytes mountinfo, char **ret)
{
	const char *data = mountinfo.size ? (const char *)mountinfo.data : "";
	char *text = strndup(data, mountinfo.size), *seen = NULL;
	char *line, *place = NULL;
	struct error *error = text ? NULL : error_no_memory();
	struct mount mount;

	*ret = NULL;
	for (line = text ? strtok_r(text, "\n", &place) : NULL; line && !error;
		line = strtok_r(NULL, "\n", &place))
		if (parse_mount(line, &mount) && is_on_device(&mount) && is_writable(&mount))
			error = add_once(&mount, &seen, ret);
	free(text);
	free(seen);
	if (!error)
		return NULL;
	free(*ret);
	*ret = NULL;
	return error;
}

static struct error *writable_now(const char *root, char **ret)
{
	_cleanup_blob_ struct blob text = {0};

	*ret = NULL;
	TRY(read_text(below(root, "proc/self/mountinfo").text, &text));
	return writable_file_systems(blob_bytes(&text), ret);
}

static uint64_t now_ms(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Has the kernel said that it is through? Each read of /dev/kmsg is one message. */
static bool is_over(int log)
{
	char message[1024];
	ssize_t got;

	while ((got = read(log, message, sizeof(message) - 1)) > 0 || (got < 0 && errno == EPIPE)) {
		message[got < 0 ? 0 : got] = '\0';
		if (strstr(message, "Emergency Remount complete"))
			return true;
	}
	return false;
}

static int sync_work(const void *data, int out)
{
	(void)data;
	(void)out;
	sync();
	return 0;
}

/*
 * Where the kernel's messages cannot be read: sync(2) waits for the lock of each file system, which
 * a remount holds to its end.
 */
static struct error *wait_for_locks(void)
{
	const struct child child = {
		.work = sync_work, .idle_ms = REMOUNT_MS, .total_ms = REMOUNT_MS};
	int status;

	return child_run(&child, NULL, &status);
}

/*
 * Until the kernel says that this was all, or there is no more patience. That a file system is
 * shown as read-only is not enough: that comes first, and marking its journal as clean last
 * (kernel: fs/ext4/super.c, __ext4_remount).
 */
static struct error *wait_until_read_only(const char *root, int log, char **list)
{
	uint64_t until = now_ms() + REMOUNT_MS;
	bool over = false;

	while (!over && (*list || log >= 0) && now_ms() < until) {
		struct pollfd poller = {.fd = log, .events = POLLIN};

		poll(&poller, 1, LOOK_MS);
		over = log >= 0 && is_over(log);
		free(*list);
		/* NULL after an error. */
		TRY(writable_now(root, list));
	}
	return over ? NULL : wait_for_locks();
}

static struct error *request_remount(const char *root)
{
	struct path path = below(root, "proc/sysrq-trigger");
	int fd = open(path.text, O_WRONLY | O_CLOEXEC);
	struct error *error = NULL;

	if (fd < 0)
		return error_system(errno, "%s", path.text);
	if (write(fd, "u", 1) != 1)
		error = error_system(errno, "%s", path.text);
	close(fd);
	return error;
}

struct error *file_systems_read_only(const char *root)
{
	struct error *error;
	char *list;
	int log;

	TRY(writable_now(root, &list));
	if (!list)
		return NULL;
	log = open(below(root, "dev/kmsg").text, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log >= 0)
		lseek(log, 0, SEEK_END);
	error = request_remount(root);
	if (!error)
		error = wait_until_read_only(root, log, &list);
	if (log >= 0)
		close(log);
	if (!error && list)
		error = error_new(ERROR_OTHER, "not every file system could be made read-only");
	error = error_hint(error, "the next system may have to recover what is on %s",
		list ? list : "the disks");
	free(list);
	return error;
}
