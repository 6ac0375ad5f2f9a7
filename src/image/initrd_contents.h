/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an initrd holds, as far as the names of its files tell. */
#ifndef BATON_IMAGE_INITRD_CONTENTS_H
#define BATON_IMAGE_INITRD_CONTENTS_H

#include "base/blob.h"

struct error;

enum { INITRD_RELEASES_MAX = 16 };

/** Zeroed: nothing was looked at. */
struct initrd_contents {
	bool complete;	/* every byte was read: nothing is packed, nothing is other than cpio */
	bool has_init;	/* "init" in its root folder, or a file of the name that was asked for */
	bool has_image; /* a file system in a file, which may hold modules and programs too */
	struct blob modules; /* '\n' NAME '\n' NAME … '\n', with "_" for "-" and no ".ko.xz" */
	char *releases[INITRD_RELEASES_MAX]; /* of kernels that it has a folder of modules for */
	unsigned int release_count;
};

/**
 * Read the names in @bytes, cpio archives with zeros between them, up to what is compressed or
 * unknown. Of contents no more than a magic is looked at, so that it takes as long as there are
 * files.
 * @param init  the path of the program that the kernel starts: "/init". Below a folder it is looked
 *              for by its name alone, as links of folders lead to it ("/sbin" to "/usr/sbin")
 */
struct error *initrd_contents_read(
	struct bytes bytes, const char *init, struct initrd_contents *ret);
/** Is there a module of this name, in whichever folder? "-" and "_" are the same, as to modprobe.
 */
bool initrd_contents_have_module(const struct initrd_contents *contents, const char *name);
/** Is there a folder of modules for the kernel @release? */
bool initrd_contents_are_for(const struct initrd_contents *contents, const char *release);
void initrd_contents_deinit(struct initrd_contents *contents);
#define _cleanup_initrd_contents_ __attribute__((cleanup(initrd_contents_deinit)))

#endif
