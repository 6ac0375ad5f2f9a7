/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of formats, for identify.c and the formats themselves. */
#ifndef BATON_IMAGE_FORMAT_H
#define BATON_IMAGE_FORMAT_H

#include "image/image.h"

/** A row of the table of formats. */
struct image_format {
	const char *name;  /* short, for `forced` and for what declined: "ELF" */
	const char *title; /* for image.format: "ELF64 vmlinux" */
	/**
	 * Does @bytes look like this format? Allocates nothing, has no side effect. When not,
	 * @ret_reason is set to a static string: "no \"HdrS\" at 0x202".
	 */
	bool (*probe)(struct bytes bytes, const char **ret_reason);
	/** Parse what probe() accepted, filling @image from image->bytes. Errors are final. */
	struct error *(*parse)(struct image *image);
};

extern const struct image_format image_format_bzimage;
extern const struct image_format image_format_elf64;

#endif
