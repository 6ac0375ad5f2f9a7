/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Views of bytes, and a cursor that reads on-disk structures out of them within bounds.
 * Freestanding-safe as far as the accessors go; the cursor's errors need hosted code.
 */
#ifndef BATON_BASE_BYTES_H
#define BATON_BASE_BYTES_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** Borrowed bytes: whoever made the view says how long they live. */
struct bytes {
	const uint8_t *data;
	uint64_t size;
};

static inline struct bytes bytes_of(const void *data, uint64_t size)
{
	return (struct bytes){.data = data, .size = size};
}

/** True if [offset, offset + length) lies inside; no overflow for any arguments. */
static inline bool bytes_contain(struct bytes bytes, uint64_t offset, uint64_t length)
{
	return offset <= bytes.size && length <= bytes.size - offset;
}

/** The part [offset, offset + length); the caller has checked bytes_contain(). */
static inline struct bytes bytes_part(struct bytes bytes, uint64_t offset, uint64_t length)
{
	/* Nothing of nothing: arithmetic on NULL is not defined, not even by zero. */
	return bytes_of(offset ? bytes.data + offset : bytes.data, length);
}

/** True if the bytes at @offset equal @magic. False if they reach past the end. */
static inline bool bytes_match(
	struct bytes bytes, uint64_t offset, const void *magic, uint64_t length)
{
	return bytes_contain(bytes, offset, length) &&
	       memcmp(bytes.data + offset, magic, length) == 0;
}

/** True if every byte is zero, and if there are none. */
static inline bool bytes_are_zero(struct bytes bytes)
{
	/* Zero at the start, and equal to itself one byte on: then all of it is. */
	return !bytes.size ||
	       (bytes.data[0] == 0 && memcmp(bytes.data, bytes.data + 1, bytes.size - 1) == 0);
}

/* Little-endian loads and stores at any alignment. */
static inline uint16_t load_le16(const void *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return le16toh(v);
}

static inline uint32_t load_le32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static inline uint64_t load_le64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static inline void store_le16(void *p, uint16_t v)
{
	v = htole16(v);
	memcpy(p, &v, sizeof(v));
}

static inline void store_le32(void *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
}

static inline void store_le64(void *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, sizeof(v));
}

struct error;

/**
 * A bounded reader. Its first failed read is kept, and every later read gives zero, so that a
 * parser reads a whole structure and checks cursor_error() once.
 */
struct cursor {
	struct bytes bytes;
	uint64_t offset;    /* of the next read */
	const char *part;   /* named in the error, e.g. "setup header" */
	uint64_t failed_at; /* offset of the first read past the end */
	uint64_t failed_size;
	bool failed;
};

struct cursor cursor_at(struct bytes bytes, uint64_t offset, const char *part);
uint8_t cursor_u8(struct cursor *cursor);
uint16_t cursor_le16(struct cursor *cursor);
uint32_t cursor_le32(struct cursor *cursor);
uint64_t cursor_le64(struct cursor *cursor);
void cursor_skip(struct cursor *cursor, uint64_t length);
/** View of the next @length bytes; an empty view if they reach past the end. */
struct bytes cursor_take(struct cursor *cursor, uint64_t length);
/** NULL, or "PART: N bytes at offset 0x… reach past the end at 0x…; the file is truncated". */
struct error *cursor_error(const struct cursor *cursor);

#endif
