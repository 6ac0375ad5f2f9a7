/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which bytes are text: UTF-8 (RFC 3629) without control characters, and without those that would
 * make what stands around them read in another order.
 */
#ifndef BATON_BASE_UTF8_H
#define BATON_BASE_UTF8_H

#include <stddef.h>

/**
 * Bytes of the character that begins the NUL-terminated @text: 1 to 4. 0 at its end, for a control
 * character (C0, DEL, C1, and the embeddings, overrides and isolates of bidirectional text), and
 * for what is not UTF-8.
 */
size_t utf8_length(const unsigned char *text);

/**
 * How many characters @text has; a byte that is none of a character's counts for one. On a terminal
 * that many columns, but for the double-width characters of East Asia.
 */
size_t utf8_count(const char *text);

#endif
