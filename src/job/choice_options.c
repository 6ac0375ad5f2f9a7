/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "job/choice_options.h"

#include "base/error.h"
#include "base/parse.h"
#include "wire/purgatory_params.h"

#include <stdio.h>
#include <string.h>

CHOICE_OPTION(append)
{
	return choice_append(choice, value);
}

CHOICE_OPTION(cmdline)
{
	struct choice *own = choice;

	own->job.request.command_line = value;
	return NULL;
}

/** vga, or a serial port with an optional speed: serial, ttyS1, 0x2f8,115200. */
CHOICE_OPTION(console)
{
	struct choice *own = choice;
	struct request *request = &own->job.request;
	const char *comma = strchr(value, ',');
	uint32_t baud = request->serial_baud;
	uint16_t port;
	char name[32];

	if (strcmp(value, "vga") == 0) {
		choice_says_how(own);
		request->console |= PURGATORY_CONSOLE_VGA;
		return NULL;
	}
	snprintf(name, sizeof(name), "%.*s", comma ? (int)(comma - value) : (int)strlen(value),
		value);
	if (strcmp(name, "serial") == 0)
		strcpy(name, "ttyS0");
	TRY(parse_serial_port("--console", name, &port));
	if (comma)
		TRY(parse_baud("--console", comma + 1, &baud));
	choice_says_how(own);
	request->serial_port = port;
	request->serial_baud = baud;
	request->console |= PURGATORY_CONSOLE_SERIAL;
	return NULL;
}

CHOICE_OPTION(crash)
{
	struct choice *own = choice;

	own->job.request.target = TARGET_CRASH;
	return NULL;
}

CHOICE_OPTION(dtb)
{
	struct choice *own = choice;

	choice_needs_kexec_load(own, "--dtb");
	own->job.device_tree = value;
	return NULL;
}

CHOICE_OPTION(enter_32bit)
{
	struct choice *own = choice;

	choice_needs_kexec_load(own, "--32bit");
	own->job.request.entry_32bit = true;
	return NULL;
}

CHOICE_OPTION(entry)
{
	static const struct {
		const char *name;
		enum entry_choice choice;
	} names[] = {{"auto", ENTRY_AUTO}, {"direct", ENTRY_DIRECT}, {"stub", ENTRY_STUB}};
	struct choice *own = choice;
	uint64_t address;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(value, names[i].name) != 0)
			continue;
		own->job.request.entry_choice = names[i].choice;
		if (names[i].choice == ENTRY_DIRECT)
			choice_needs_kexec_load(own, "--entry=direct");
		return NULL;
	}
	TRY(parse_number("--entry", value, true, UINT64_MAX, &address));
	choice_needs_kexec_load(own, "--entry");
	own->job.request.has_entry = true;
	own->job.request.entry = address;
	return NULL;
}

CHOICE_OPTION(format)
{
	TRY(choice_set_format(choice, "--format", value));
	choice_says_how(choice);
	return NULL;
}

CHOICE_OPTION(initrd)
{
	return choice_add_initrd(choice, "--initrd", value);
}

CHOICE_OPTION(mem_max)
{
	struct choice *own = choice;
	uint64_t end;

	TRY(parse_number("--mem-max", value, true, UINT64_MAX, &end));
	if (!end)
		return error_new(ERROR_USAGE, "--mem-max: nothing lies below 0");
	choice_needs_kexec_load(own, "--mem-max");
	own->job.request.memory_max = end;
	return NULL;
}

CHOICE_OPTION(mem_min)
{
	struct choice *own = choice;

	uint64_t start;

	TRY(parse_number("--mem-min", value, true, UINT64_MAX, &start));
	choice_needs_kexec_load(own, "--mem-min");
	own->job.request.memory_min = start;
	return NULL;
}

CHOICE_OPTION(no_efi)
{
	struct choice *own = choice;

	choice_needs_kexec_load(own, "--no-efi");
	own->job.request.no_efi = true;
	return NULL;
}

CHOICE_OPTION(no_initrd)
{
	struct choice *own = choice;

	own->job.no_initrd = true;
	return NULL;
}

CHOICE_OPTION(no_verify)
{
	struct choice *own = choice;

	choice_says_how(own);
	own->job.request.no_verify = true;
	return NULL;
}

CHOICE_OPTION(no_verify_start)
{
	struct choice *own = choice;

	own->job.warn_of_start = true;
	return NULL;
}

CHOICE_OPTION(reuse_cmdline)
{
	struct choice *own = choice;

	own->job.request.reuse_command_line = own->job.request.reuse_whole = true;
	return NULL;
}

CHOICE_OPTION(screen)
{
	static const char *const names[] = {"auto", "reuse", "none", NULL};
	static const enum screen_policy policies[] = {SCREEN_AUTO, SCREEN_REUSE, SCREEN_NONE};
	struct choice *own = choice;
	size_t index;

	TRY(parse_name("--screen", value, names, "unknown", &index));
	if (policies[index] == SCREEN_NONE)
		choice_needs_kexec_load(own, "--screen=none");
	choice_says_how(own);
	own->job.request.screen = policies[index];
	return NULL;
}

CHOICE_OPTION(seed)
{
	struct choice *own = choice;

	uint8_t seed[REQUEST_SEED_SIZE];

	TRY(parse_seed("--seed", value, seed, sizeof(seed)));
	memcpy(own->job.request.seed, seed, sizeof(seed));
	own->job.seed_given = true;
	return NULL;
}

CHOICE_OPTION(unpack_initrd)
{
	static const char *const names[] = {"auto", "always", "never", NULL};
	static const enum initrd_choice choices[] = {INITRD_AUTO, INITRD_UNPACK, INITRD_KEEP};
	struct choice *own = choice;
	size_t index;

	TRY(parse_name("--unpack-initrd", value, names, "unknown", &index));
	own->job.request.initrd_choice = choices[index];
	return NULL;
}

CHOICE_OPTION(verify)
{
	struct choice *own = choice;

	own->job.verify_start = true;
	return NULL;
}

CHOICE_OPTION(via)
{
	static const char *const names[] = {
		"auto", "kexec_load", "kexec_file_load", "module", NULL};
	static const enum method methods[] = {
		METHOD_AUTO, METHOD_KEXEC_LOAD, METHOD_FILE_LOAD, METHOD_MODULE};
	static const char *const options[] = {
		"--via=auto", "--via=kexec_load", "--via=kexec_file_load", "--via=module"};
	struct choice *own = choice;
	size_t index;

	TRY(parse_name("--via", value, names, "no way to load", &index));
	own->job.request.method = methods[index];
	own->via_option = options[index];
	return NULL;
}

const struct choice_option choice_options[] = {
	{"append", true, choice_option_append},
	{"cmdline", true, choice_option_cmdline},
	{"console", true, choice_option_console},
	{"crash", false, choice_option_crash},
	{"dtb", true, choice_option_dtb},
	{"32bit", false, choice_option_enter_32bit},
	{"entry", true, choice_option_entry},
	{"format", true, choice_option_format},
	{"initrd", true, choice_option_initrd},
	{"mem-max", true, choice_option_mem_max},
	{"mem-min", true, choice_option_mem_min},
	{"no-efi", false, choice_option_no_efi},
	{"no-initrd", false, choice_option_no_initrd},
	{"no-verify", false, choice_option_no_verify},
	{"no-verify-start", false, choice_option_no_verify_start},
	{"reuse-cmdline", false, choice_option_reuse_cmdline},
	{"screen", true, choice_option_screen},
	{"seed", true, choice_option_seed},
	{"unpack-initrd", true, choice_option_unpack_initrd},
	{"verify", false, choice_option_verify},
	{"via", true, choice_option_via},
	{0},
};

enum { OPTIONS_MAX = sizeof(choice_options) / sizeof(choice_options[0]) };

static struct error *unknown(const char *name)
{
	const char *names[OPTIONS_MAX];
	const char *near;

	for (size_t i = 0; i < OPTIONS_MAX; i++)
		names[i] = choice_options[i].name;
	near = suggest(name, names);
	if (near)
		return error_new(ERROR_USAGE, "%s: no such option; did you mean %s?", name, near);
	return error_new(ERROR_USAGE, "%s: no such option; baton(3) lists them", name);
}

struct error *choice_set(struct choice *choice, const char *name, const char *value)
{
	for (const struct choice_option *option = choice_options; option->name; option++) {
		if (strcmp(option->name, name) != 0)
			continue;
		if (option->has_value && !value)
			return error_new(ERROR_USAGE, "%s: expects a value", name);
		if (!option->has_value && value)
			return error_new(ERROR_USAGE, "%s: takes no value", name);
		return option->set(choice, value);
	}
	return unknown(name);
}
