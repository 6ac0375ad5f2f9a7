/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The real system calls. glibc has no wrappers for two of them. */
#include "handoff/handoff.h"

#include "base/range.h"
#include "uapi/baton.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int real_kexec_load(uint64_t entry, unsigned long count,
	const struct kexec_segment_abi *segments, unsigned long flags)
{
	struct kexec_segment native[KEXEC_SEGMENT_MAX];
	/* A positive result is a failure too, seen from the 32-bit compat path. */
	long result;

	if (count > KEXEC_SEGMENT_MAX)
		return -EINVAL;
	/* In the words of this program; handoff_load() has made sure that they hold it. */
	for (unsigned long i = 0; i < count; i++)
		native[i] = (struct kexec_segment){
			.buf = segments[i].buffer,
			.bufsz = (size_t)segments[i].buffer_size,
			.mem = (const void *)(uintptr_t)segments[i].address,
			.memsz = (size_t)segments[i].memory_size,
		};
	result = syscall(SYS_kexec_load, (unsigned long)entry, count, native, flags);
	return result < 0 ? -errno : result > 0 ? -EINVAL : 0;
}

static int real_kexec_file_load(int kernel_fd, int initrd_fd, unsigned long command_line_size,
	const char *command_line, unsigned long flags)
{
#ifdef SYS_kexec_file_load
	if (syscall(SYS_kexec_file_load, kernel_fd, initrd_fd, command_line_size, command_line,
		    flags) == 0)
		return 0;
	return -errno;
#else
	(void)kernel_fd;
	(void)initrd_fd;
	(void)command_line_size;
	(void)command_line;
	(void)flags;
	return -ENOSYS;
#endif
}

static int real_reboot_kexec(void)
{
	if (syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC,
		    NULL) == 0)
		return 0;
	return -errno;
}

/* Old kernels' headers do not matter: the module's interface is ours. */
static int call_module(unsigned long command, void *argument)
{
	int fd = open(BATON_DEVICE, O_RDWR | O_CLOEXEC);
	int result;

	if (fd < 0)
		return -errno;
	result = ioctl(fd, command, argument) < 0 ? -errno : 0;
	close(fd);
	return result;
}

static int real_module_load(uint64_t entry, unsigned int count,
	const struct kexec_segment_abi *segments, const struct range *mapped,
	unsigned int mapped_count)
{
	struct baton_segment described[BATON_SEGMENTS_MAX];
	struct baton_range ranges[BATON_MAPPED_MAX];
	struct baton_load load = {
		.size = sizeof(load),
		.entry = entry,
		.segments = (uintptr_t)described,
		.mapped = (uintptr_t)ranges,
		.segment_count = count,
		.mapped_count = mapped_count,
	};

	if (count > BATON_SEGMENTS_MAX || mapped_count > BATON_MAPPED_MAX)
		return -EINVAL;
	for (unsigned int i = 0; i < count; i++)
		described[i] = (struct baton_segment){
			.buffer = (uintptr_t)segments[i].buffer,
			.buffer_size = segments[i].buffer_size,
			.address = segments[i].address,
			.memory_size = segments[i].memory_size,
		};
	for (unsigned int i = 0; i < mapped_count; i++)
		ranges[i] = (struct baton_range){mapped[i].start, mapped[i].end - mapped[i].start};
	return call_module(BATON_IOC_LOAD, &load);
}

static int real_module_unload(void)
{
	return call_module(BATON_IOC_UNLOAD, NULL);
}

static int real_reboot_restart(void)
{
	if (syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART,
		    NULL) == 0)
		return 0;
	return -errno;
}

/* The digit in a file: 1, 0, or -1 if it cannot be read. */
static int read_digit(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char value = 0;
	ssize_t got = fd < 0 ? -1 : read(fd, &value, 1);

	if (fd >= 0)
		close(fd);
	return got == 1 ? value == '1' : -1;
}

static int real_module_loaded(void)
{
	return read_digit("/sys/devices/virtual/misc/baton/loaded");
}

static int real_crash_loaded(void)
{
	int loaded = read_digit("/sys/kernel/kexec/crash_loaded");

	return loaded >= 0 ? loaded : read_digit("/sys/kernel/kexec_crash_loaded");
}

/* Documentation/admin-guide/mm/pagemap.rst: bits 0 to 54 are the page frame number of a page that
 * is present (bit 63); without CAP_SYS_ADMIN it reads as 0. */
static uint64_t real_physical_address(const void *page)
{
	enum { PAGE = 4096 };
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;
	ssize_t got;

	if (fd < 0)
		return 0;
	got = pread(fd, &entry, sizeof(entry), (off_t)((uintptr_t)page / PAGE * sizeof(entry)));
	close(fd);
	if (got != sizeof(entry) || !(entry >> 63))
		return 0;
	return (entry & ((UINT64_C(1) << 55) - 1)) * PAGE;
}

const struct handoff_calls handoff_calls_kernel = {
	.kexec_load = real_kexec_load,
	.kexec_file_load = real_kexec_file_load,
	.reboot_kexec = real_reboot_kexec,
	.module_load = real_module_load,
	.module_unload = real_module_unload,
	.module_loaded = real_module_loaded,
	.reboot_restart = real_reboot_restart,
	.sync = sync,
	.crash_loaded = real_crash_loaded,
	.physical_address = real_physical_address,
};
