/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading cpio archives in the "newc" format, which initramfs archives have. */
#ifndef BATON_IMAGE_CPIO_H
#define BATON_IMAGE_CPIO_H

#include "base/bytes.h"

enum {
	CPIO_ALIGNMENT = 4,
	CPIO_ENTRIES_MAX = 1 << 22, /* bounds the work on one archive */
};

/* One member of an archive. */
struct cpio_member {
	uint32_t mode;
	struct bytes name; /* without the NUL */
	uint64_t contents; /* offset of what the file holds */
	uint64_t end;	   /* offset past it; alignment is left to what follows */
};

/** True if a member's magic is at @offset. */
bool cpio_begins_at(struct bytes bytes, uint64_t offset);
/** Read the header and name of the member at @offset; the contents may lie past @bytes. */
bool cpio_read_header(struct bytes bytes, uint64_t offset, struct cpio_member *ret);
/** Read the member at @offset; false if there is none that is whole. */
bool cpio_read_member(struct bytes bytes, uint64_t offset, struct cpio_member *ret);
/** True if a member begins at @offset, and is malformed or longer than what there is. */
bool cpio_is_cut_off(struct bytes bytes, uint64_t offset);
/** The member that ends an archive. */
bool cpio_is_trailer(const struct cpio_member *entry);
/**
 * Move *@offset up to a multiple of four and past zeros, four at a time as the kernel skips them;
 * false at the end.
 */
bool cpio_skip_zeros(struct bytes bytes, uint64_t *offset);

#endif
