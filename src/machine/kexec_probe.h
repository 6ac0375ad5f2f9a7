/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asking the kernel by system call which kexec abilities it has, without loading anything. */
#ifndef BATON_MACHINE_KEXEC_PROBE_H
#define BATON_MACHINE_KEXEC_PROBE_H

#include "machine/machine.h"

/** The system calls, so that tests can be a kernel. Each returns 0 or a negative errno. */
struct kexec_probe_calls {
	int (*kexec_load)(void *context, unsigned long entry, unsigned long segment_count,
		const void *segments, unsigned long flags);
	int (*kexec_file_load)(void *context, int kernel_fd, int initrd_fd,
		unsigned long command_line_size, const char *command_line, unsigned long flags);
	bool (*may_boot)(void *context); /* CAP_SYS_BOOT is effective */
	void *context;
};

/**
 * Fill in has_kexec_load, has_file_load, load_flags, file_flags and probed.
 * @param ret_reason  NULL, or why the kernel must not be asked; then @kexec is left alone
 */
void kexec_probe(
	const struct kexec_probe_calls *calls, struct kexec_facts *kexec, const char **ret_reason);

/** Record the abilities, and read recorded ones; absent, they stay unknown. */
struct error *kexec_abilities_note(struct source *source, const struct kexec_facts *kexec);
struct error *kexec_abilities_read(struct source *source, struct kexec_facts *kexec);

#endif
