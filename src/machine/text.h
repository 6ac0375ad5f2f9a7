/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading of the short texts that /proc and /sys are made of: lines, tab-separated columns,
 * numbers. Nothing is copied and nothing allocated; a machine with tens of thousands of ranges
 * passes here.
 */
#ifndef BATON_MACHINE_TEXT_H
#define BATON_MACHINE_TEXT_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

/** Borrowed text [at, end), consumed from the front. */
struct text {
	const char *at;
	const char *end;
};

static inline struct text text_of(struct bytes bytes)
{
	const char *at = bytes.data ? (const char *)bytes.data : "";

	return (struct text){.at = at, .end = at + bytes.size};
}

static inline struct text text_of_string(const char *string)
{
	return (struct text){.at = string, .end = string + strlen(string)};
}

static inline bool text_is_empty(struct text text)
{
	return text.at == text.end;
}

static inline uint64_t text_size(struct text text)
{
	return (uint64_t)(text.end - text.at);
}

static inline bool text_equals(struct text text, const char *string, uint64_t length)
{
	return text_size(text) == length && memcmp(text.at, string, length) == 0;
}

/** Take what precedes the next @separator (which is dropped); false at the end of the text. */
bool text_take(struct text *text, char separator, struct text *ret);
/** Take the next word, skipping the spaces, tabs and newlines around it; false if there is none. */
bool text_word(struct text *text, struct text *ret);
/** Without the white space at both ends. */
struct text text_trim(struct text text);
/** True if one of the words of @text is @word. */
bool text_has_word(struct text text, const char *word);
/** Drop @prefix from the front; false, and nothing dropped, if the text does not begin so. */
static inline bool text_skip(struct text *text, const char *prefix)
{
	uint64_t length = strlen(prefix);

	if (text_size(*text) < length || memcmp(text->at, prefix, length) != 0)
		return false;
	text->at += length;
	return true;
}

/** Take a hexadecimal number, with or without 0x. False if there is none or it exceeds 64 bits. */
bool text_hex(struct text *text, uint64_t *ret);
/** Take a decimal number without a sign. False if there is none or it exceeds 64 bits. */
bool text_decimal(struct text *text, uint64_t *ret);

/** All of @text, trimmed, is one such number. */
bool text_is_hex(struct text text, uint64_t *ret);
bool text_is_decimal(struct text text, uint64_t *ret);
bool text_is_signed(struct text text, int64_t *ret);

/** A copy with a NUL; NULL when out of memory. Ends at a NUL inside, as C strings do. */
char *text_dup(struct text text);

#endif
