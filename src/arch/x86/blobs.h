/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The flat binaries that purgatory/build.py makes. */
#ifndef BATON_ARCH_X86_BLOBS_H
#define BATON_ARCH_X86_BLOBS_H

/** Purgatory, with struct purgatory_header at PURGATORY_HEADER_OFFSET. */
extern const unsigned char purgatory_x86_64[];
extern const unsigned int purgatory_x86_64_size;
extern const unsigned char purgatory_i386[];
extern const unsigned int purgatory_i386_size;

/** From PVH's entry state to kexec's: see purgatory/x86/pvh.S for the fields stored into it. */
extern const unsigned char pvh_x86[];
extern const unsigned int pvh_x86_size;

enum {
	PVH_ADDRESS_OFFSET = 1,	    /* 4 bytes: the blob's own address */
	PVH_ENTRY_OFFSET = 8,	    /* 8 bytes: where to go on in long mode */
	PVH_MEMORY_SIZE_OFFSET = 16 /* 4 bytes: memory that the blob needs */
};

#endif
