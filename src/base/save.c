/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/save.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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

/* Write to a temporary file beside @path, then put it in place. */
static struct error *write_and_rename(const char *path, char *temporary, struct bytes bytes)
{
	struct error *error;
	int fd = mkostemp(temporary, O_CLOEXEC);

	if (fd < 0)
		return error_system(errno, "%s", path);
	error = error_prefix(write_all(fd, bytes), "%s", path);
	if (close(fd) < 0 && !error)
		error = error_system(errno, "%s: close", path);
	if (!error && rename(temporary, path) < 0)
		error = error_system(errno, "%s", path);
	if (error)
		unlink(temporary);
	return error;
}

struct error *save_file(const char *path, struct bytes bytes)
{
	struct error *error;
	char *temporary;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return error_no_memory();
	error = write_and_rename(path, temporary, bytes);
	free(temporary);
	return error;
}
