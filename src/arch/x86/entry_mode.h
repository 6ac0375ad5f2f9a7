/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In which mode do the old kernel leave the CPU and the new one want it? 32- and 64-bit x86. */
#ifndef BATON_ARCH_X86_ENTRY_MODE_H
#define BATON_ARCH_X86_ENTRY_MODE_H

#include "arch/x86/purgatory.h"
#include "decision/request.h"

struct error;
struct image;
struct machine;
struct notes;
struct question;

/** Lowest address past what every 32-bit kernel can be loaded to; see docs/boot-protocol.md. */
#define LOWMEM_END (UINT64_C(896) << 20)

/** Is the kernel entered in protected mode with paging off: asked for, or it knows no other way? */
bool enters_in_32bit(const struct request *request, const struct image *image);

/** Does the kernel that runs here end in protected mode with paging off: is it a 32-bit one? */
bool leaves_in_32bit(const struct machine *machine);

/** Which purgatory can run at the jump. */
enum purgatory_kind purgatory_for(const struct machine *machine, enum method method);

/** As struct arch has it: check(). Errors: ERROR_UNSUPPORTED, a sentence. */
struct error *entry_mode_check(
	const struct question *question, enum method method, struct notes *notes);

#endif
