/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * May this kernel be entered directly, past its own decompressor? And where, at random, as that
 * would have put it (arch/x86/boot/compressed/kaslr.c)?
 */
#ifndef BATON_ARCH_X86_DIRECT_H
#define BATON_ARCH_X86_DIRECT_H

#include <stdbool.h>
#include <stdint.h>

struct arch_entry;
struct decision;
struct error;
struct image;
struct layout;
struct notes;
struct payload;
struct question;
struct rules;
struct unpacked_kernel;

/** As struct arch has them: hazard(), enter(). */
const char *direct_hazard(const struct question *question, const char *command_line);
struct error *direct_decide(const struct question *question, const struct decision *decision,
	const struct unpacked_kernel *kernel, struct notes *notes, struct arch_entry *ret);

/**
 * Can purgatory zero memory on the way to a kernel that is entered directly? It runs without paging
 * then, or goes over to tables of the plan's; not where it must leave long mode again.
 */
bool direct_clears(const struct question *question, const struct decision *decision);

/** Where the unpacked kernel may lie. @ret is empty so far. */
void direct_rules(const struct question *question, const struct payload *payload,
	const struct arch_entry *entry, struct rules *ret);

/** Add its segments; sets layout->direct, and where it is entered and by how much it moves. */
struct error *direct_add(const struct image *image, const struct payload *payload,
	const struct arch_entry *entry, uint64_t address, const char *reason,
	struct layout *layout);

/** So many parts of a kernel have names of their own; those that follow have the last one's. */
enum { KERNEL_PARTS_NAMED = 8 };

/** "kernel", "kernel part 2", …; static. */
const char *kernel_part_name(unsigned int part);

#endif
