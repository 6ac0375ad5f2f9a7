/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Is the kernel inside a bzImage whole? */
#ifndef BATON_IMAGE_WHOLE_H
#define BATON_IMAGE_WHOLE_H

#include "image/image.h"

/**
 * Find damage of a bzImage that is to be started by its own code, by the checksum that the build
 * gave it. Not an error: it goes into image->damage; where nothing tells, into image->unchecked.
 *
 * @param unpack  where it has no checksum, unpack its payload for a test, and forget it
 * @param memory  as image_unpack_payload()
 */
struct error *image_check_whole(struct image *image, bool unpack, uint64_t memory);
/** True if unpacking has checked all that will run by checksums, or has found damage. */
bool image_is_checked(const struct image *image);

#endif
