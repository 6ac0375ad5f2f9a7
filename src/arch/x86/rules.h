/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where an x86 kernel, its initrd and baton's own pieces may lie. */
#ifndef BATON_ARCH_X86_RULES_H
#define BATON_ARCH_X86_RULES_H

#include <stdbool.h>
#include <stdint.h>

struct arch_entry;
struct error;
struct layout;
struct question;
struct rules;
struct unpacked_kernel;

/** As struct arch has them. */
void x86_kernel_rules(const struct question *question, const struct unpacked_kernel *kernel,
	const struct arch_entry *entry, struct rules *ret);
bool x86_is_movable(const struct question *question, const struct arch_entry *entry);
struct error *x86_add_kernel(const struct question *question, const struct unpacked_kernel *kernel,
	const struct arch_entry *entry, uint64_t address, const char *reason,
	struct layout *layout);
void x86_initrd_rules(const struct question *question, uint64_t size, struct rules *ret);
void x86_small_rules(const char *name, uint64_t size, struct rules *ret);

#endif
