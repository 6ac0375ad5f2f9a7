// SPDX-License-Identifier: GPL-2.0-only
/* Who may load, and what stands in the way on this machine. */
#include "module.h"

#include <linux/atomic.h>
#include <linux/capability.h>
#include <linux/cc_platform.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/mount.h>
#include <linux/security.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/hypervisor.h>
#include <xen/xen.h>

/*
 * Of the module's own; NULL where the kernel has none. Here are kexec's switches, which the kernel
 * has no function for, and which even root cannot undo: in the caller's view another file may lie
 * over them, or no /proc be there at all.
 */
static struct vfsmount *proc;

int baton_policy_init(void)
{
	struct file_system_type *type = get_fs_type("proc");
	struct vfsmount *mount = type ? kern_mount(type) : NULL;

	if (IS_ERR(mount))
		return PTR_ERR(mount);
	proc = mount;
	return 0;
}

void baton_policy_exit(void)
{
	kern_unmount(proc);
}

/* The number in a file of /proc, @missing where there is no such file. */
static int read_number(const char *path, int missing, int *ret)
{
	struct file *file = file_open_root_mnt(proc, path, O_RDONLY, 0);
	loff_t position = 0;
	char text[16];
	ssize_t got;

	if (IS_ERR(file)) {
		*ret = missing;
		return PTR_ERR(file) == -ENOENT ? 0 : PTR_ERR(file);
	}
	got = kernel_read(file, text, sizeof(text) - 1, &position);
	filp_close(file, NULL);
	if (got < 0)
		return got;
	text[got] = '\0';
	return kstrtoint(strim(text), 10, ret);
}

/* What cannot be read forbids. */
static int check_kexec_switches(bool unload)
{
	static atomic_t permitted;
	int disabled, limit, error;

	if (!proc)
		return 0;
	error = read_number("sys/kernel/kexec_load_disabled", 0, &disabled);
	if (!error)
		error = read_number("sys/kernel/kexec_load_limit_reboot", -1, &limit);
	if (error)
		return error;
	if (disabled)
		return -EPERM;
	if (unload)
		return 0;
	/* -1 is none. The kernel cannot be told to count ours, so they are counted here. */
	return limit >= 0 && atomic_inc_return(&permitted) > limit ? -EPERM : 0;
}

int baton_policy_check(bool unload)
{
	int error = 0;

	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	if (!unload)
		error = security_kernel_load_data(LOADING_KEXEC_IMAGE, false);
	if (!error && !unload)
		error = security_locked_down(LOCKDOWN_KEXEC);
	return error ?: check_kexec_switches(unload);
}

static const char *platform_obstacle(void)
{
	if (xen_domain())
		return "this is a domain of Xen, whose memory is not the machine's own";
	if (hypervisor_is_type(X86_HYPER_MS_HYPERV))
		return "Hyper-V goes on writing to pages that this kernel gave it";
	if (cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT))
		return "this is a confidential guest (SEV or TDX), whose memory is encrypted";
	if (cc_platform_has(CC_ATTR_MEM_ENCRYPT))
		return "memory encryption (SME) is active";
#ifdef X86_FEATURE_TDX_HOST_PLATFORM
	if (boot_cpu_has(X86_FEATURE_TDX_HOST_PLATFORM))
		return "this is a host of TDX guests, whose encrypted memory must not be written to";
#endif
	if (!(baton_hooks_present() & BATON_HOOK_KPROBE))
		return "the kernel has no kprobes (CONFIG_KPROBES), by which a restart is seen";
	return NULL;
}

bool baton_policy_lasting_obstacle(char *reason)
{
	const char *found = platform_obstacle();

	strscpy(reason, found ?: "", BATON_REASON_MAX);
	return found;
}

/* As the caller sees it: who hides it gets an ordinary restart, since hooks.c looks too. */
static bool is_forced(void)
{
	struct file *file = filp_open("/sys/kernel/reboot/force", O_RDONLY, 0);
	loff_t position = 0;
	char digit = '0';

	if (IS_ERR(file))
		return false;
	kernel_read(file, &digit, 1, &position);
	filp_close(file, NULL);
	return digit != '0';
}

bool baton_policy_obstacle(char *reason)
{
	if (baton_policy_lasting_obstacle(reason))
		return true;
	if (!is_forced())
		return false;
	strscpy(reason,
		"reboot=force skips the stop of the other processors; write 0 to "
		"/sys/kernel/reboot/force",
		BATON_REASON_MAX);
	return true;
}
