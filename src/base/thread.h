/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads with a stack of a known size. By default a thread has as much as `ulimit -s` allows the
 * program's own, which may be too little for it, or more than there are addresses.
 */
#ifndef BATON_BASE_THREAD_H
#define BATON_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/** Several times of what anything here was seen to need. */
enum { THREAD_STACK_SIZE = 1 << 20 };

/** Start a thread; false if there is no memory for it, or too many of them. */
bool thread_start(pthread_t *ret, void *(*run)(void *data), void *data);
/** thread_start() with every signal blocked: they are for the thread that was there. */
bool thread_start_aside(pthread_t *ret, void *(*run)(void *data), void *data);

#endif
