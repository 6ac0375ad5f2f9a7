/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/utf8.h"

#include <stdbool.h>

/* RFC 3629, section 4: the bytes that may begin a character, and the second bytes they allow. */
static const struct {
	unsigned char first, last; /* of the first byte */
	unsigned char low, high;   /* of the second byte */
	unsigned char length;
} forms[] = {
	{0x20, 0x7e, 0, 0, 1},
	{0xc2, 0xc2, 0xa0, 0xbf, 2}, /* U+0080 to U+009F are control characters */
	{0xc3, 0xdf, 0x80, 0xbf, 2},
	{0xe0, 0xe0, 0xa0, 0xbf, 3},
	{0xe1, 0xec, 0x80, 0xbf, 3},
	{0xed, 0xed, 0x80, 0x9f, 3},
	{0xee, 0xef, 0x80, 0xbf, 3},
	{0xf0, 0xf0, 0x90, 0xbf, 4},
	{0xf1, 0xf3, 0x80, 0xbf, 4},
	{0xf4, 0xf4, 0x80, 0x8f, 4},
};

/* U+202A to U+202E and U+2066 to U+2069: Unicode Standard Annex 9, sections 2.1 to 2.4. */
static bool reorders(const unsigned char *text)
{
	return text[0] == 0xe2 && ((text[1] == 0x80 && text[2] >= 0xaa && text[2] <= 0xae) ||
					  (text[1] == 0x81 && text[2] >= 0xa6 && text[2] <= 0xa9));
}

size_t utf8_length(const unsigned char *text)
{
	if (reorders(text))
		return 0;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t good = 1;

		if (text[0] < forms[i].first || text[0] > forms[i].last)
			continue;
		if (forms[i].length == 1)
			return 1;
		if (text[1] < forms[i].low || text[1] > forms[i].high)
			return 0;
		while (++good < forms[i].length)
			if ((text[good] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

size_t utf8_count(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t count = 0;

	for (; *at; count++) {
		size_t length = utf8_length(at);

		at += length ? length : 1;
	}
	return count;
}
