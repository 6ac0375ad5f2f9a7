/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the running kernel says about kexec without being asked by system call:
 * Documentation/ABI/testing/sysfs-kernel-kexec-kdump (and its older names in /sys/kernel),
 * Documentation/admin-guide/sysctl/kernel.rst, Documentation/ABI/testing/securityfs-lockdown.
 */
#include "base/command_line.h"
#include "machine/facts.h"
#include "machine/kexec_probe.h"

/* A fact with the name of newer kernels first; both exist where links were left behind. */
static struct error *read_either(
	struct source *source, const char *path, const char *older, bool *ret_found, uint64_t *ret)
{
	TRY(read_decimal(source, path, ret_found, ret));
	return *ret_found ? NULL : read_decimal(source, older, ret_found, ret);
}

static struct error *read_loaded(struct source *source, struct kexec_facts *kexec)
{
	uint64_t value;
	bool found;

	TRY(read_either(
		source, "sys/kernel/kexec/loaded", "sys/kernel/kexec_loaded", &found, &value));
	if (found)
		kexec->loaded = value ? TRISTATE_YES : TRISTATE_NO;
	TRY(read_either(source, "sys/kernel/kexec/crash_loaded", "sys/kernel/kexec_crash_loaded",
		&found, &value));
	if (found)
		kexec->crash_loaded = value ? TRISTATE_YES : TRISTATE_NO;
	TRY(read_either(source, "sys/kernel/kexec/crash_size", "sys/kernel/kexec_crash_size",
		&found, &kexec->crash_size));
	return read_either(source, "sys/kernel/kexec/crash_elfcorehdr_size",
		"sys/kernel/crash_elfcorehdr_size", &found, &kexec->crash_elfcorehdr_size);
}

enum lockdown lockdown_parse(struct text text)
{
	static const struct {
		const char *word;
		enum lockdown level;
	} levels[] = {
		{"[none]", LOCKDOWN_NONE},
		{"[integrity]", LOCKDOWN_INTEGRITY},
		{"[confidentiality]", LOCKDOWN_CONFIDENTIALITY},
	};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (text_has_word(text, levels[i].word))
			return levels[i].level;
	return LOCKDOWN_UNKNOWN;
}

static struct error *read_lockdown(struct source *source, struct machine *machine)
{
	struct bytes contents;
	bool found;

	TRY(source_file(source, "sys/kernel/security/lockdown", &found, &contents));
	machine->lockdown = lockdown_parse(text_of(contents));
	return NULL;
}

/* kho= on the command line: Documentation/admin-guide/kernel-parameters.txt. */
static enum tristate kho_on_command_line(const char *command_line)
{
	struct command_line_reader reader = {.at = command_line};
	enum tristate result = TRISTATE_UNKNOWN;
	struct parameter word;

	while (command_line_next(&reader, &word)) {
		if (!parameter_is(&word, "kho"))
			continue;
		result = parameter_value_is(&word, "0") || parameter_value_is(&word, "off") ||
					 parameter_value_is(&word, "n")
				 ? TRISTATE_NO
				 : TRISTATE_YES;
	}
	return result;
}

/*
 * Kexec handover shows itself in debugfs, which root alone may see, and where it is mounted. There
 * its absence means something, which "bdi", present in every kernel, proves.
 */
static struct error *read_kho(struct source *source, struct machine *machine)
{
	bool active, debugfs;

	TRY(source_directory(source, "sys/kernel/debug/kho/out", &active));
	TRY(source_directory(source, "sys/kernel/debug/bdi", &debugfs));
	if (active)
		machine->kho_active = TRISTATE_YES;
	else if (debugfs)
		machine->kho_active = TRISTATE_NO;
	else if (machine->command_line)
		machine->kho_active = kho_on_command_line(machine->command_line);
	return NULL;
}

static struct error *check_crash_reservation(struct machine *machine)
{
	uint64_t shown = range_set_total(&machine->crash_reserved);

	if (!machine->kexec.crash_size || (machine->iomem_readable && shown))
		return NULL;
	return machine_warn(machine,
		"The kernel has reserved memory for a crash kernel, but /proc/iomem does not show "
		"where; nothing must be loaded until it does.");
}

struct error *read_kexec_state(struct source *source, struct machine *machine)
{
	struct kexec_facts *kexec = &machine->kexec;

	TRY(read_loaded(source, kexec));
	TRY(read_switch(source, "proc/sys/kernel/kexec_load_disabled", &kexec->load_disabled));
	TRY(read_signed(source, "proc/sys/kernel/kexec_load_limit_reboot", &kexec->limit_reboot));
	TRY(read_signed(source, "proc/sys/kernel/kexec_load_limit_panic", &kexec->limit_panic));
	TRY(read_lockdown(source, machine));
	TRY(read_kho(source, machine));
	TRY(check_crash_reservation(machine));
	return source_is_live(source) ? NULL : kexec_abilities_read(source, kexec);
}
