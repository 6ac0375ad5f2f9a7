/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of files with `*` and `?` in them. */
#ifndef BATON_GRUB_WILDCARD_H
#define BATON_GRUB_WILDCARD_H

struct error;
struct grub;

/**
 * Call @add with each name that @pattern ("/boot/vmlinuz-*", "(*)/boot") stands for, in order; a
 * backslash makes the character behind it literal. Without a wildcard nothing is called.
 * GRUB's own order is the file system's, which is not to be known from here.
 */
struct error *grub_wildcard(struct grub *grub, const char *pattern,
	struct error *(*add)(void *data, const char *match), void *data);

#endif
