/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/text.h"

#include <endian.h>
#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

bool text_take(struct text *text, char separator, struct text *ret)
{
	const char *found;

	if (text_is_empty(*text))
		return false;
	found = memchr(text->at, separator, text_size(*text));
	*ret = (struct text){text->at, found ? found : text->end};
	text->at = found ? found + 1 : text->end;
	return true;
}

struct text text_trim(struct text text)
{
	while (text.at < text.end && is_space(*text.at))
		text.at++;
	while (text.at < text.end && is_space(text.end[-1]))
		text.end--;
	return text;
}

bool text_word(struct text *text, struct text *ret)
{
	while (text->at < text->end && is_space(*text->at))
		text->at++;
	ret->at = text->at;
	while (text->at < text->end && !is_space(*text->at))
		text->at++;
	ret->end = text->at;
	return ret->at < ret->end;
}

bool text_has_word(struct text text, const char *word)
{
	uint64_t length = strlen(word);
	struct text found;

	while (text_word(&text, &found))
		if (text_equals(found, word, length))
			return true;
	return false;
}

/* One more than the value of a hexadecimal digit; 0 for anything else. */
/* clang-format off */
static const uint8_t hex_digits[256] = {
	['0'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
	['A'] = 11, 12, 13, 14, 15, 16,
	['a'] = 11, 12, 13, 14, 15, 16,
};
/* clang-format on */

/* Digits past the 16 that fit must be zeros in front. */
static bool are_zeros(const char *at, ptrdiff_t count)
{
	for (ptrdiff_t i = 0; i < count; i++)
		if (at[i] != '0')
			return false;
	return true;
}

/* @byte in each of eight. */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/*
 * Eight digits at once, the first one highest: the maps of a large machine hold a million of them.
 * False if one of the bytes is no digit.
 */
static bool eight_hex_digits(const char *at, uint64_t *ret)
{
	uint64_t bytes, lower, digits, letters, values;

	memcpy(&bytes, at, sizeof(bytes));
	bytes = be64toh(bytes);
	lower = bytes | EACH(0x20);
	/* Bit 7 of each byte: at most the last, at least the first of its kind. Only bytes that
	 * have the bit already carry into their neighbours, and those end it. */
	digits = ~(bytes + EACH(0x7f - '9')) & ((bytes | EACH(0x80)) - EACH('0'));
	letters = ~(lower + EACH(0x7f - 'f')) & ((lower | EACH(0x80)) - EACH('a'));
	if (((digits | letters) & ~bytes & EACH(0x80)) != EACH(0x80))
		return false;
	/* Bit 6 tells a letter from a digit; 'A' and 'a' end in 1. Then halves, quarters, all. */
	values = (bytes & EACH(0x0f)) + 9 * (bytes >> 6 & EACH(1));
	values = (values | values >> 4) & UINT64_C(0x00ff00ff00ff00ff);
	values = (values | values >> 8) & UINT64_C(0x0000ffff0000ffff);
	*ret = (values | values >> 16) & UINT32_MAX;
	return true;
}

bool text_hex(struct text *text, uint64_t *ret)
{
	const char *at = text->at, *end = text->end;
	const char *first;
	uint64_t value = 0;
	unsigned int digit;

	if (end - at > 2 && at[0] == '0' && (at[1] | 0x20) == 'x')
		at += 2;
	first = at;
	/* Few numbers have sixteen. */
	if (end - at >= 8 && eight_hex_digits(at, &value))
		at += 8;
	for (; at < end && (digit = hex_digits[(uint8_t)*at]); at++)
		value = value * 16 + digit - 1;
	if (at == first || (at - first > 16 && !are_zeros(first, at - first - 16)))
		return false;
	text->at = at;
	*ret = value;
	return true;
}

bool text_decimal(struct text *text, uint64_t *ret)
{
	const char *at = text->at;
	uint64_t value = 0;

	for (; at < text->end && *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
			return false;
	if (at == text->at)
		return false;
	text->at = at;
	*ret = value;
	return true;
}

bool text_is_hex(struct text text, uint64_t *ret)
{
	text = text_trim(text);
	return text_hex(&text, ret) && text_is_empty(text);
}

bool text_is_decimal(struct text text, uint64_t *ret)
{
	text = text_trim(text);
	return text_decimal(&text, ret) && text_is_empty(text);
}

bool text_is_signed(struct text text, int64_t *ret)
{
	uint64_t magnitude;
	bool negative;

	text = text_trim(text);
	negative = text_skip(&text, "-");
	if (!text_decimal(&text, &magnitude) || !text_is_empty(text) || magnitude > INT64_MAX)
		return false;
	*ret = negative ? -(int64_t)magnitude : (int64_t)magnitude;
	return true;
}

char *text_dup(struct text text)
{
	return strndup(text.at, text_size(text));
}
