/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The live system below a root directory. */
#include "machine/source_internal.h"

#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Some files of /proc give everything to the first read or nothing, so the first one is large. */
#define FIRST_READ (64u << 10)

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define _cleanup_fd_ __attribute__((cleanup(close_fd)))

static void close_directory(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}
#define _cleanup_directory_ __attribute__((cleanup(close_directory)))

struct error *source_open_live(const char *root, struct source **ret)
{
	_cleanup_source_ struct source *source = source_new();

	*ret = NULL;
	if (!source)
		return error_no_memory();
	source->root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (source->root_fd < 0)
		return error_system(errno, "%s", root);
	source->live = strcmp(root, "/") == 0;
	*ret = source;
	source = NULL;
	return NULL;
}

/* Failures that are this process's own, and must not be taken for a fact about the machine. */
static bool is_own_failure(int errnum)
{
	return errnum == EMFILE || errnum == ENFILE || errnum == ENOMEM;
}

/* Open a regular file, waiting for nothing; -1 in @ret if there is none or it must not be read. */
static struct error *open_file(int directory_fd, const char *path, int *ret)
{
	struct stat status;

	*ret = openat(directory_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*ret < 0)
		return is_own_failure(errno) ? error_system(errno, "%s", path) : NULL;
	if (fstat(*ret, &status) < 0 || !S_ISREG(status.st_mode)) {
		close(*ret);
		*ret = -1;
	}
	return NULL;
}

static ssize_t read_retrying(int fd, void *data, size_t size)
{
	ssize_t got;

	do
		got = read(fd, data, size);
	while (got < 0 && errno == EINTR);
	return got;
}

/* Read to the end, whatever st_size says; false in @ret_found if the kernel refuses the read. */
static struct error *read_all(int fd, uint64_t limit, bool *ret_found, struct blob *blob)
{
	*ret_found = false;
	for (;;) {
		uint64_t room = limit + 1 - blob->size;
		ssize_t got;

		if (!room)
			break;
		if (blob->size == blob->capacity)
			TRY(blob_reserve(blob, blob->size * 2 + FIRST_READ));
		if (room > blob->capacity - blob->size)
			room = blob->capacity - blob->size;
		got = read_retrying(fd, blob->data + blob->size, room);
		if (got < 0)
			return NULL;
		if (got == 0)
			break;
		blob->size += (uint64_t)got;
	}
	*ret_found = true;
	return NULL;
}

struct error *live_read_file(int root_fd, const char *path, uint64_t limit, bool truncate,
	bool *ret_found, struct blob *ret)
{
	_cleanup_blob_ struct blob blob = {0};
	_cleanup_fd_ int fd = -1;

	*ret_found = false;
	TRY(open_file(root_fd, path, &fd));
	if (fd < 0)
		return NULL;
	TRY(error_prefix(read_all(fd, limit, ret_found, &blob), "/%s", path));
	if (!*ret_found)
		return NULL;
	if (blob.size > limit && !truncate)
		return error_new(ERROR_LIMIT, "/%s: more than %d MiB", path, (int)(limit >> 20));
	if (blob.size > limit)
		blob.size = limit;
	*ret = blob_steal(&blob);
	return NULL;
}

/* Copy [@address, @address + @size) of the file that @fd is; false if it cannot be mapped. */
static bool copy_mapped(int fd, uint64_t address, uint64_t size, uint8_t *ret)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t start = address / page * page;
	uint8_t *mapped =
		mmap(NULL, address + size - start, PROT_READ, MAP_SHARED, fd, (off_t)start);

	if (mapped == MAP_FAILED)
		return false;
	memcpy(ret, mapped + (address - start), size);
	munmap(mapped, address + size - start);
	return true;
}

/*
 * All of them or none: a kernel that denies a page of the range denies the mapping. Mapped and not
 * read, because read() stops at the end of RAM, and firmware often keeps its memory behind that.
 */
struct error *live_read_memory(
	int root_fd, uint64_t address, uint64_t size, bool *ret_found, struct blob *ret)
{
	_cleanup_fd_ int fd =
		openat(root_fd, "dev/mem", O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	_cleanup_blob_ struct blob blob = {0};
	struct stat status;

	*ret_found = false;
	if (fd < 0)
		return is_own_failure(errno) ? error_system(errno, "/dev/mem") : NULL;
	if (size > SOURCE_MEMORY_LIMIT || address > INT64_MAX - size || fstat(fd, &status) < 0)
		return NULL;
	/* A test's root has a file there; what is past its end must not be touched. */
	if (!S_ISCHR(status.st_mode) &&
		!(S_ISREG(status.st_mode) && address + size <= (uint64_t)status.st_size))
		return NULL;
	TRY(blob_resize(&blob, size));
	if (!copy_mapped(fd, address, size, blob.data))
		return NULL;
	*ret_found = true;
	*ret = blob_steal(&blob);
	return NULL;
}

bool live_has_directory(int root_fd, const char *path)
{
	_cleanup_fd_ int fd =
		openat(root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);

	return fd >= 0;
}

/* The names of a directory's entries. */
struct name_list {
	char **names;
	size_t count, capacity;
};

static void name_list_deinit(struct name_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->names[i]);
	free(list->names);
}
#define _cleanup_name_list_ __attribute__((cleanup(name_list_deinit)))

static struct error *name_list_add(struct name_list *list, const char *name)
{
	if (list->count == SOURCE_ENTRIES_LIMIT)
		return error_new(ERROR_LIMIT, "more than %d entries", SOURCE_ENTRIES_LIMIT);
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? list->capacity * 2 : 64;
		char **names = reallocarray(list->names, capacity, sizeof(*names));

		if (!names)
			return error_no_memory();
		list->names = names;
		list->capacity = capacity;
	}
	list->names[list->count] = strdup(name);
	if (!list->names[list->count])
		return error_no_memory();
	list->count++;
	return NULL;
}

/* Numbers by value, so "10" comes after "9". */
static int compare_names(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

static struct error *list_directory(DIR *directory, struct name_list *ret)
{
	const struct dirent *entry;

	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			TRY(name_list_add(ret, entry->d_name));
	if (ret->count)
		qsort(ret->names, ret->count, sizeof(*ret->names), compare_names);
	return NULL;
}

/* The value of one column, made fit to stand in a line; 0 in @ret_size if missing or empty. */
static struct error *read_value(
	int directory_fd, const char *path, char value[SOURCE_VALUE_LIMIT], size_t *ret_size)
{
	_cleanup_fd_ int fd = -1;
	size_t first = 0, size;
	ssize_t got;

	*ret_size = 0;
	TRY(open_file(directory_fd, path, &fd));
	if (fd < 0)
		return NULL;
	got = read_retrying(fd, value, SOURCE_VALUE_LIMIT);
	if (got <= 0)
		return NULL;
	size = (size_t)got;
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)value[i] < ' ')
			value[i] = ' ';
	while (size && value[size - 1] == ' ')
		size--;
	while (first < size && value[first] == ' ')
		first++;
	memmove(value, value + first, size - first);
	*ret_size = size - first;
	return NULL;
}

/* Append the line of the entry @name, unless it has none of the columns. */
static struct error *append_entry(
	int directory_fd, const char *name, const char *const *columns, struct blob *table)
{
	char value[SOURCE_VALUE_LIMIT], path[NAME_MAX + 256];
	uint64_t start = table->size;
	bool any = false;

	for (size_t i = 0; columns[i]; i++) {
		size_t size;

		snprintf(path, sizeof(path), "%s/%s", name, columns[i]);
		TRY(read_value(directory_fd, path, value, &size));
		any = any || size;
		TRY(blob_append(table, "\t", i ? 1 : 0));
		TRY(blob_append(table, size ? value : "-", size ? size : 1));
	}
	if (any)
		return blob_append(table, "\n", 1);
	table->size = start;
	return NULL;
}

static struct error *read_entries(DIR *directory, const char *const *columns, struct blob *table)
{
	_cleanup_name_list_ struct name_list names = {0};

	TRY(list_directory(directory, &names));
	for (size_t i = 0; i < names.count; i++) {
		TRY(append_entry(dirfd(directory), names.names[i], columns, table));
		if (table->size > SOURCE_FILE_LIMIT)
			return error_new(ERROR_LIMIT, "more than %d MiB of entries",
				(int)(SOURCE_FILE_LIMIT >> 20));
	}
	return NULL;
}

struct error *live_read_table(int root_fd, const char *path, const char *const *columns,
	bool *ret_found, struct blob *ret)
{
	_cleanup_directory_ DIR *directory = NULL;
	_cleanup_blob_ struct blob table = {0};
	int fd;

	*ret_found = false;
	fd = openat(root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return is_own_failure(errno) ? error_system(errno, "/%s", path) : NULL;
	directory = fdopendir(fd);
	if (!directory) {
		close(fd);
		return error_no_memory();
	}
	TRY(error_prefix(read_entries(directory, columns, &table), "/%s", path));
	*ret_found = true;
	*ret = blob_steal(&table);
	return NULL;
}
