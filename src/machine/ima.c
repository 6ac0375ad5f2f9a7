/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What IMA has measured (Documentation/ABI/testing/ima_policy; security/integrity/ima/ima_fs.c):
 * its list grows with every measurement, and each one changes a register of the TPM as well. The
 * register goes through a kexec; the list does only if the kernel hands it on, with kexec_file_load
 * (CONFIG_IMA_KEXEC).
 */
#include "machine/facts.h"

static struct error *read_config(struct source *source, struct machine *machine)
{
	struct text text, line;
	struct bytes contents;
	bool found;

	TRY(kernel_config_read(source, machine, &found, &contents));
	if (!found)
		return NULL;
	machine->ima.carried = TRISTATE_NO;
	for (text = text_of(contents); text_take(&text, '\n', &line);)
		if (text_equals(line, "CONFIG_IMA_KEXEC=y", 18))
			machine->ima.carried = TRISTATE_YES;
	return NULL;
}

/*
 * Is there a securityfs that is not mounted? A kernel with IMA has one; mounted it holds "lsm"
 * (security/inode.c). Of interest where a TPM is, and only then looked at.
 */
static struct error *look_for_securityfs(struct source *source, struct ima_facts *ima)
{
	struct bytes contents;
	bool there, mounted;

	TRY(source_directory(source, "sys/kernel/security", &there));
	if (!there)
		return NULL;
	TRY(source_directory(source, "sys/class/tpm/tpm0", &ima->tpm));
	if (!ima->tpm)
		return NULL;
	TRY(source_file(source, "sys/kernel/security/lsm", &mounted, &contents));
	ima->hidden = !mounted;
	return NULL;
}

struct error *read_ima(struct source *source, struct machine *machine)
{
	struct ima_facts *ima = &machine->ima;
	bool found;

	TRY(read_decimal(source, "sys/kernel/security/ima/runtime_measurements_count", &found,
		&ima->measurements));
	if (!found)
		return look_for_securityfs(source, ima);
	if (!machine_measures(machine))
		return NULL;
	TRY(source_directory(source, "sys/class/tpm/tpm0", &ima->tpm));
	return ima->tpm ? read_config(source, machine) : NULL;
}

bool machine_measures(const struct machine *machine)
{
	/* The first is of the boot itself (boot_aggregate), with any policy. */
	return machine->ima.measurements > 1;
}
