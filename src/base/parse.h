/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of options, and what was probably meant. All errors are ERROR_USAGE. */
#ifndef BATON_BASE_PARSE_H
#define BATON_BASE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

/**
 * A number: any C base; with @suffixes K, M, G and T for powers of 1024.
 * @option names it in the error.
 */
struct error *parse_number(
	const char *option, const char *text, bool suffixes, uint64_t limit, uint64_t *ret);

/** "ttyS0" to "ttyS3", or an I/O port. */
struct error *parse_serial_port(const char *option, const char *text, uint16_t *ret);

/** Bits per second that a 16550 can be set to. */
struct error *parse_baud(const char *option, const char *text, uint32_t *ret);

/** Hex digits into @bytes, the rest zero. */
struct error *parse_seed(const char *option, const char *text, uint8_t *bytes, size_t size);

/** One of @names (NULL-terminated), by its index: else @option: "TEXT" is @what; expected @names.
 */
struct error *parse_name(const char *option, const char *text, const char *const *names,
	const char *what, size_t *ret);

/** The name nearest to @word among @names (NULL-terminated), or NULL if none is near. */
const char *suggest(const char *word, const char *const *names);

#endif
