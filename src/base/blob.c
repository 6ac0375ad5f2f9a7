/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/blob.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_STEP (1u << 20)

static uint64_t page_size(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

static bool round_to_pages(uint64_t size, uint64_t *ret)
{
	uint64_t page = page_size();

	if (__builtin_add_overflow(size, page - 1, ret))
		return false;
	*ret &= ~(page - 1);
	return *ret <= SIZE_MAX / 2;
}

struct error *blob_reserve(struct blob *blob, uint64_t capacity)
{
	uint64_t rounded;
	void *data;

	if (capacity <= blob->capacity)
		return NULL;
	if (!round_to_pages(capacity, &rounded))
		return error_no_memory();
	if (blob->data)
		data = mremap(blob->data, blob->capacity, rounded, MREMAP_MAYMOVE);
	else
		data = mmap(
			NULL, rounded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (data == MAP_FAILED)
		return error_new(ERROR_NO_MEMORY, "out of memory: %" PRIu64 " MiB could not be had",
			rounded >> 20);
	/*
	 * In small pages: pieces are given back while a load is under way, and each would first
	 * split a huge page. And Linux 6.1 clears a huge page twice where init_on_alloc is on, as
	 * it is in Debian's: once when it is allocated, once for the fault.
	 */
	madvise(data, rounded, MADV_NOHUGEPAGE);
	blob->data = data;
	blob->capacity = rounded;
	return NULL;
}

struct error *blob_resize(struct blob *blob, uint64_t size)
{
	uint64_t keep;

	if (size > blob->size) {
		TRY(blob_reserve(blob, size));
	} else if (size < blob->size && round_to_pages(size, &keep)) {
		memset(blob->data + size, 0, (blob->size < keep ? blob->size : keep) - size);
		if (keep < blob->capacity)
			madvise(blob->data + keep, blob->capacity - keep, MADV_DONTNEED);
	}
	blob->size = size;
	return NULL;
}

void blob_discard(struct blob *blob, uint64_t start, uint64_t end)
{
	uint64_t page = page_size(), first;

	if (round_to_pages(start, &first) && first + page <= end)
		madvise(blob->data + first, (end - first) & ~(page - 1), MADV_DONTNEED);
}

void blob_discard_zeros(struct blob *blob, uint64_t start, uint64_t end)
{
	uint64_t page = page_size(), run, at;

	if (!round_to_pages(start, &at))
		return;
	for (run = at; at + page <= end; at += page) {
		if (bytes_are_zero(bytes_of(blob->data + at, page)))
			continue;
		if (run < at)
			madvise(blob->data + run, at - run, MADV_DONTNEED);
		run = at + page;
	}
	if (run < at)
		madvise(blob->data + run, at - run, MADV_DONTNEED);
}

struct error *blob_append(struct blob *blob, const void *data, uint64_t size)
{
	uint64_t end;

	if (!size)
		return NULL;
	if (__builtin_add_overflow(blob->size, size, &end))
		return error_no_memory();
	if (end > blob->capacity)
		TRY(blob_reserve(blob, end + blob->capacity / 2));
	memcpy(blob->data + blob->size, data, size);
	blob->size = end;
	return NULL;
}

struct error *blob_copy(struct bytes bytes, struct blob *ret)
{
	*ret = (struct blob){0};
	return blob_append(ret, bytes.data, bytes.size);
}

void blob_deinit(struct blob *blob)
{
	if (blob->data)
		munmap(blob->data, blob->capacity);
	*blob = (struct blob){0};
}

struct error *blob_append_fd(struct blob *blob, int fd, const char *name, uint64_t limit)
{
	uint64_t start = blob->size;
	struct stat status;

	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
		(uint64_t)status.st_size <= limit)
		TRY(error_prefix(blob_reserve(blob, start + (uint64_t)status.st_size), "%s", name));
	for (;;) {
		uint64_t room = blob->capacity - blob->size;
		uint8_t probe;
		ssize_t got;

		/* At the exact size, ask for one byte more without growing: usually the end. */
		got = room ? read(fd, blob->data + blob->size, room) : read(fd, &probe, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_system(errno, "%s: read", name);
		if (got == 0)
			return NULL;
		if (room) {
			blob->size += (uint64_t)got;
		} else {
			TRY(error_prefix(
				blob_reserve(blob, blob->capacity + READ_STEP + blob->capacity / 4),
				"%s", name));
			/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): room was made. */
			blob->data[blob->size++] = probe;
		}
		if (blob->size - start > limit)
			return error_new(ERROR_LIMIT,
				"%s: more than %" PRIu64 " MiB, which is more than baton reads of "
				"such a file",
				name, limit >> 20);
	}
}

/* As many of @size bytes as there are; *@ret is how many. */
static struct error *read_range(
	int fd, const char *name, uint64_t offset, uint64_t size, uint8_t *data, uint64_t *ret)
{
	for (*ret = 0; *ret < size;) {
		ssize_t got = pread(fd, data + *ret, size - *ret, (off_t)(offset + *ret));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_system(errno, "%s: read at 0x%" PRIx64, name, offset + *ret);
		if (got == 0)
			return NULL;
		*ret += (uint64_t)got;
	}
	return NULL;
}

struct error *blob_append_range(
	struct blob *blob, int fd, const char *name, uint64_t offset, uint64_t size)
{
	struct error *error;
	uint64_t got;

	TRY(error_prefix(blob_reserve(blob, blob->size + size), "%s", name));
	error = read_range(fd, name, offset, size, blob->data + blob->size, &got);
	blob->size += got;
	return error;
}

struct error *blob_read_in_place(
	struct blob *blob, int fd, const char *name, uint64_t offset, uint64_t size)
{
	uint64_t got;

	return read_range(fd, name, offset, size, blob->data + offset, &got);
}

static struct error *check_kind(const char *path, const struct stat *status, bool *ret_device)
{
	mode_t mode = status->st_mode;

	if (S_ISDIR(mode))
		return error_new(ERROR_FORMAT, "%s: is a directory, expected a file", path);
	if (S_ISFIFO(mode))
		return error_new(ERROR_FORMAT,
			"%s: not a regular file but a pipe, which can be read only once; write what "
			"comes out of it to a file, and name that",
			path);
	if (ret_device)
		*ret_device = S_ISBLK(mode);
	if (S_ISBLK(mode) && ret_device)
		return NULL;
	if (!S_ISREG(mode))
		return error_new(ERROR_FORMAT, "%s: not a regular file but a %s", path,
			S_ISBLK(mode)	? "block device"
			: S_ISCHR(mode) ? "character device"
					: "socket");
	if (status->st_size == 0)
		return error_new(ERROR_FORMAT, "%s: the file is empty", path);
	return NULL;
}

struct error *blob_open_file(const char *path, bool *ret_device, int *ret_fd)
{
	struct error *error;
	struct stat status;
	int fd;

	*ret_fd = -1;
	/* Before it is opened, which already does something to many a device: it starts a watchdog.
	 */
	if (stat(path, &status) < 0)
		return error_system(errno, "%s", path);
	TRY(check_kind(path, &status, ret_device));
	/* O_NONBLOCK: should it be a FIFO by now, opening it must not wait for a writer. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return error_system(errno, "%s", path);
	error = fstat(fd, &status) < 0 ? error_system(errno, "%s", path)
				       : check_kind(path, &status, ret_device);
	if (error)
		close(fd);
	else
		*ret_fd = fd;
	return error;
}

struct error *blob_append_file(struct blob *blob, const char *path, uint64_t limit)
{
	struct error *error;
	int fd;

	TRY(blob_open_file(path, NULL, &fd));
	error = blob_append_fd(blob, fd, path, limit);
	close(fd);
	return error;
}

struct error *blob_read_file(const char *path, uint64_t limit, struct blob *ret)
{
	_cleanup_blob_ struct blob blob = {0};

	*ret = (struct blob){0};
	TRY(blob_append_file(&blob, path, limit));
	*ret = blob_steal(&blob);
	return NULL;
}
