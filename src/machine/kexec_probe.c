/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asking without harm. Both calls check the caller's rights, then the flags, and only then look at
 * what is to be loaded; so with segments that cannot be read, or a descriptor that is not open, the
 * error tells whether the flags were known, and nothing was touched (kernel/kexec.c and
 * kernel/kexec_file.c, read in 6.1, 6.12 and 7.3; see docs/boot-protocol.md).
 */
#include "machine/kexec_probe.h"

#include "machine/facts.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ABILITIES_NOTE "baton/kexec-abilities"

enum {
	/* include/uapi/linux/kexec.h, kexec_load */
	LOAD_PRESERVE_CONTEXT = 0x2,
	LOAD_UPDATE_ELFCOREHDR = 0x4,
	LOAD_CRASH_HOTPLUG = 0x8,
	/* the same, kexec_file_load; UNLOAD 1 and ON_CRASH 2 act before they fail: never asked */
	FILE_NO_INITRAMFS = 0x4,
};

/* One segment, at an address that no user process can have. */
static int try_load(const struct kexec_probe_calls *calls, unsigned long flags)
{
	return calls->kexec_load(calls->context, 0, 1, (const void *)UINTPTR_MAX, flags);
}

/* No kernel, no initrd, no command line. */
static int try_file_load(const struct kexec_probe_calls *calls, unsigned long flags)
{
	return calls->kexec_file_load(calls->context, -1, -1, 0, NULL, flags);
}

/* What an answer to a call without flags says about the call's being there. */
static enum tristate is_there(int answer, int known)
{
	if (answer == known || answer == -EINVAL)
		return TRISTATE_YES;
	return answer == -ENOSYS ? TRISTATE_NO : TRISTATE_UNKNOWN;
}

static void probe_load(const struct kexec_probe_calls *calls, struct kexec_facts *kexec)
{
	static const unsigned long flags[] = {
		LOAD_PRESERVE_CONTEXT, LOAD_UPDATE_ELFCOREHDR, LOAD_CRASH_HOTPLUG};
	int answer = try_load(calls, 0);

	kexec->has_kexec_load = is_there(answer, -EFAULT);
	kexec->load_refused = answer == -EACCES;
	for (size_t i = 0; answer == -EFAULT && i < sizeof(flags) / sizeof(flags[0]); i++)
		if (try_load(calls, flags[i]) == -EFAULT)
			kexec->load_flags |= flags[i];
}

static void probe_file_load(const struct kexec_probe_calls *calls, struct kexec_facts *kexec)
{
	static const unsigned long flags[] = {
		FILE_NO_INITRAMFS, FILE_FLAG_DEBUG, FILE_FLAG_NO_CMA, FILE_FLAG_FORCE_DTB};
	int answer = try_file_load(calls, 0);

	kexec->has_file_load = is_there(answer, -EBADF);
	for (size_t i = 0; answer == -EBADF && i < sizeof(flags) / sizeof(flags[0]); i++)
		if (try_file_load(calls, flags[i]) == -EBADF)
			kexec->file_flags |= flags[i];
	/* Debug messages stay switched on by a call that fails early; the next call sets it anew.
	 */
	if (kexec->file_flags & FILE_FLAG_DEBUG)
		try_file_load(calls, 0);
}

void kexec_probe(
	const struct kexec_probe_calls *calls, struct kexec_facts *kexec, const char **ret_reason)
{
	*ret_reason = NULL;
	if (!calls->may_boot(calls->context))
		*ret_reason = "that takes CAP_SYS_BOOT, which root has";
	else if (kexec->load_disabled == TRISTATE_YES)
		*ret_reason = "kernel.kexec_load_disabled is set";
	else if (kexec->limit_reboot != -1 || kexec->limit_panic != -1)
		/* Each attempt that is let through counts down, failed ones too. */
		*ret_reason = "the number of loads is limited by kernel.kexec_load_limit_reboot or "
			      "_panic, and asking would use one up";
	if (*ret_reason)
		return;
	kexec->load_flags = 0;
	kexec->file_flags = 0;
	probe_load(calls, kexec);
	probe_file_load(calls, kexec);
	kexec->probed = true;
}

static int call_kexec_load(void *context, unsigned long entry, unsigned long segment_count,
	const void *segments, unsigned long flags)
{
	(void)context;
	return syscall(SYS_kexec_load, entry, segment_count, segments, flags) < 0 ? -errno : 0;
}

static int call_kexec_file_load(void *context, int kernel_fd, int initrd_fd,
	unsigned long command_line_size, const char *command_line, unsigned long flags)
{
	(void)context;
#ifdef SYS_kexec_file_load
	return syscall(SYS_kexec_file_load, kernel_fd, initrd_fd, command_line_size, command_line,
		       flags) < 0
		       ? -errno
		       : 0;
#else
	return -ENOSYS;
#endif
}

static bool call_may_boot(void *context)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	(void)context;
	return syscall(SYS_capget, &header, data) == 0 &&
	       data[CAP_TO_INDEX(CAP_SYS_BOOT)].effective & CAP_TO_MASK(CAP_SYS_BOOT);
}

struct error *machine_probe_kexec(struct source *source, struct machine *machine)
{
	static const struct kexec_probe_calls calls = {
		.kexec_load = call_kexec_load,
		.kexec_file_load = call_kexec_file_load,
		.may_boot = call_may_boot,
	};
	const char *reason;

	if (!source_is_live(source))
		return NULL;
	/* arch/x86/entry/syscalls/syscall_32.tbl has no such call. */
	machine->kexec.file_load_is_64bit = sizeof(void *) == 4 && machine->architecture &&
					    strcmp(machine->architecture, "x86_64") == 0;
	kexec_probe(&calls, &machine->kexec, &reason);
	if (reason)
		return machine_warn(machine,
			"The kernel was not asked which kexec abilities it has: %s.", reason);
	return kexec_abilities_note(source, &machine->kexec);
}

struct error *kexec_abilities_note(struct source *source, const struct kexec_facts *kexec)
{
	char note[256];
	int length = snprintf(note, sizeof(note),
		"has_kexec_load %d\nhas_file_load %d\nload_flags 0x%" PRIx64
		"\nfile_flags 0x%" PRIx64 "\n",
		kexec->has_kexec_load, kexec->has_file_load, kexec->load_flags, kexec->file_flags);

	return source_note(source, ABILITIES_NOTE, bytes_of(note, (uint64_t)length));
}

static void take_tristate(struct text text, enum tristate *ret)
{
	int64_t value;

	if (text_is_signed(text, &value) && value >= -1 && value <= 1)
		*ret = (enum tristate)value;
}

struct error *kexec_abilities_read(struct source *source, struct kexec_facts *kexec)
{
	struct text text, line;
	struct bytes contents;

	TRY(source_file(source, ABILITIES_NOTE, &kexec->probed, &contents));
	for (text = text_of(contents); text_take(&text, '\n', &line);) {
		if (text_skip(&line, "has_kexec_load "))
			take_tristate(line, &kexec->has_kexec_load);
		else if (text_skip(&line, "has_file_load "))
			take_tristate(line, &kexec->has_file_load);
		else if (text_skip(&line, "load_flags "))
			text_is_hex(line, &kexec->load_flags);
		else if (text_skip(&line, "file_flags "))
			text_is_hex(line, &kexec->file_flags);
	}
	return NULL;
}
