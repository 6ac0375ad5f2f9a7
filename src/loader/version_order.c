/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loader/version_order.h"

#include <stdbool.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static const char *skip_others(const char *text)
{
	while (*text && !is_digit(*text) && !is_letter(*text) && !strchr("-.~^", *text))
		text++;
	return text;
}

static int order(size_t a, size_t b)
{
	return a == b ? 0 : a < b ? -1 : 1;
}

/* Numbers of any length; none is zero. They are passed. */
static int compare_numbers(const char **a, const char **b)
{
	size_t a_length, b_length;
	int result;

	*a += strspn(*a, "0");
	*b += strspn(*b, "0");
	a_length = strspn(*a, "0123456789");
	b_length = strspn(*b, "0123456789");
	result = order(a_length, b_length);
	if (!result)
		result = strncmp(*a, *b, a_length);
	*a += a_length;
	*b += b_length;
	return result;
}

static size_t letters(const char *text)
{
	size_t length = 0;

	while (is_letter(text[length]))
		length++;
	return length;
}

static int compare_letters(const char **a, const char **b)
{
	size_t a_length = letters(*a), b_length = letters(*b);
	int result = strncmp(*a, *b, a_length < b_length ? a_length : b_length);

	*a += a_length;
	*b += b_length;
	return result ? result : order(a_length, b_length);
}

/*
 * A mark that one of them has here makes it the older one; false in @ret_passed if none has it, and
 * if both have, both go on behind it.
 */
static int compare_mark(char mark, const char **a, const char **b, bool *ret_passed)
{
	bool in_a = **a == mark, in_b = **b == mark;

	*ret_passed = in_a && in_b;
	if (*ret_passed) {
		(*a)++;
		(*b)++;
		return 0;
	}
	return (int)in_b - (int)in_a;
}

int version_order(const char *a, const char *b)
{
	/* In this order; the end of a version is between the first and the others. */
	static const char marks[] = "~-^.";

	for (;;) {
		bool passed = false;
		int result = 0;

		a = skip_others(a);
		b = skip_others(b);
		for (size_t i = 0; marks[i] && !result && !passed; i++) {
			if (i == 1 && (!*a || !*b))
				return (*a != '\0') - (*b != '\0');
			result = compare_mark(marks[i], &a, &b, &passed);
		}
		if (!result && !passed)
			result = is_digit(*a) || is_digit(*b) ? compare_numbers(&a, &b)
							      : compare_letters(&a, &b);
		if (result)
			return result < 0 ? -1 : 1;
	}
}
