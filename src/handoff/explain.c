/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handoff/explain.h"

#include "base/error.h"
#include "base/held_file.h"
#include "machine/machine.h"
#include "plan/method.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/xattr.h>

/* EPERM has four causes, and the kernel does not say which. */
static struct error *explain_permission(
	const char *call, enum target target, const struct machine *machine)
{
	const struct kexec_facts *kexec = &machine->kexec;
	int64_t limit = target == TARGET_CRASH ? kexec->limit_panic : kexec->limit_reboot;

	TRY(method_switched_off(call, target, machine));
	if (limit > 0 && call[0] == '/')
		return error_new(ERROR_NOT_PERMITTED,
			"%s: not permitted: the module has taken as many loads as "
			"kernel.kexec_load_limit_reboot allows (%" PRId64
			"), or this is not root (CAP_SYS_BOOT)",
			call, limit);
	if (machine->lockdown > LOCKDOWN_NONE)
		return error_new(ERROR_NOT_PERMITTED,
			"%s: the kernel is locked down (secure boot); only a kernel image signed "
			"with a key that it trusts is accepted, by kexec_file_load",
			call);
	return error_new(ERROR_NOT_PERMITTED,
		"%s: not permitted; run as root (CAP_SYS_BOOT), and outside of a container", call);
}

static const struct {
	int errnum;
	enum error_code code;
	const char *sentence;
} explanations[] = {
	{EACCES, ERROR_NOT_PERMITTED,
		"the security policy (IMA) refuses kernels that are not loaded as files, by "
		"kexec_file_load"},
	{EBUSY, ERROR_OTHER, "another load is under way; try again when it is done"},
	{ENOSYS, ERROR_UNSUPPORTED,
		"this kernel was built without it; boot one that has CONFIG_KEXEC and "
		"CONFIG_KEXEC_FILE, or use baton's module (baton doctor)"},
	{ENOMEM, ERROR_NO_SPACE,
		"the kernel has no memory for the segments; free some, or use a smaller initrd"},
	{EADDRNOTAVAIL, ERROR_NO_SPACE,
		"the kernel finds no place for it: for a crash kernel, reserve more with "
		"crashkernel="},
	{ENOEXEC, ERROR_FORMAT,
		"the kernel does not recognise the image; kexec_file_load takes a 64-bit bzImage"},
	{EINVAL, ERROR_UNSUPPORTED,
		"the kernel refused an argument: the command line is too long "
		"for it, or it does not know a flag"},
	{EFAULT, ERROR_OTHER, "the kernel could not read baton's memory"},
	{ETXTBSY, ERROR_OTHER,
		"a program has the kernel's or the initrd's file open for writing; try again when "
		"it is done"},
	{EFBIG, ERROR_UNSUPPORTED, "a file is larger than this kernel reads"},
	{EKEYREJECTED, ERROR_NOT_PERMITTED,
		"the image's signature is by a key that the kernel does not trust"},
	{ENOKEY, ERROR_NOT_PERMITTED,
		"the image's signature is by a key that the kernel does not have"},
	{ENODATA, ERROR_NOT_PERMITTED,
		"the kernel demands a signed image, and this one has no "
		"signature"},
	{EBADMSG, ERROR_NOT_PERMITTED, "the image's signature does not match its contents"},
};

/* What only the module answers. */
static struct error *explain_module(int errnum, const struct machine *machine)
{
	const char *obstacle = machine_module_obstacle(machine);

	if (errnum == EOPNOTSUPP)
		return error_new(ERROR_UNSUPPORTED, "/dev/baton: %s",
			obstacle ? obstacle
				 : "a processor is offline and does not come up; the kernel's log "
				   "says which (dmesg); if it is held down by nosmt: echo on "
				   ">/sys/devices/system/cpu/smt/control");
	if (errnum == EADDRNOTAVAIL)
		return error_new(ERROR_NO_SPACE,
			"/dev/baton: a segment's place is not in RAM (System RAM in /proc/iomem)");
	if (errnum == EINVAL)
		return error_new(ERROR_UNSUPPORTED,
			"/dev/baton: the module refused the segments; they take more than half of "
			"the memory, or it is older than this program");
	if (errnum == ENOENT || errnum == ENXIO)
		return error_new(ERROR_UNSUPPORTED,
			"/dev/baton: not there; insert the module: modprobe baton");
	return NULL;
}

static struct error *explain_errno(const char *call, int errnum)
{
	for (size_t i = 0; i < sizeof(explanations) / sizeof(explanations[0]); i++)
		if (explanations[i].errnum == errnum)
			return error_new(explanations[i].code, "%s: %s (%s)", call,
				explanations[i].sentence, strerror(errnum));
	return error_system(errnum, "%s", call);
}

struct error *explain_load_failure(
	const char *call, int errnum, enum target target, const struct machine *machine)
{
	struct error *error = NULL;

	if (call[0] == '/')
		error = explain_module(errnum, machine);
	if (!error)
		error = errnum == EPERM ? explain_permission(call, target, machine)
					: explain_errno(call, errnum);

	return error_set_errno(error, errnum);
}

/* The extended attribute that IMA keeps its label in: include/uapi/linux/xattr.h. */
#define IMA_LABEL "security.ima"

/* What can be seen of a file that IMA may have refused. */
static struct error *explain_label(const struct plan_file *file, const char *what)
{
	if (!file->itself)
		return error_new(ERROR_NOT_PERMITTED,
			"the %s is given as a copy in memory, which has no label (" IMA_LABEL ")",
			what);
	if (fgetxattr(file->itself->fd, IMA_LABEL, NULL, 0) >= 0)
		return NULL;
	if (errno == ENODATA)
		return error_new(ERROR_NOT_PERMITTED,
			"%s has no label (" IMA_LABEL "); label it, as evmctl ima_sign does",
			file->itself->path);
	if (errno == EOPNOTSUPP)
		return error_new(ERROR_NOT_PERMITTED,
			"%s lies on a file system that keeps no labels (" IMA_LABEL ")",
			file->itself->path);
	return NULL;
}

/* EACCES comes from a security module; that IMA found no fault in the signature inside the image,
 * if there is one, is a matter of its own, with error numbers of its own. */
static struct error *explain_refused_files(const struct plan *plan)
{
	struct error *error = explain_label(&plan->file_kernel, "kernel");

	if (!error && plan->file_initrd.present)
		error = explain_label(&plan->file_initrd, "initrd");
	if (!error)
		error = error_new(ERROR_NOT_PERMITTED,
			"a label (" IMA_LABEL ") does not match its file, or is signed with a key "
			"that the kernel does not have; its log says more (dmesg)");
	return error_prefix(error, "kexec_file_load: the security policy (IMA) refuses the files");
}

struct error *explain_file_load_failure(
	int errnum, const struct plan *plan, const struct machine *machine)
{
	if (errnum != EACCES)
		return explain_load_failure("kexec_file_load", errnum, plan->target, machine);
	return error_set_errno(explain_refused_files(plan), errnum);
}
