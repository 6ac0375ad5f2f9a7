// SPDX-License-Identifier: GPL-2.0-only
/* Who may load, and what stands in the way on this machine. */
#include "module.h"

#include <linux/capability.h>
#include <linux/cc_platform.h>
#include <linux/fs.h>
#include <linux/security.h>
#include <asm/hypervisor.h>
#include <xen/xen.h>

/*
 * A switch that the kernel has no function for, by the file that shows it: -ENOENT where the
 * kernel has none. Only root comes here, who could set the switch as well as hide it.
 */
static int read_switch(const char *path)
{
	struct file *file = filp_open(path, O_RDONLY, 0);
	loff_t position = 0;
	char digit = 0;
	ssize_t got;

	if (IS_ERR(file))
		return PTR_ERR(file);
	got = kernel_read(file, &digit, 1, &position);
	filp_close(file, NULL);
	if (got != 1)
		return got < 0 ? got : -EIO;
	return digit != '0';
}

int baton_policy_check(bool unload)
{
	int error;

	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	if (unload)
		return 0;
	/* A limit of loads that is used up; -1 is none. */
	if (read_switch("/proc/sys/kernel/kexec_load_disabled") > 0 ||
		!read_switch("/proc/sys/kernel/kexec_load_limit_reboot"))
		return -EPERM;
	error = security_kernel_load_data(LOADING_KEXEC_IMAGE, false);
	return error ?: security_locked_down(LOCKDOWN_KEXEC);
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

bool baton_policy_obstacle(char *reason)
{
	if (baton_policy_lasting_obstacle(reason))
		return true;
	if (read_switch("/sys/kernel/reboot/force") <= 0)
		return false;
	strscpy(reason,
		"reboot=force skips the stop of the other processors; write 0 to "
		"/sys/kernel/reboot/force",
		BATON_REASON_MAX);
	return true;
}
