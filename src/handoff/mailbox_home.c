/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handoff/mailbox_home.h"

#include "wire/handoff.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/* A map in the BPF file system, which init mounts (systemd and OpenRC do). */

static bool bpf_is_there(const char *folder)
{
	struct statfs status;

	return statfs(folder, &status) == 0 && (uint32_t)status.f_type == BPF_FS_MAGIC;
}

static int bpf_call(enum bpf_cmd command, union bpf_attr *attributes)
{
	return (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static int bpf_make(const char *path)
{
	/* BPF_F_MMAPABLE came with Linux 5.5. */
	union bpf_attr map = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(uint32_t),
		.value_size = HANDOFF_MAILBOX_SIZE,
		.max_entries = 1,
		.map_flags = BPF_F_MMAPABLE,
		.map_name = "baton_mailbox",
	};
	int fd = bpf_call(BPF_MAP_CREATE, &map);
	union bpf_attr pin = {.pathname = (uintptr_t)path, .bpf_fd = (uint32_t)fd};

	if (fd < 0)
		return -1;
	if (bpf_call(BPF_OBJ_PIN, &pin) == 0)
		return fd;
	close(fd);
	return -1;
}

static int bpf_open(const char *path)
{
	union bpf_attr get = {.pathname = (uintptr_t)path};

	return bpf_call(BPF_OBJ_GET, &get);
}

/* A file, where /run is memory. */

static bool file_is_there(const char *folder)
{
	return mkdir(folder, 0700) == 0 || errno == EEXIST;
}

/* Its memory is taken now: where there is none left, the first write to the page would be a SIGBUS.
 */
static int reserve(int fd)
{
	int failed;

	do
		failed = posix_fallocate(fd, 0, HANDOFF_MAILBOX_SIZE);
	while (failed == EINTR);
	if (!failed)
		return fd;
	close(fd);
	errno = failed;
	return -1;
}

static int file_make(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int reserved = fd < 0 ? -1 : reserve(fd);
	int failed = errno;

	if (fd >= 0 && reserved < 0)
		unlink(path);
	errno = failed;
	return reserved;
}

static int file_open(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -1;
	/* Past the end of a shorter file a write would be a SIGBUS, and so it would in a hole. */
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
		status.st_size == HANDOFF_MAILBOX_SIZE)
		return reserve(fd);
	close(fd);
	errno = EINVAL;
	return -1;
}

const struct mailbox_home mailbox_homes[MAILBOX_HOME_COUNT] = {
	/* Names with a dot are refused there. */
	{"sys/fs/bpf", "baton-mailbox", "baton-mailbox-new-", bpf_is_there, bpf_make, bpf_open},
	{"run/baton", "mailbox", "mailbox-new-", file_is_there, file_make, file_open},
};
