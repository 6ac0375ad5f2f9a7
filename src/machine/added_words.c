/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the running kernel has put on its command line itself: built in at its configuration
 * (arch/x86/Kconfig, CMDLINE_BOOL, CMDLINE and CMDLINE_OVERRIDE; arch/x86/kernel/setup.c,
 * setup_arch()), and out of a boot configuration at the end of its initrd or built in
 * (Documentation/admin-guide/bootconfig.rst; init/main.c, setup_command_line()).
 */
#include "machine/facts.h"

#include <stdio.h>
#include <stdlib.h>

/* A string of Kconfig's: in quotes, with a backslash before quotes and backslashes. */
static char *unquote(struct text text)
{
	char *string, *to;

	if (text_size(text) < 2 || *text.at != '"' || text.end[-1] != '"')
		return strdup("");
	text.at++;
	text.end--;
	to = string = malloc(text_size(text) + 1);
	while (string && text.at < text.end) {
		text.at += *text.at == '\\' && text.at + 1 < text.end;
		*to++ = *text.at++;
	}
	if (string)
		*to = '\0';
	return string;
}

struct error *kernel_config_parse(struct bytes contents, struct added_words *ret)
{
	struct text text = text_of(contents), line;
	bool built_in = false;

	while (text_take(&text, '\n', &line)) {
		if (text_equals(line, "CONFIG_CMDLINE_BOOL=y", 21))
			built_in = true;
		else if (text_equals(line, "CONFIG_CMDLINE_OVERRIDE=y", 25))
			ret->overrides = true;
		else if (text_equals(line, "CONFIG_BOOT_CONFIG_EMBED=y", 26))
			ret->bootconfig_built_in = true;
		else if (text_skip(&line, "CONFIG_CMDLINE=")) {
			free(ret->built_in);
			ret->built_in = unquote(line);
			if (!ret->built_in)
				return error_no_memory();
		}
	}
	if (built_in && ret->built_in && *ret->built_in)
		return NULL;
	free(ret->built_in);
	ret->built_in = NULL;
	ret->overrides = false;
	return NULL;
}

/* One word of the command line, as the kernel makes it of a key and a value. */
static struct error *add_word(struct text name, struct text value, char **words)
{
	return set_string(words, "%s%s%.*s%s%.*s%s", *words ? *words : "", *words ? " " : "",
		(int)text_size(name), name.at, text_is_empty(value) ? "" : "=\"",
		(int)text_size(value), value.at, text_is_empty(value) ? "" : "\"");
}

/* The next value: between quotes of either kind, which do not occur in it; a comma may follow. */
static bool take_value(struct text *text, struct text *ret)
{
	char quote = text_is_empty(*text) ? '\0' : *text->at;

	if (quote != '"' && quote != '\'')
		return false;
	text->at++;
	text_take(text, quote, ret);
	text_skip(text, ", ");
	return true;
}

struct error *bootconfig_parse(struct bytes contents, struct added_words *ret)
{
	struct text text = text_of(contents), key, value;

	for (text = text_trim(text); !text_is_empty(text); text = text_trim(text)) {
		char **words = NULL;

		/* Newer kernels add a comment, a line each. */
		if (text_skip(&text, "#")) {
			text_take(&text, '\n', &value);
			continue;
		}
		text_take(&text, '=', &key);
		key = text_trim(key);
		if (text_skip(&key, "kernel."))
			words = &ret->bootconfig;
		else if (text_skip(&key, "init."))
			words = &ret->bootconfig_init;
		text_skip(&text, " ");
		while (take_value(&text, &value))
			if (words)
				TRY(add_word(key, value, words));
	}
	return NULL;
}

struct error *read_added_words(struct source *source, struct machine *machine)
{
	struct bytes contents;
	bool found;

	TRY(kernel_config_read(source, machine, &found, &contents));
	TRY(kernel_config_parse(contents, &machine->added));
	TRY(source_file(source, "proc/bootconfig", &found, &contents));
	return found ? bootconfig_parse(contents, &machine->added) : NULL;
}
