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
};

/** The row that describes @bytes, or NULL. To add one: a row in foreign.c's table. */
const struct foreign *foreign_recognize(struct bytes bytes);

/**
 * May a file of this kind be an initrd? A file system may be one, if the kernel has its driver and
 * that of RAM disks (init/do_mounts_rd.c, identify_ramdisk_image()).
 */
bool foreign_may_be_initrd(const struct foreign *foreign);

#endif
