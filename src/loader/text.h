/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owned strings. */
#ifndef BATON_LOADER_TEXT_H
#define BATON_LOADER_TEXT_H

struct error;

/** Put a copy of @text in the place of *@ret, which is freed. Errors are of memory. */
struct error *text_copy(const char *text, char **ret);
struct error *text_print(char **ret, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
