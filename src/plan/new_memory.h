/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Will the new kernel have the memory to unpack its initrd? Its own memory counts, and not the
 * running kernel's: what the machine has, less what the new command line takes
 * (plan/memory_words.h) and what the kernel itself occupies.
 *
 * An initrd is there twice while the kernel makes files of it: as it was handed over, and as the
 * files (init/initramfs.c, unpack_to_rootfs(); its memory is given back afterwards).
 */
#ifndef BATON_PLAN_NEW_MEMORY_H
#define BATON_PLAN_NEW_MEMORY_H

#include "plan/memory_words.h"

struct error;
struct notes;
struct question;

struct new_memory {
	bool known;		   /* the machine's memory is */
	struct memory_words words; /* of the new command line */
	uint64_t rest;		   /* bytes left for the initrd, in both forms */
};

/** @param ret  freed with new_memory_deinit() */
struct error *new_memory_find(
	const struct question *question, const char *command_line, struct new_memory *ret);
void new_memory_deinit(struct new_memory *memory);
#define _cleanup_new_memory_ __attribute__((cleanup(new_memory_deinit)))

/**
 * The most bytes that an initrd may have if it is handed over unpacked: a quarter of the rest, as
 * it is there twice, and the other half is for what else the kernel does by then. UINT64_MAX:
 * unknown.
 */
uint64_t new_memory_for_initrd(const struct new_memory *memory);

/**
 * Why that is all: "the new command line takes 768 MiB with hugepages=384 and leaves …"; to be
 * freed.
 */
struct error *new_memory_why(const struct new_memory *memory, char **ret);

/**
 * Refuse a kernel that is larger than the memory that its command line leaves it, and an initrd
 * that it surely has not the memory for (ERROR_NO_SPACE); warn of an initrd that it may
 * not have it for. Of initrds a warning is all where something was asked of how they are handed
 * over: who says so, knows.
 */
struct error *new_memory_check(
	const struct question *question, const char *command_line, struct notes *notes);

#endif
