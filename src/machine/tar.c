/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/tar.h"

#include "base/blob.h"
#include "base/error.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A header block: POSIX.1-1988 (IEEE 1003.1), section 10.1.1. Numbers are octal digits. */
struct tar_header {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char checksum[8];
	char type; /* '0' or NUL file, '5' directory */
	char link[100];
	char magic[6];	 /* "ustar" NUL */
	char version[2]; /* "00" */
	char owner[32];
	char group[32];
	char device_major[8];
	char device_minor[8];
	char prefix[155]; /* goes before name, with a slash between */
	char padding[12];
};

_Static_assert(sizeof(struct tar_header) == TAR_BLOCK, "a header is one block");

/* The sum of the header's bytes, with the checksum itself taken as spaces. */
static uint32_t header_sum(const struct tar_header *header)
{
	const uint8_t *bytes = (const uint8_t *)header;
	uint32_t sum = 0;

	for (size_t i = 0; i < sizeof(*header); i++)
		sum += bytes[i];
	for (size_t i = 0; i < sizeof(header->checksum); i++)
		sum += ' ' - (uint8_t)header->checksum[i];
	return sum;
}

/* Octal digits, maybe after spaces, up to a NUL or space. GNU's base-256 numbers are refused. */
static bool read_octal(const char *field, size_t size, uint64_t *ret)
{
	size_t i = 0, first;
	uint64_t value = 0;

	while (i < size && field[i] == ' ')
		i++;
	for (first = i; i < size && field[i] >= '0' && field[i] <= '7'; i++)
		value = value << 3 | (uint64_t)(field[i] - '0');
	if (i == first || (i < size && field[i] != '\0' && field[i] != ' '))
		return false;
	*ret = value;
	return true;
}

/* Relative, made of nonempty parts of printable ASCII, none of them "." or "..". */
static bool path_is_sane(const char *path)
{
	const char *part = path;

	for (const char *at = path;; at++) {
		size_t length = (size_t)(at - part);

		if (*at && *at != '/') {
			if (*at < 0x21 || *at > 0x7e)
				return false;
			continue;
		}
		if (!length || (length <= 2 && strncmp(part, "..", length) == 0))
			return false;
		if (!*at)
			return true;
		part = at + 1;
	}
}

static void join_path(const struct tar_header *header, char *ret)
{
	int prefix = (int)strnlen(header->prefix, sizeof(header->prefix));
	int name = (int)strnlen(header->name, sizeof(header->name));

	snprintf(ret, TAR_PATH_MAX + 1, "%.*s%s%.*s", prefix, header->prefix, prefix ? "/" : "",
		name, header->name);
	name = (int)strlen(ret);
	if (header->type == '5' && name && ret[name - 1] == '/')
		ret[name - 1] = '\0';
}

static struct error *check_type(char type)
{
	if (type == '0' || type == '\0' || type == '5')
		return NULL;
	if (type == '1' || type == '2')
		return error_new(ERROR_FORMAT, "is a link; a machine record holds files only");
	return error_new(ERROR_FORMAT,
		"is of type 0x%02x; a machine record is plain ustar with files only", type & 0xff);
}

/* Check the header that everything else of the member depends on. */
static struct error *check_header(const struct tar_header *header, uint64_t offset)
{
	uint64_t sum;

	if (memcmp(header->magic, "ustar", 5) != 0)
		return error_new(ERROR_FORMAT, "at 0x%" PRIx64 ": not a ustar header", offset);
	if (!read_octal(header->checksum, sizeof(header->checksum), &sum) ||
		sum != header_sum(header))
		return error_new(ERROR_FORMAT,
			"at 0x%" PRIx64 ": the header's checksum is wrong, the archive is damaged",
			offset);
	return NULL;
}

static uint64_t padded(uint64_t size)
{
	return (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
}

/* The size of the contents that follow the header at @offset, padding being there as well. */
static struct error *read_size(
	struct bytes archive, uint64_t offset, const struct tar_header *header, uint64_t *ret_size)
{
	*ret_size = 0;
	if (!read_octal(header->size, sizeof(header->size), ret_size))
		return error_new(ERROR_FORMAT, "its size is not an octal number");
	if (header->type == '5' && *ret_size)
		return error_new(ERROR_FORMAT, "a directory with contents");
	if (!bytes_contain(archive, offset + TAR_BLOCK, padded(*ret_size)))
		return error_new(ERROR_FORMAT,
			"%" PRIu64 " bytes at 0x%" PRIx64
			" reach past the archive's end at 0x%" PRIx64,
			*ret_size, offset + TAR_BLOCK, archive.size);
	return NULL;
}

static struct error *read_member(
	struct tar_reader *reader, const struct tar_header *header, struct tar_member *ret)
{
	uint64_t size = 0;

	join_path(header, ret->path);
	if (!path_is_sane(ret->path))
		return error_new(ERROR_FORMAT,
			"at 0x%" PRIx64
			": a member's path is empty, absolute, has \"..\" or unusual "
			"characters in it",
			reader->offset);
	TRY(error_prefix(check_type(header->type), "%s", ret->path));
	TRY(error_prefix(
		read_size(reader->archive, reader->offset, header, &size), "%s", ret->path));
	ret->directory = header->type == '5';
	ret->contents = bytes_part(reader->archive, reader->offset + TAR_BLOCK, size);
	reader->offset += TAR_BLOCK + padded(size);
	return NULL;
}

struct error *tar_next(struct tar_reader *reader, bool *ret_end, struct tar_member *ret)
{
	const struct tar_header *header;

	*ret_end = false;
	if (!bytes_contain(reader->archive, reader->offset, TAR_BLOCK))
		return error_new(ERROR_FORMAT,
			"ends at 0x%" PRIx64 " without the end mark; the archive is truncated",
			reader->archive.size);
	/* All members of the header are char: any alignment will do. */
	header = (const struct tar_header *)(reader->archive.data + reader->offset);
	if (bytes_are_zero(bytes_of(header, TAR_BLOCK))) {
		*ret_end = true;
		return NULL;
	}
	TRY(check_header(header, reader->offset));
	return read_member(reader, header, ret);
}

/* Split @path between name and prefix where it does not fit the name alone. */
static bool split_path(const char *path, struct tar_header *header)
{
	size_t length = strlen(path);
	const char *slash;

	if (length <= sizeof(header->name)) {
		memcpy(header->name, path, length);
		return length > 0;
	}
	slash = strchr(path + length - sizeof(header->name) - 1, '/');
	if (!slash || !slash[1] || (size_t)(slash - path) > sizeof(header->prefix))
		return false;
	memcpy(header->prefix, path, (size_t)(slash - path));
	memcpy(header->name, slash + 1, length - (size_t)(slash + 1 - path));
	return true;
}

static void write_octal(char *field, size_t size, uint64_t value)
{
	for (size_t i = size - 1; i-- > 0; value >>= 3)
		field[i] = (char)('0' + (value & 7));
}

struct error *tar_append(
	struct blob *archive, const char *path, bool directory, struct bytes contents)
{
	struct tar_header header = {.type = directory ? '5' : '0'};
	uint64_t padding = padded(contents.size) - contents.size;

	if (!split_path(path, &header))
		return error_new(
			ERROR_UNSUPPORTED, "%s: too long a name for a ustar archive", path);
	memcpy(header.magic, "ustar", sizeof("ustar"));
	memcpy(header.version, "00", 2);
	write_octal(header.mode, sizeof(header.mode), directory ? 0755 : 0644);
	write_octal(header.uid, sizeof(header.uid), 0);
	write_octal(header.gid, sizeof(header.gid), 0);
	write_octal(header.size, sizeof(header.size), contents.size);
	write_octal(header.mtime, sizeof(header.mtime), 0);
	write_octal(header.device_major, sizeof(header.device_major), 0);
	write_octal(header.device_minor, sizeof(header.device_minor), 0);
	/* The checksum is six digits, NUL, space. */
	write_octal(header.checksum, sizeof(header.checksum) - 1, header_sum(&header));
	header.checksum[7] = ' ';
	TRY(blob_append(archive, &header, sizeof(header)));
	TRY(blob_append(archive, contents.data, contents.size));
	return blob_resize(archive, archive->size + padding);
}

struct error *tar_finish(struct blob *archive)
{
	return blob_resize(archive, archive->size + 2 * TAR_BLOCK);
}
