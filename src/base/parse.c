/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/parse.h"

#include "base/error.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char size_suffixes[] = "KMGT";

/** The shift that @suffix stands for; -1 if it stands for none. */
static int suffix_shift(char suffix)
{
	const char *found = strchr(size_suffixes, toupper((unsigned char)suffix));

	return suffix && found ? 10 * (int)(found - size_suffixes + 1) : -1;
}

struct error *parse_number(
	const char *option, const char *text, bool suffixes, uint64_t limit, uint64_t *ret)
{
	int shift = 0;
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 0);
	if (suffixes && end != text && suffix_shift(*end) >= 0)
		shift = suffix_shift(*end++);
	/* strtoull() itself takes blanks and a sign, and turns -1 into 2^64 - 1. */
	if (!isdigit((unsigned char)text[0]) || *end)
		return error_new(ERROR_USAGE,
			"%s: \"%s\" is not a number; expected as in 4096, 0x1000%s", option, text,
			suffixes ? " or 4K" : " or 010000");
	if (errno || (shift && *ret >> (64 - shift)) || *ret << shift > limit)
		return error_new(ERROR_USAGE, "%s: %s is too large; at most 0x%" PRIx64, option,
			text, limit);
	*ret <<= shift;
	return NULL;
}

struct error *parse_serial_port(const char *option, const char *text, uint16_t *ret)
{
	/* The PC's conventional ports, as the kernel's SERIAL_PORT_DFNS has them. */
	static const uint16_t ports[] = {0x3f8, 0x2f8, 0x3e8, 0x2e8};
	uint64_t number;

	if (strncmp(text, "ttyS", 4) == 0 && text[4] >= '0' && text[4] <= '3' && !text[5]) {
		*ret = ports[text[4] - '0'];
		return NULL;
	}
	if (!isdigit((unsigned char)text[0]))
		return error_new(ERROR_USAGE,
			"%s: \"%s\" is no serial port; expected ttyS0 to ttyS3 or an I/O port such as "
			"0x3f8",
			option, text);
	/* A 16550 has eight registers. */
	TRY(parse_number(option, text, false, 0xfff8, &number));
	if (!number)
		return error_new(ERROR_USAGE, "%s: 0 is no serial port", option);
	*ret = (uint16_t)number;
	return NULL;
}

struct error *parse_baud(const char *option, const char *text, uint32_t *ret)
{
	/* The clock of a 16550 divided by 16; divisors have 16 bits. */
	enum { BAUD_BASE = 115200 };
	uint64_t number;

	TRY(parse_number(option, text, false, UINT32_MAX, &number));
	if (number == 0 || number > BAUD_BASE || BAUD_BASE / number > 0xffff)
		return error_new(ERROR_USAGE,
			"%s: %s is no speed of a serial port; expected 2 to %d, such as 9600 or 115200",
			option, text, BAUD_BASE);
	*ret = (uint32_t)number;
	return NULL;
}

static int hex_digit(char c)
{
	if (!isxdigit((unsigned char)c))
		return -1;
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

struct error *parse_seed(const char *option, const char *text, uint8_t *bytes, size_t size)
{
	size_t length = strlen(text);

	memset(bytes, 0, size);
	if (!length || length % 2 || length > 2 * size)
		return error_new(ERROR_USAGE,
			"%s: %zu hex digits; expected an even number from 2 to %zu", option, length,
			2 * size);
	for (size_t i = 0; i < length; i++) {
		if (hex_digit(text[i]) < 0)
			return error_new(ERROR_USAGE, "%s: \"%c\" is not a hex digit", option,
				isprint((unsigned char)text[i]) ? text[i] : '?');
		bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | hex_digit(text[i]));
	}
	return NULL;
}

/* "auto, reuse or none" */
static void list_names(const char *const *names, char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; names[i]; i++) {
		const char *between = i == 0 ? "" : names[i + 1] ? ", " : " or ";
		int length = snprintf(text + used, size - used, "%s%s", between, names[i]);

		if (length < 0 || (size_t)length >= size - used)
			return;
		used += (size_t)length;
	}
}

struct error *parse_name(const char *option, const char *text, const char *const *names,
	const char *what, size_t *ret)
{
	char list[128] = "";

	for (size_t i = 0; names[i]; i++) {
		*ret = i;
		if (strcmp(text, names[i]) == 0)
			return NULL;
	}
	list_names(names, list, sizeof(list));
	return error_new(ERROR_USAGE, "%s: \"%s\" is %s; expected %s", option, text, what, list);
}

enum { SUGGEST_LENGTH_MAX = 40 };

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/** Letters to insert, delete, replace, or swap with their neighbour to get from @a to @b. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int d[SUGGEST_LENGTH_MAX + 1][SUGGEST_LENGTH_MAX + 1];
	size_t rows = strlen(a), columns = strlen(b);

	for (size_t i = 0; i <= rows; i++) {
		for (size_t j = 0; j <= columns; j++) {
			if (!i || !j) {
				d[i][j] = (unsigned int)(i + j);
				continue;
			}
			d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
				d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[rows][columns];
}

const char *suggest(const char *word, const char *const *names)
{
	size_t length = strlen(word);
	unsigned int best_distance = least(length < 3 ? 1 : (unsigned int)length / 3, 3) + 1;
	const char *best = NULL;

	if (length > SUGGEST_LENGTH_MAX)
		return NULL;
	for (; *names; names++) {
		unsigned int here;

		if (strlen(*names) > SUGGEST_LENGTH_MAX)
			continue;
		/* The beginning of a name is as good as one wrong letter. */
		here = length >= 2 && strncmp(*names, word, length) == 0 ? 1
									 : distance(word, *names);
		if (here < best_distance) {
			best_distance = here;
			best = *names;
		}
	}
	return best;
}
