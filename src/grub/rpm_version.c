/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs of digits and runs of letters are compared one by one; everything else divides them. A run
 * of digits is newer than letters, and ~ is older than anything, even than the end (rpm,
 * docs/manual/dependencies.md: Versioning; Red Hat's GRUB has the rules of before rpm 4.15: no ^).
 */
#include "grub/rpm_version.h"

#include <ctype.h>
#include <string.h>

static size_t divider(const char *text)
{
	size_t length = 0;

	while (text[length] && !isalnum((unsigned char)text[length]) && text[length] != '~')
		length++;
	return length;
}

static size_t run(const char *text, int (*is_part)(int c))
{
	size_t length = 0;

	while (is_part((unsigned char)text[length]))
		length++;
	return length;
}

/* By their first @length bytes or so; a shorter one that is the beginning of the other is older. */
static int compare_runs(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t length = a_length < b_length ? a_length : b_length;
	int order = length ? memcmp(a, b, length) : 0;

	if (order)
		return order;
	return a_length == b_length ? 0 : a_length < b_length ? -1 : 1;
}

static int compare_numbers(const char *a, size_t a_length, const char *b, size_t b_length)
{
	for (; a_length && *a == '0'; a++)
		a_length--;
	for (; b_length && *b == '0'; b++)
		b_length--;
	if (a_length != b_length)
		return a_length < b_length ? -1 : 1;
	return compare_runs(a, a_length, b, b_length);
}

int rpm_version_compare(const char *a, const char *b)
{
	while (*a || *b) {
		size_t a_length, b_length;
		int order;

		a += divider(a);
		b += divider(b);
		if (*a == '~' || *b == '~') {
			if (*a != *b)
				return *a == '~' ? -1 : 1;
			a++;
			b++;
			continue;
		}
		if (!*a || !*b)
			break;
		if (isdigit((unsigned char)*a)) {
			a_length = run(a, isdigit);
			b_length = run(b, isdigit);
			if (!b_length)
				return 1;
			order = compare_numbers(a, a_length, b, b_length);
		} else {
			a_length = run(a, isalpha);
			b_length = run(b, isalpha);
			if (!b_length)
				return -1;
			order = compare_runs(a, a_length, b, b_length);
		}
		if (order)
			return order < 0 ? -1 : 1;
		a += a_length;
		b += b_length;
	}
	return *a ? 1 : *b ? -1 : 0;
}

enum { NAME, VERSION, RELEASE, PARTS };

/* From behind: what there is of them fills name first, then version. */
static void split(char *text, const char *parts[static PARTS])
{
	char *release = strrchr(text, '-'), *version;

	parts[NAME] = text;
	parts[VERSION] = parts[RELEASE] = "";
	if (!release)
		return;
	*release++ = '\0';
	version = strrchr(text, '-');
	parts[VERSION] = release;
	if (!version)
		return;
	*version++ = '\0';
	parts[VERSION] = version;
	parts[RELEASE] = release;
}

int rpm_package_compare(const char *a, const char *b)
{
	char a_text[256], b_text[256];
	const char *a_parts[PARTS], *b_parts[PARTS];
	int order = 0;

	/* Names of files: no longer than NAME_MAX. */
	strncpy(a_text, a, sizeof(a_text) - 1);
	strncpy(b_text, b, sizeof(b_text) - 1);
	a_text[sizeof(a_text) - 1] = b_text[sizeof(b_text) - 1] = '\0';
	split(a_text, a_parts);
	split(b_text, b_parts);
	for (int i = 0; i < PARTS && !order; i++)
		order = rpm_version_compare(a_parts[i], b_parts[i]);
	return order;
}
