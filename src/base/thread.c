/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/thread.h"

#include <signal.h>

bool thread_start(pthread_t *ret, void *(*run)(void *data), void *data)
{
	pthread_attr_t attributes;
	bool started;

	if (pthread_attr_init(&attributes) != 0)
		return false;
	started = pthread_attr_setstacksize(&attributes, THREAD_STACK_SIZE) == 0 &&
		  pthread_create(ret, &attributes, run, data) == 0;
	pthread_attr_destroy(&attributes);
	return started;
}

bool thread_start_aside(pthread_t *ret, void *(*run)(void *data), void *data)
{
	sigset_t all, before;
	bool started;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	started = thread_start(ret, run, data);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}
