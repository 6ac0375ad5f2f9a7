/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that baton recognises but does not start, so that an error can say what they are. */
#ifndef BATON_IMAGE_FOREIGN_H
#define BATON_IMAGE_FOREIGN_H

#include "base/bytes.h"
#include "base/error.h"

struct foreign {
	const char *what; /* "an arm64 kernel Image" */
	const char *hint; /* "baton does not start those yet" */
	enum error_code code;
	const char *magic;
	uint64_t offset;
	uint64_t length;
	/** What the magic alone does not show; NULL if there is no more to check. */
	bool (*matches)(struct bytes bytes);
	/**
	 * A file of this kind may be an initrd: an archive, or a file system that the kernel takes
	 * for a RAM disk (init/do_mounts_rd.c, identify_ramdisk_image()).
	 */
	bool may_be_initrd;
};

/** The row that describes @bytes, or NULL. To add one: a row in foreign.c's table. */
const struct foreign *foreign_recognize(struct bytes bytes);

#endif
