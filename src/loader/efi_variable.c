/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loader/efi_variable.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"

enum { ATTRIBUTES = 4, VARIABLE_MAX = 16 << 10 };

/* One code point as UTF-8; what is no character becomes U+FFFD. */
static char *put(char *to, uint32_t c)
{
	if (c >= 0xd800 && c < 0xe000)
		c = 0xfffd;
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

/* Ids of entries are names of files on FAT: no surrogates are put together. */
static struct error *decode(struct bytes text, char **ret)
{
	char *to;

	*ret = malloc(text.size / 2 * 3 + 1);
	if (!*ret)
		return error_no_memory();
	to = *ret;
	for (uint64_t i = 0; i + 1 < text.size && load_le16(text.data + i); i += 2)
		to = put(to, load_le16(text.data + i));
	*to = '\0';
	return NULL;
}

struct error *efi_variable_text(
	const struct tree *tree, const char *name, const char *vendor, char **ret)
{
	_cleanup_blob_ struct blob blob = {0};
	char path[256];
	bool found;

	*ret = NULL;
	snprintf(path, sizeof(path), "/sys/firmware/efi/efivars/%s-%s", name, vendor);
	TRY(tree_read_file(tree, path, VARIABLE_MAX, &found, &blob));
	if (!found || blob.size < ATTRIBUTES + 2)
		return NULL;
	return decode(bytes_part(blob_bytes(&blob), ATTRIBUTES, blob.size - ATTRIBUTES), ret);
}
