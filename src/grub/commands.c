/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which commands there are. What changes neither a variable, nor the menu, nor what is started, is
 * known by name and does nothing: a theme, a font, a terminal.
 */
#include "grub/commands.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static struct error *succeed(const struct grub_call *call, enum grub_status *ret)
{
	(void)call;
	*ret = GRUB_OK;
	return NULL;
}

static struct error *fail(const struct grub_call *call, enum grub_status *ret)
{
	(void)call;
	*ret = GRUB_FALSE;
	return NULL;
}

/* What is looked up in the firmware's tables, and is not there. */
static struct error *find_nothing(const struct grub_call *call, enum grub_status *ret)
{
	(void)call;
	*ret = GRUB_FILE_NOT_FOUND;
	return NULL;
}

static struct error *check_cpu(const struct grub_call *call, enum grub_status *ret)
{
	struct grub_option options[] = {
		{.name = "long-mode", .letter = 'l'}, {.name = "pae", .letter = 'p'}, {0}};
	struct grub_words words;

	TRY(grub_options_read(call, options, 0, &words, ret));
	if (*ret == GRUB_OK && !options[1].accepted && !call->grub->setup.has_long_mode)
		*ret = GRUB_FALSE;
	return NULL;
}

/* By name, for bsearch(). */
static const struct grub_command commands[] = {
	{".", grub_command_source},
	{"[", grub_command_test},
	{"acpi", succeed},
	{"all_functional_test", succeed},
	{"authenticate", succeed},
	{"background_color", succeed},
	{"background_image", succeed},
	{"badram", succeed},
	{"blocklist", succeed},
	{"bls_import", grub_command_blscfg},
	{"blscfg", grub_command_blscfg},
	{"boot", succeed},
	{"break", grub_command_break},
	{"cat", succeed},
	{"chainloader", grub_command_other_system},
	{"clear", succeed},
	{"cmp", succeed},
	{"configfile", grub_command_configfile},
	{"continue", grub_command_break},
	{"cpuid", check_cpu},
	{"crc", succeed},
	{"cryptomount", succeed},
	{"cutmem", succeed},
	{"date", succeed},
	{"decrement", grub_command_increment},
	{"devicetree", grub_command_device_tree},
	{"distrust", succeed},
	{"drivemap", succeed},
	{"echo", grub_command_echo},
	{"eval", grub_command_eval},
	{"exit", grub_command_leave},
	{"export", grub_command_export},
	{"extract_entries_configfile", grub_command_extract},
	{"extract_entries_source", grub_command_extract},
	{"false", fail},
	{"freedos", grub_command_other_system},
	{"fwsetup", grub_command_firmware_setup},
	{"getenv", find_nothing},
	{"gettext", succeed},
	{"gptsync", succeed},
	{"halt", grub_command_leave},
	{"hashsum", succeed},
	{"hdparm", succeed},
	{"help", succeed},
	{"hexdump", succeed},
	{"increment", grub_command_increment},
	{"initrd", grub_command_initrd},
	{"initrd16", grub_command_initrd},
	{"initrdefi", grub_command_initrd},
	{"insmod", succeed},
	{"keymap", succeed},
	{"keystatus", fail},
	{"kfreebsd", grub_command_other_system},
	{"knetbsd", grub_command_other_system},
	{"kopenbsd", grub_command_other_system},
	{"linux", grub_command_linux},
	{"linux16", grub_command_linux},
	{"linuxefi", grub_command_linux},
	{"list_env", succeed},
	{"list_trusted", succeed},
	{"load_env", grub_command_load_env},
	{"loadfont", succeed},
	{"loopback", find_nothing},
	{"ls", succeed},
	{"lsacpi", succeed},
	{"lsefi", succeed},
	{"lsefimmap", succeed},
	{"lsefisystab", succeed},
	{"lsmmap", succeed},
	{"lsmod", succeed},
	{"lspci", succeed},
	{"md5sum", succeed},
	{"menuentry", grub_command_menuentry},
	{"module", succeed},
	{"module2", succeed},
	{"multiboot", grub_command_other_system},
	{"multiboot2", grub_command_other_system},
	{"nativedisk", succeed},
	{"net_add_addr", succeed},
	{"net_add_dns", succeed},
	{"net_add_route", succeed},
	{"net_bootp", find_nothing},
	{"net_dhcp", find_nothing},
	{"net_get_dhcp_option", find_nothing},
	{"normal", grub_command_configfile},
	{"normal_exit", succeed},
	{"ntldr", grub_command_other_system},
	{"outb", succeed},
	{"parttool", succeed},
	{"password", succeed},
	{"password_pbkdf2", succeed},
	{"pcidump", succeed},
	{"plan9", grub_command_other_system},
	{"play", succeed},
	{"probe", grub_command_probe},
	{"rdmsr", succeed},
	{"read", grub_command_read},
	{"reboot", grub_command_leave},
	{"regexp", grub_command_regexp},
	{"return", grub_command_return},
	{"rmmod", succeed},
	{"save_env", grub_command_save_env},
	{"search", grub_command_search},
	{"search.file", grub_command_search_by_name},
	{"search.fs_label", grub_command_search_by_name},
	{"search.fs_uuid", grub_command_search_by_name},
	{"sendkey", succeed},
	{"serial", succeed},
	{"set", grub_command_set},
	{"setparams", grub_command_setparams},
	{"setpci", succeed},
	{"sha1sum", succeed},
	{"sha256sum", succeed},
	{"sha512sum", succeed},
	{"shift", grub_command_shift},
	{"sleep", succeed},
	{"smbios", find_nothing},
	{"source", grub_command_source},
	{"submenu", grub_command_menuentry},
	{"terminal_input", succeed},
	{"terminal_output", succeed},
	{"terminfo", succeed},
	{"test", grub_command_test},
	{"time", succeed},
	{"tr", grub_command_tr},
	{"true", succeed},
	{"trust", succeed},
	{"unset", grub_command_unset},
	{"usb", succeed},
	{"verify_detached", succeed},
	{"videoinfo", succeed},
	{"videotest", succeed},
	{"wrmsr", succeed},
	{"xen_hypervisor", grub_command_other_system},
	{"xen_module", succeed},
	{"xnu_kernel64", grub_command_other_system},
	{"zfs-bootfs", find_nothing},
	{"zfskey", succeed},
};

static int compare(const void *name, const void *command)
{
	return strcmp(name, ((const struct grub_command *)command)->name);
}

const struct grub_command *grub_command_find(const char *name)
{
	return bsearch(name, commands, sizeof(commands) / sizeof(commands[0]), sizeof(commands[0]),
		compare);
}
