/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is this file? Bytes in, description out; chooses no addresses and makes no system calls.
 *
 * A wrapper (gzip, later zboot, UKI, uImage) unwraps to an inner image, which is probed again, at
 * most IMAGE_DEPTH_MAX deep. Every format that declines says why.
 *
 * To add a format: src/image/FORMAT.c with its row, the row in identify.c's table (the order there
 * is the probe order, and says why), its row in foreign.c goes, a unit test, a fuzz target and its
 * corpus, docs/boot-protocol.md.
 */
#ifndef BATON_IMAGE_IDENTIFY_H
#define BATON_IMAGE_IDENTIFY_H

#include "image/image.h"

/**
 * Identify @file and describe it. Takes over @file's contents in success and failure.
 *
 * @param name    names the file in errors
 * @param forced  short name of the only format to accept ("bzImage", "ELF"; case does not matter),
 *                NULL for any; wrappers are unwrapped all the same. ERROR_USAGE if unknown
 * @param ret     to be freed with image_deinit(); on error it is empty
 * Errors: ERROR_FORMAT with the reason of the format that came closest, or each format's reason
 * when none did; ERROR_UNSUPPORTED for an image of a kind or machine that baton cannot start.
 */
struct error *image_identify(
	const char *name, struct blob *file, const char *forced, struct image *ret);

#endif
