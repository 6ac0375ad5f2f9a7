/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Is the kernel inside a bzImage whole? */
#ifndef BATON_IMAGE_WHOLE_H
#define BATON_IMAGE_WHOLE_H

#include "image/unpacked.h"

/**
 * Find damage of a bzImage that is to be started by its own code, by the checksum that the build
 * gave it. Not an error: it goes into @kernel->damage; where nothing tells, into
 * @kernel->unchecked.
 *
 * @param unpack  where it has no checksum, unpack its payload for a test, and forget it
 * @param memory  as unpacked_kernel_make()
 */
struct error *unpacked_kernel_check(
	const struct image *image, bool unpack, uint64_t memory, struct unpacked_kernel *kernel);

/** True if unpacking has checked all that will run by checksums, or has found damage. */
bool unpacked_kernel_is_checked(const struct unpacked_kernel *kernel);

#endif
