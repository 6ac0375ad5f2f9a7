/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text for people: sizes, colours, and strings that cannot drive the terminal. */
#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"
#include "cli/cli.h"

const char *size_text(uint64_t size, char buffer[static SIZE_TEXT])
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	size_t unit = 0;

	if (size < 1024) {
		snprintf(buffer, SIZE_TEXT, "%" PRIu64 " bytes", size);
		return buffer;
	}
	while (unit < 5 && size >> (10 * (unit + 2)))
		unit++;

	uint64_t one = UINT64_C(1) << (10 * (unit + 1));
	double value = (double)size / (double)one;

	snprintf(buffer, SIZE_TEXT, size % one == 0 || value >= 100 ? "%.0f %s" : "%.1f %s", value,
		units[unit]);
	return buffer;
}

/** Write @text; what is neither printable nor in @allowed goes through @escape. */
static void print_filtered(
	FILE *file, const char *text, const char *allowed, void (*escape)(FILE *, unsigned char))
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p) {
		const unsigned char *start = p;
		size_t length;

		while ((length = utf8_length(p)) || (*p && strchr(allowed, *p)))
			p += length ? length : 1;
		fwrite(start, 1, (size_t)(p - start), file);
		if (*p)
			escape(file, *p++);
	}
}

static void escape_hex(FILE *file, unsigned char byte)
{
	fprintf(file, "\\x%02x", byte);
}

void print_escaped(FILE *file, const char *text)
{
	print_filtered(file, text, "", escape_hex);
}

void print_escaped_lines(FILE *file, const char *text)
{
	print_filtered(file, text, "\n", escape_hex);
}

/* Select Graphic Rendition, ECMA-48 section 8.3.117. */
static const char *const styles[] = {
	[STYLE_PLAIN] = "\033[0m",
	[STYLE_BOLD] = "\033[1m",
	[STYLE_DIM] = "\033[2m",
	[STYLE_GOOD] = "\033[32m",
	[STYLE_WARN] = "\033[33m",
	[STYLE_BAD] = "\033[1;31m",
	[STYLE_FIRMWARE] = "\033[35m",
	[STYLE_OLD] = "\033[36m",
	[STYLE_BETWEEN] = "\033[31m",
	[STYLE_NEW] = "\033[32m",
};

const char *style_out(const struct cli *cli, enum style style)
{
	return cli->color_out ? styles[style] : "";
}

const char *style_err(const struct cli *cli, enum style style)
{
	return cli->color_err ? styles[style] : "";
}

void print_label(const struct cli *cli, const char *label)
{
	printf("%s%-13s%s ", style_out(cli, STYLE_BOLD), label, style_out(cli, STYLE_PLAIN));
}
