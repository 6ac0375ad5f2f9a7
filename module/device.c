// SPDX-License-Identifier: GPL-2.0-only
/* /dev/baton, and what it is willing to tell in sysfs (/sys/devices/virtual/misc/baton). */
#include "module.h"

#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>

static DEFINE_MUTEX(changing); /* of loads and unloads, from beginning to end */
static DEFINE_MUTEX(lock);     /* of the image while somebody looks at it */
static struct baton_image *loaded;
static bool disarmed;
static u64 loads;

struct baton_image *baton_armed(void)
{
	return READ_ONCE(disarmed) ? NULL : READ_ONCE(loaded);
}

void baton_disarm(const char *why)
{
	WRITE_ONCE(disarmed, true);
	pr_warn("an ordinary restart, because %s\n", why);
}

static void publish(struct baton_image *image)
{
	struct baton_image *former;

	mutex_lock(&lock);
	former = loaded;
	/* The image is whole before a restart can see it. */
	smp_store_release(&loaded, image);
	/* And the former one out of sight before it goes. */
	smp_mb();
	if (image)
		loads++;
	mutex_unlock(&lock);
	baton_image_free(former);
}

static int load(const struct baton_load *wanted)
{
	char reason[BATON_REASON_MAX];
	struct baton_image *image;
	unsigned int cpu;
	int error;

	if (baton_policy_obstacle(reason))
		return -EOPNOTSUPP;
	error = baton_cpus_bring_up(&cpu);
	if (error) {
		pr_warn("CPU %u is offline and does not come up (%d): nothing is loaded\n", cpu,
			error);
		return -EOPNOTSUPP;
	}
	error = baton_image_load(wanted, &image);
	if (error)
		return error;
	publish(image);
	return 0;
}

/* The caller's structure begins with its size; what is longer than ours must be zero. */
static int get_structure(void *to, size_t size, const void __user *from, size_t least)
{
	u32 given;

	if (get_user(given, (const u32 __user *)from))
		return -EFAULT;
	if (given < least)
		return -EINVAL;
	if (given > PAGE_SIZE)
		return -E2BIG;
	return copy_struct_from_user(to, size, from, given);
}

static long do_load(void __user *argument)
{
	struct baton_load wanted;
	int error = baton_policy_check(false);

	if (!error)
		error = get_structure(&wanted, sizeof(wanted), argument, sizeof(wanted));
	if (error)
		return error;
	if (!mutex_trylock(&changing))
		return -EBUSY;
	error = load(&wanted);
	mutex_unlock(&changing);
	return error;
}

static long do_unload(void)
{
	int error = baton_policy_check(true);

	if (error)
		return error;
	if (!mutex_trylock(&changing))
		return -EBUSY;
	publish(NULL);
	mutex_unlock(&changing);
	return 0;
}

static long put_structure(void __user *to, const void *from, size_t size)
{
	u32 given;

	if (get_user(given, (const u32 __user *)to))
		return -EFAULT;
	if (given < sizeof(given))
		return -EINVAL;
	return copy_to_user(to, from, min_t(size_t, size, given)) ? -EFAULT : 0;
}

static long do_status(void __user *argument)
{
	struct baton_status status = {.size = sizeof(status)};

	if (mutex_lock_killable(&lock))
		return -EINTR;
	status.loads = loads;
	if (loaded) {
		status.state = BATON_STATE_LOADED;
		status.entry = loaded->entry;
		status.pages_in_place = loaded->in_place;
		status.pages_to_copy = loaded->to_copy;
		status.pages_to_clear = loaded->to_clear;
		status.pages_held = loaded->held;
	}
	mutex_unlock(&lock);
	return put_structure(argument, &status, sizeof(status));
}

static long do_capabilities(void __user *argument)
{
	struct baton_capabilities capabilities = {
		.size = sizeof(capabilities),
		.version = BATON_INTERFACE_VERSION,
		.hooks = baton_hooks_present(),
		.segments_max = BATON_SEGMENTS_MAX,
		.mapped_max = BATON_MAPPED_MAX,
		.page_size = PAGE_SIZE,
		.address_max = baton_memory_address_max(),
	};

	baton_policy_obstacle(capabilities.obstacle);
	return put_structure(argument, &capabilities, sizeof(capabilities));
}

/* A command holds the size of its structure, which a later version may have made longer. */
#define WITHOUT_SIZE(command) ((command) & ~IOCSIZE_MASK)

static long device_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	void __user *pointer = (void __user *)argument;

	/* Whoever opened the file, and handed it on. */
	if (!capable(CAP_SYS_BOOT))
		return -EPERM;
	switch (WITHOUT_SIZE(command)) {
	case WITHOUT_SIZE(BATON_IOC_LOAD):
		return do_load(pointer);
	case WITHOUT_SIZE(BATON_IOC_UNLOAD):
		return do_unload();
	case WITHOUT_SIZE(BATON_IOC_STATUS):
		return do_status(pointer);
	case WITHOUT_SIZE(BATON_IOC_CAPABILITIES):
		return do_capabilities(pointer);
	default:
		return -ENOTTY;
	}
}

static ssize_t loaded_show(struct device *device, struct device_attribute *attribute, char *buffer)
{
	return sysfs_emit(buffer, "%d\n", READ_ONCE(loaded) != NULL);
}
static DEVICE_ATTR_RO(loaded);

static ssize_t interface_show(
	struct device *device, struct device_attribute *attribute, char *buffer)
{
	return sysfs_emit(buffer, "%d\n", BATON_INTERFACE_VERSION);
}
static DEVICE_ATTR_RO(interface);

static ssize_t obstacle_show(
	struct device *device, struct device_attribute *attribute, char *buffer)
{
	char reason[BATON_REASON_MAX];

	if (!baton_policy_lasting_obstacle(reason))
		return 0;
	return sysfs_emit(buffer, "%s\n", reason);
}
static DEVICE_ATTR_RO(obstacle);

static struct attribute *baton_attrs[] = {
	&dev_attr_loaded.attr,
	&dev_attr_interface.attr,
	&dev_attr_obstacle.attr,
	NULL,
};
ATTRIBUTE_GROUPS(baton);

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "baton",
	.mode = 0600,
	.fops = &operations,
	.groups = baton_groups,
};

static int __init baton_init(void)
{
	int error = baton_policy_init();

	if (error)
		return error;
	error = baton_hooks_register();
	if (error)
		goto exit_policy;
	error = misc_register(&device);
	if (error)
		goto unregister_hooks;
	return 0;

unregister_hooks:
	baton_hooks_unregister();
exit_policy:
	baton_policy_exit();
	return error;
}

static void __exit baton_exit(void)
{
	misc_deregister(&device);
	publish(NULL);
	baton_hooks_unregister();
	baton_policy_exit();
}

module_init(baton_init);
module_exit(baton_exit);
MODULE_DESCRIPTION("Fast restarts for kernels without kexec");
MODULE_LICENSE("GPL");
