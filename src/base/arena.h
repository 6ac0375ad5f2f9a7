/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory that is freed as a whole, and bounded: for interpreters and parsers whose input decides
 * how much they need. Not for large buffers, which are blobs.
 */
#ifndef BATON_BASE_ARENA_H
#define BATON_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct error;
struct arena_chunk;

struct arena {
	uint64_t limit; /* bytes that it may take in all; set it before the first use */
	uint64_t taken;
	struct arena_chunk *last;
};

void arena_deinit(struct arena *arena);
#define _cleanup_arena_ __attribute__((cleanup(arena_deinit)))

/** @size bytes of zeros, aligned for any type; NULL past the limit, see arena_error(). */
void *arena_take(struct arena *arena, size_t size);

/** The @length bytes at @text with a NUL behind them; NULL as arena_take(). */
char *arena_text(struct arena *arena, const char *text, size_t length);

/** Why arena_take() gave nothing: ERROR_LIMIT, or ERROR_NO_MEMORY. */
struct error *arena_error(const struct arena *arena) __attribute__((returns_nonnull));

/** Set @pointer to what @call of an arena gives, or return early with the error. */
#define TAKE(arena, pointer, call)                                                                 \
	do {                                                                                       \
		(pointer) = (call);                                                                \
		if (!(pointer))                                                                    \
			return arena_error(arena);                                                 \
	} while (0)

/** A moment that arena_rewind() goes back to, freeing all that was taken after it. */
struct arena_mark {
	struct arena_chunk *chunk;
	size_t used;
};

struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

#endif
