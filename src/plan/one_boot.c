/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/one_boot.h"

#include "base/command_line.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What leads into a shell or a repair in place of the system: systemd(1) and
 * kernel-command-line(7), dracut.cmdline(7), initramfs-tools(7), Ubuntu's recovery entry.
 */
static const struct {
	const char *name;
	const char
		*values; /* each between blanks; "": without a value only; NULL: whatever it is */
} words[] = {
	{"single", ""},
	{"s", ""},
	{"S", ""},
	{"1", ""},
	{"-s", ""},
	{"-b", ""},
	{"rescue", ""},
	{"emergency", ""},
	{"recovery", ""},
	{"systemd.unit", " rescue.target emergency.target rescue emergency runlevel1.target "
			 "system-update.target reboot.target poweroff.target halt.target "
			 "kexec.target "},
	{"rd.systemd.unit", NULL},
	{"systemd.run", NULL},
	{"systemd.debug_shell", NULL},
	{"systemd.confirm_spawn", NULL},
	{"rd.break", NULL},
	{"break", NULL},
	{"rdinit", " /bin/sh /bin/bash /bin/dash /bin/ash /bin/busybox /usr/bin/sh /usr/bin/bash "},
	{"init", " /bin/sh /bin/bash /bin/dash /bin/ash /bin/busybox /bin/zsh /sbin/sulogin "
		 "/usr/bin/sh /usr/bin/bash /usr/bin/dash /usr/bin/zsh sh bash "},
	{"fsck.mode", " force skip "},
	{"forcefsck", ""},
	{"rd.live.check", NULL},
	{"autorelabel", NULL},
};

static bool is_among(const char *values, const struct parameter *word)
{
	char value[64];

	if (!*values || !word->value)
		return !*values && !word->value;
	snprintf(value, sizeof(value), " %.*s ", (int)word->value_length, word->value);
	return word->value_length < sizeof(value) - 2 && strstr(values, value);
}

static bool is_for_one_boot(const struct parameter *word)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (parameter_is(word, words[i].name))
			return !words[i].values || is_among(words[i].values, word);
	return false;
}

struct error *one_boot_words(const char *command_line, char **ret)
{
	struct command_line_reader reader = {.at = command_line};
	struct parameter word;

	while (command_line_next(&reader, &word)) {
		char *longer;

		if (!is_for_one_boot(&word))
			continue;
		if (asprintf(&longer, "%s%s%.*s", *ret ? *ret : "", *ret ? ", " : "",
			    (int)word.length, word.start) < 0)
			return error_no_memory();
		free(*ret);
		*ret = longer;
	}
	return NULL;
}
