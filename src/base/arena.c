/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arena.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_SIZE = 64 << 10, ALIGNMENT = _Alignof(max_align_t) };

struct arena_chunk {
	struct arena_chunk *before;
	size_t size, used;
	_Alignas(max_align_t) unsigned char data[];
};

static void drop_last(struct arena *arena)
{
	struct arena_chunk *chunk = arena->last;

	arena->last = chunk->before;
	arena->taken -= chunk->size;
	free(chunk);
}

void arena_deinit(struct arena *arena)
{
	while (arena->last)
		drop_last(arena);
}

static struct arena_chunk *add_chunk(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk;

	if (size > arena->limit || arena->taken > arena->limit - size)
		return NULL;
	chunk = malloc(sizeof(*chunk) + size);
	if (!chunk)
		return NULL;
	chunk->before = arena->last;
	chunk->size = size;
	chunk->used = 0;
	arena->last = chunk;
	arena->taken += size;
	return chunk;
}

void *arena_take(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = arena->last;
	void *taken;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (!chunk || size > chunk->size - chunk->used)
		chunk = add_chunk(arena, size > CHUNK_SIZE ? size : CHUNK_SIZE);
	if (!chunk)
		return NULL;
	taken = chunk->data + chunk->used;
	chunk->used += size;
	return memset(taken, 0, size);
}

char *arena_text(struct arena *arena, const char *text, size_t length)
{
	char *copy = length < SIZE_MAX ? arena_take(arena, length + 1) : NULL;

	if (copy && length)
		memcpy(copy, text, length);
	return copy;
}

struct error *arena_error(const struct arena *arena)
{
	if (arena->limit - arena->taken < CHUNK_SIZE * 2 || arena->taken)
		return error_new(ERROR_LIMIT, "it needs more than %u MiB of memory",
			(unsigned int)(arena->limit >> 20));
	return error_no_memory();
}

struct arena_mark arena_mark(const struct arena *arena)
{
	return (struct arena_mark){
		.chunk = arena->last, .used = arena->last ? arena->last->used : 0};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
	while (arena->last != mark.chunk)
		drop_last(arena);
	if (arena->last)
		arena->last->used = mark.used;
}
