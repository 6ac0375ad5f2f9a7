/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What baton loaded last, for whoever asks before it is started: the kernel itself tells no more
 * than that something is loaded. JSON in /run/baton/loaded, for root alone: a command line may hold
 * a secret.
 *
 * What another program loads or unloads does not show in it, so it is worth a word, and no more.
 */
#ifndef BATON_STORE_LOADED_H
#define BATON_STORE_LOADED_H

#include <stdint.h>

struct error;

/** Zeroed: nothing is known. */
struct loaded {
	char *kernel;	    /* its path, absolute where it has one */
	char *release;	    /* as its header says; "" unknown */
	char *command_line; /* that it will see */
	uint64_t at;	    /* seconds since 1970 */
};

void loaded_deinit(struct loaded *loaded);
#define _cleanup_loaded_ __attribute__((cleanup(loaded_deinit)))

/** @param root  "/" or a test's folder */
struct error *loaded_write(const char *root, const struct loaded *loaded);

/** @ret stays empty if there is none, or it cannot be read or understood: then nothing is known. */
void loaded_read(const char *root, struct loaded *ret);

void loaded_remove(const char *root);

#endif
