/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* machine_read(): one group of facts after the other. */
#include "machine/facts.h"

/* All groups of facts; the order matters only where a comment says so. */
static struct error *(*const readers[])(struct source *, struct machine *) = {
	read_identity,	  /* first: the command line decides between other signs */
	read_added_words, /* after the release, by which the kernel's configuration is found */
	read_boot_params, /* before whatever looks into boot_params */
	read_cpu,
	read_hypervisor,
	read_efi,    /* after the CPU, for mixed mode */
	read_acpi,   /* after EFI, which may know the root pointer */
	read_memory, /* after EFI, whose runtime ranges are not usable */
	read_kexec_state,
	read_module_state,
	read_ima,
	read_screen,
};

struct error *machine_read(struct source *source, struct machine *ret)
{
	_cleanup_machine_ struct machine machine = machine_unknown();

	*ret = machine_unknown();
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		TRY(readers[i](source, &machine));
	*ret = machine;
	machine = machine_unknown();
	return NULL;
}
