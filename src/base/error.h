/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Errors of hosted code.
 *
 * A fallible function returns a `struct error *`: NULL is success. A message reads
 * "file: part: what was found, what was expected; what to try". The caller owns the error and
 * frees it with error_free(), or hands it on. Running out of memory while making an error yields
 * a static object that error_free() accepts, so that reporting an error never fails.
 */
#ifndef BATON_BASE_ERROR_H
#define BATON_BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

/** What kind of thing went wrong; command lines map it to an exit status. */
enum error_code {
	ERROR_OTHER = 1,
	ERROR_NO_MEMORY,   /* this process ran out of memory */
	ERROR_SYSTEM,	   /* a system call failed: see error_errno() */
	ERROR_USAGE,	   /* the request contradicts itself or is malformed */
	ERROR_FORMAT,	   /* a file is not what it claims to be, or is damaged */
	ERROR_DAMAGED,	   /* a checksum, a size or an end says that a file is damaged: nobody could
			      use it, the next kernel neither */
	ERROR_UNSUPPORTED, /* well-formed, but baton or this machine cannot do it */
	ERROR_NO_SPACE,	   /* no hole in the memory map fits */
	ERROR_NOT_PERMITTED, /* the kernel's policy or the caller's rights forbid it */
	ERROR_NOT_LOADED,    /* there is nothing loaded to act on */
	ERROR_LIMIT,	     /* a bound that protects against hostile input was hit */
};

struct error;

#define BATON_PRINTF(f, a) __attribute__((format(printf, f, a)))
/** Never NULL, which analyzers want to be told. */
#define BATON_RETURNS	   __attribute__((returns_nonnull))

/** Make an error with a printf-style message. */
struct error *error_new(enum error_code code, const char *format, ...)
	BATON_PRINTF(2, 3) BATON_RETURNS;

/** Make an ERROR_SYSTEM error; ": strerror(errnum)" is appended to the message. */
struct error *error_system(int errnum, const char *format, ...) BATON_PRINTF(2, 3) BATON_RETURNS;

/** Note the errno behind @error, for a caller that must tell them apart. NULL stays NULL. */
struct error *error_set_errno(struct error *error, int errnum);

/** The static out-of-memory error. */
struct error *error_no_memory(void) BATON_RETURNS;

/**
 * Put "PREFIX: " in front of the message, to name the file or part the error arose in.
 * Takes ownership of @error and returns it (or a replacement); NULL stays NULL.
 */
struct error *error_prefix(struct error *error, const char *format, ...) BATON_PRINTF(2, 3);

/** Append "; HINT" to the message. Ownership as error_prefix(). */
struct error *error_hint(struct error *error, const char *format, ...) BATON_PRINTF(2, 3);

/** Message without a trailing newline; valid as long as the error. */
const char *error_message(const struct error *error);
enum error_code error_code(const struct error *error);
/** Is there not the memory, here or for what is to be loaded? */
bool error_is_of_memory(const struct error *error);
/** The errno behind an error, where one was noted; else 0. */
int error_errno(const struct error *error);

void error_free(struct error *error);
void error_freep(struct error **error);
#define _cleanup_error_ __attribute__((cleanup(error_freep)))

/** Return early with the error of @call, if any. */
#define TRY(call)                                                                                  \
	do {                                                                                       \
		struct error *try_error_ = (call);                                                 \
		if (try_error_)                                                                    \
			return try_error_;                                                         \
	} while (0)

#endif
