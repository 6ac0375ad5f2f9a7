/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which hypervisor this is a guest of, as far as it shows itself. */
#include "machine/facts.h"

#include <stdlib.h>

/* Clock sources that only a guest of that hypervisor has. */
static const struct {
	const char *clock, *name;
} clocks[] = {
	{"kvm-clock", "kvm"},
	{"xen", "xen"},
	{"hyperv_clocksource_tsc_page", "hyperv"},
	{"hyperv_clocksource_msr", "hyperv"},
	{"vmware-tsc", "vmware"},
};

/* System vendors, in the firmware's SMBIOS tables, that make virtual machines only. */
static const struct {
	const char *vendor, *name;
} vendors[] = {
	{"QEMU", "qemu"},
	{"VMware, Inc.", "vmware"},
	{"innotek GmbH", "virtualbox"},
	{"Xen", "xen"},
};

static struct error *take_name(const char *name, char **ret)
{
	*ret = strdup(name);
	return *ret ? NULL : error_no_memory();
}

static struct error *ask_clocks(struct source *source, char **ret)
{
	struct bytes contents;
	bool found;

	TRY(source_file(source, "sys/devices/system/clocksource/clocksource0/available_clocksource",
		&found, &contents));
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]) && !*ret; i++)
		if (text_has_word(text_of(contents), clocks[i].clock))
			TRY(take_name(clocks[i].name, ret));
	return NULL;
}

static struct error *ask_vendor(struct source *source, char **ret)
{
	struct text vendor;
	struct bytes contents;
	bool found;

	TRY(source_file(source, "sys/class/dmi/id/sys_vendor", &found, &contents));
	vendor = text_trim(text_of(contents));
	for (size_t i = 0; i < sizeof(vendors) / sizeof(vendors[0]) && !*ret; i++)
		if (text_equals(vendor, vendors[i].vendor, strlen(vendors[i].vendor)))
			TRY(take_name(vendors[i].name, ret));
	return NULL;
}

/* Documentation/ABI/stable/sysfs-hypervisor-xen: "PV", "HVM" or "PVH". */
static struct error *read_guest_type(struct source *source, struct machine *machine)
{
	struct bytes contents;
	bool found;

	TRY(source_file(source, "sys/hypervisor/guest_type", &found, &contents));
	machine->xen_paravirtual = found && text_has_word(text_of(contents), "PV");
	return NULL;
}

struct error *read_hypervisor(struct source *source, struct machine *machine)
{
	TRY(read_guest_type(source, machine));
	TRY(read_string(source, "sys/hypervisor/type", &machine->hypervisor));
	/* QEMU's processor when it emulates one: "QEMU TCG CPU version 2.5+". */
	if (!machine->hypervisor && machine->cpu_model &&
		strncmp(machine->cpu_model, "QEMU TCG", 8) == 0)
		TRY(take_name("qemu-tcg", &machine->hypervisor));
	if (!machine->hypervisor)
		TRY(ask_clocks(source, &machine->hypervisor));
	if (!machine->hypervisor)
		TRY(ask_vendor(source, &machine->hypervisor));
	return NULL;
}
