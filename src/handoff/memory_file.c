/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handoff/memory_file.h"

#include "base/error.h"
#include "base/held_file.h"
#include "image/initrd.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PIECE = 1 << 20 };

static struct error *write_all(int fd, const char *name, struct bytes bytes)
{
	uint64_t done = 0;

	while (done < bytes.size) {
		ssize_t written = write(fd, bytes.data + done, bytes.size - done);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0 && errno == EFBIG)
			return error_hint(error_system(errno, "writing the %s to memory", name),
				"a limit on the size of files (ulimit -f) holds for it as well");
		if (written <= 0)
			return error_system(errno, "writing the %s to memory", name);
		done += (uint64_t)written;
	}
	return NULL;
}

/* From @start on, or as far as the file has grown shorter: held_file_check() tells. */
static struct error *copy_file(
	int fd, const char *name, const struct held_file *file, struct blob *piece)
{
	uint64_t done = 0;

	while (done < file->size) {
		uint64_t wanted = file->size - done < PIECE ? file->size - done : PIECE;
		ssize_t got = pread(file->fd, piece->data, wanted, (off_t)done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_system(errno, "%s: read", file->path);
		if (got == 0)
			break;
		TRY(write_all(fd, name, bytes_of(piece->data, (uint64_t)got)));
		done += (uint64_t)got;
	}
	return held_file_check(file);
}

static struct error *copy_parts(int fd, const char *name, const struct initrd *initrd)
{
	static const uint8_t zeros[4];
	_cleanup_blob_ struct blob piece = {0};
	uint64_t end = 0;

	TRY(blob_reserve(&piece, PIECE));
	for (unsigned int i = 0; i < initrd->count; i++) {
		const struct initrd_part *part = &initrd->parts[i];

		TRY(write_all(fd, name, bytes_of(zeros, part->offset - end)));
		TRY(copy_file(fd, name, &part->file, &piece));
		end = part->offset + part->size;
	}
	return NULL;
}

static struct error *fill(int fd, const char *name, const struct plan_file *file)
{
	if (file->parts)
		return copy_parts(fd, name, file->parts);
	return write_all(fd, name, file->bytes);
}

/*
 * The limit on the size of files ends a process that exceeds it, unless it looks away: here that is
 * an error like others, in whatever program this library is.
 */
static struct error *fill_with_signal_blocked(
	int fd, const char *name, const struct plan_file *file)
{
	const struct timespec at_once = {0};
	sigset_t limit, before, pending;
	struct error *error;
	bool was_pending;

	sigemptyset(&limit);
	sigaddset(&limit, SIGXFSZ);
	pthread_sigmask(SIG_BLOCK, &limit, &before);
	sigpending(&pending);
	was_pending = sigismember(&pending, SIGXFSZ);
	error = fill(fd, name, file);
	if (error && !was_pending)
		sigtimedwait(&limit, NULL, &at_once);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

struct error *memory_file_make(const char *name, const struct plan_file *file, int *ret_fd)
{
	int fd = memfd_create(name, MFD_CLOEXEC);
	struct error *error;

	*ret_fd = -1;
	if (fd < 0)
		return error_system(errno, "memfd_create for the %s", name);
	error = fill_with_signal_blocked(fd, name, file);
	if (error)
		close(fd);
	else
		*ret_fd = fd;
	return error;
}
