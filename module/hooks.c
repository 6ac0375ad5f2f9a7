// SPDX-License-Identifier: GPL-2.0-only
/*
 * The moments of a restart, in the order in which they come (kernel/reboot.c, and
 * arch/x86/kernel/reboot.c):
 *
 *   reboot notifiers       all is well still: bring processors up
 *   device_shutdown()
 *   "restart prepare"      devices are quiet, but some may still master the bus: stop them
 *   native_machine_shutdown()  other processors, interrupts, IOMMU; not with reboot=force
 *   restart handlers       newer kernels only
 *   native_machine_emergency_restart()  resets the machine: the last moment
 *
 * The first of the last two wins. A panic goes through the last as well, and must not.
 */
#include "module.h"

#include <linux/cpumask.h>
#include <linux/kprobes.h>
#include <linux/limits.h>
#include <linux/notifier.h>
#include <linux/panic_notifier.h>
#include <linux/pci.h>
#include <linux/reboot.h>

static struct sys_off_handler *prepare_handler;
static unsigned int hooks;
static bool quiet;   /* no device masters the bus any more */
static bool stopped; /* native_machine_shutdown() was entered with every processor up */

static int note_restart(struct notifier_block *block, unsigned long action, void *command)
{
	unsigned int cpu;

	if (action == SYS_RESTART && baton_armed() && baton_cpus_bring_up(&cpu))
		baton_disarm("a processor that is offline does not come up");
	return NOTIFY_DONE;
}

/*
 * What the kernel does by itself where kexec is built in (pci_device_shutdown()); and for devices
 * without a driver too, whose power state is unknown and which firmware may have left running.
 */
static int quiet_bus(struct sys_off_data *data)
{
	struct pci_dev *device = NULL;

	if (!baton_armed())
		return NOTIFY_DONE;
	for_each_pci_dev(device)
		if (device->current_state != PCI_D3cold)
			pci_clear_master(device);
	quiet = true;
	return NOTIFY_DONE;
}

static int note_panic(struct notifier_block *block, unsigned long action, void *message)
{
	if (baton_armed())
		baton_disarm("the kernel panics");
	return NOTIFY_DONE;
}

/* Processors cannot come and go any more (migrate_to_reboot_cpu()), as they can until then. */
static int note_stop(struct kprobe *probe, struct pt_regs *registers)
{
	if (system_state == SYSTEM_RESTART)
		stopped = cpumask_subset(cpu_present_mask, cpu_online_mask);
	return 0;
}

/*
 * On any doubt the ordinary restart goes on. What was loaded while the system was going down has
 * missed the earlier moments: `quiet` and `stopped` tell.
 */
static void jump_if_armed(void)
{
	struct baton_image *image = baton_armed();

	if (image && quiet && stopped && system_state == SYSTEM_RESTART && num_online_cpus() == 1)
		baton_jump(image);
}

static int restart_handler(struct notifier_block *block, unsigned long action, void *command)
{
	jump_if_armed();
	return NOTIFY_DONE;
}

static int last_moment(struct kprobe *probe, struct pt_regs *registers)
{
	jump_if_armed();
	return 0;
}

/*
 * First of all: others undo there, on the processors that are up, what one does when it comes up.
 * KVM leaves virtualisation, and a guest of KVM has the host no longer write into its memory.
 */
static struct notifier_block restart_notifier = {
	.notifier_call = note_restart,
	.priority = INT_MAX,
};
static struct notifier_block panic_notifier = {.notifier_call = note_panic};
static struct notifier_block handler = {.notifier_call = restart_handler, .priority = 255};
static struct kprobe stop_probe = {
	.symbol_name = "native_machine_shutdown",
	.pre_handler = note_stop,
};
static struct kprobe last_probe = {
	.symbol_name = "native_machine_emergency_restart",
	.pre_handler = last_moment,
};

unsigned int baton_hooks_present(void)
{
	return hooks;
}

/* Both, or none: the second alone could not know that the first moment has passed. */
static void register_probes(void)
{
	if (register_kprobe(&stop_probe))
		return;
	if (register_kprobe(&last_probe))
		unregister_kprobe(&stop_probe);
	else
		hooks |= BATON_HOOK_KPROBE;
}

int baton_hooks_register(void)
{
	int error;

	prepare_handler = register_sys_off_handler(
		SYS_OFF_MODE_RESTART_PREPARE, SYS_OFF_PRIO_DEFAULT, quiet_bus, NULL);
	if (IS_ERR(prepare_handler))
		return PTR_ERR(prepare_handler);
	error = register_reboot_notifier(&restart_notifier);
	if (error) {
		unregister_sys_off_handler(prepare_handler);
		return error;
	}
	atomic_notifier_chain_register(&panic_notifier_list, &panic_notifier);
	register_probes();
	if (hooks && !register_restart_handler(&handler))
		hooks |= BATON_HOOK_RESTART_HANDLER;
	return 0;
}

void baton_hooks_unregister(void)
{
	if (hooks & BATON_HOOK_RESTART_HANDLER)
		unregister_restart_handler(&handler);
	if (hooks & BATON_HOOK_KPROBE) {
		unregister_kprobe(&last_probe);
		unregister_kprobe(&stop_probe);
	}
	hooks = 0;
	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_notifier);
	unregister_reboot_notifier(&restart_notifier);
	unregister_sys_off_handler(prepare_handler);
}
