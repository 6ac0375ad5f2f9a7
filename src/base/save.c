/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/save.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct error *write_all(int fd, struct bytes bytes)
{
	while (bytes.size) {
		ssize_t done = write(fd, bytes.data, bytes.size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return error_system(errno, "write");
		bytes = bytes_part(bytes, (uint64_t)done, bytes.size - (uint64_t)done);
	}
	return fsync(fd) < 0 ? error_system(errno, "fsync") : NULL;
}

/* What the umask leaves of @mode; it can only be read by setting it. */
static mode_t without_umask(mode_t mode)
{
	mode_t mask = umask(077);

	umask(mask);
	return mode & ~mask;
}

/* How the temporary file gets its name. */
typedef struct error *(*put_in_place)(const char *temporary, const char *path);

static struct error *replace(const char *temporary, const char *path)
{
	return rename(temporary, path) < 0 ? error_system(errno, "%s", path) : NULL;
}

static struct error *be_first(const char *temporary, const char *path)
{
	if (link(temporary, path) < 0 && errno != EEXIST)
		return error_system(errno, "%s", path);
	unlink(temporary);
	return NULL;
}

/* Write to a temporary file beside @path, then put it in place. */
static struct error *write_and_put(
	const char *path, char *temporary, struct bytes bytes, mode_t mode, put_in_place put)
{
	struct error *error;
	int fd = mkostemp(temporary, O_CLOEXEC);

	if (fd < 0)
		return error_system(errno, "%s", path);
	error = error_prefix(write_all(fd, bytes), "%s", path);
	if (!error && fchmod(fd, mode) < 0)
		error = error_system(errno, "%s: chmod", path);
	if (close(fd) < 0 && !error)
		error = error_system(errno, "%s: close", path);
	if (!error)
		error = put(temporary, path);
	if (error)
		unlink(temporary);
	return error;
}

static struct error *save_as(const char *path, struct bytes bytes, mode_t mode, put_in_place put)
{
	struct error *error;
	char *temporary;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return error_no_memory();
	error = write_and_put(path, temporary, bytes, mode, put);
	free(temporary);
	return error;
}

struct error *save_file(const char *path, struct bytes bytes)
{
	return save_as(path, bytes, 0600, replace);
}

struct error *save_public_file(const char *path, struct bytes bytes)
{
	struct stat status;

	if (lstat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return error_new(ERROR_USAGE, "%s: is not a regular file; name another", path);
	return save_as(path, bytes, without_umask(0666), replace);
}

struct error *save_first(const char *path, struct bytes bytes)
{
	return save_as(path, bytes, 0644, be_first);
}
