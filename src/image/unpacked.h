/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel proper inside a bzImage, unpacked, and what was found out on the way: whether it is
 * whole. It is nobody's but the plan's that takes it over, which moves it to another address.
 */
#ifndef BATON_IMAGE_UNPACKED_H
#define BATON_IMAGE_UNPACKED_H

#include "image/image.h"

/** A sorted list of 32-bit link addresses, as it lies behind the ELF file. */
struct relocations {
	uint64_t offset; /* in vmlinux.bytes */
	uint64_t count;
};

struct payload {
	struct image vmlinux; /* an ELF, 64- or 32-bit */
	const char *codec;    /* that it was packed with; static */
	bool has_relocations; /* false: built without KASLR, must run where it was linked */
	struct relocations absolute_64; /* 8-byte fields to add the difference to; 32-bit: none */
	struct relocations inverse_32;	/* 4-byte fields to subtract it from; kernels up to 6.14 */
	struct relocations absolute_32; /* 4-byte fields to add it to */
	uint64_t memory_size;		/* from its first to past its last byte of memory */
	bool prepared;			/* it had been unpacked earlier */
	bool headers_only;	    /* its bytes were not unpacked, its relocations not checked */
	uint64_t moved_by;	    /* what payload_relocate() has done so far */
	unsigned int section_count; /* ELF sections: very many mean function-granular KASLR */
};

void payload_deinit(struct payload *payload);
#define _cleanup_payload_ __attribute__((cleanup(payload_deinit)))
/** With the memory of the structure itself. NULL does nothing. */
void payload_free(struct payload *payload);

/** Zeroed: nothing was tried. */
struct unpacked_kernel {
	struct blob prepared;	 /* the payload as it was unpacked earlier, or empty */
	struct payload *payload; /* NULL: it was not unpacked, or a plan has taken it over */
	char *declined; /* why it could not be unpacked; NULL if it was not tried or succeeded */
	bool short_of_memory;	 /* it could not be unpacked, or looked into, for want of memory */
	char *prepared_declined; /* why what had been unpacked earlier was not taken; NULL */
	char *unchecked; /* why nobody knows whether the kernel inside is whole; NULL: it is known,
			    or was not asked for */
	char *damage; /* what says that the file is damaged, so that the bzImage's own entry would
			 fail as well; NULL: nothing is known of that */
};

/** Set @kernel->damage, unless something was found already. */
struct error *unpacked_kernel_note_damage(struct unpacked_kernel *kernel, const char *what);

void unpacked_kernel_deinit(struct unpacked_kernel *kernel);
#define _cleanup_unpacked_kernel_ __attribute__((cleanup(unpacked_kernel_deinit)))

#endif
