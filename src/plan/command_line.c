/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/command_line.h"

#include "base/error.h"
#include "machine/machine.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

/* Parameters that speak of the boot that is over, by whole name. */
static const struct {
	const char *name;
	bool crash_only; /* dropped only when the new kernel is a crash kernel */
} old_boot[] = {
	{"BOOT_IMAGE", false}, /* GRUB: the path of the kernel that it loaded */
	{"initrd", false},     /* EFI stub: a file on the ESP, read by firmware only */
	{"elfcorehdr", false}, /* a crash kernel's own; an address in the old memory */
	{"kho_fdt", false},    /* kexec handover: addresses in the old memory */
	{"kho_scratch", false},
	{"crashkernel", true}, /* a crash kernel must not reserve another one's memory */
};

struct word {
	const char *start;
	size_t length;
	size_t name_length; /* up to '=' */
};

/* The next word at or after @text; false at the end. */
static bool next_word(const char *text, struct word *ret)
{
	bool quoted = false;
	size_t i;

	while (isspace((unsigned char)*text))
		text++;
	*ret = (struct word){.start = text};
	for (i = 0; text[i] && (quoted || !isspace((unsigned char)text[i])); i++) {
		if (text[i] == '"')
			quoted = !quoted;
		if (text[i] == '=' && !ret->name_length)
			ret->name_length = i;
	}
	ret->length = i;
	if (!ret->name_length)
		ret->name_length = i;
	return i > 0;
}

static bool word_is(const struct word *word, const char *name)
{
	return word->name_length == strlen(name) &&
	       memcmp(word->start, name, word->name_length) == 0;
}

unsigned int command_line_count(const char *command_line, const char *name)
{
	unsigned int count = 0;
	struct word word;

	for (; next_word(command_line, &word); command_line = word.start + word.length)
		count += word_is(&word, name);
	return count;
}

struct error *command_line_each(const char *command_line, const char *name,
	struct error *(*visit)(const char *value, void *data), void *data)
{
	struct word word;

	for (; next_word(command_line, &word); command_line = word.start + word.length) {
		struct error *error;
		char *value;

		if (!word_is(&word, name) || word.length <= word.name_length)
			continue;
		value = strndup(
			word.start + word.name_length + 1, word.length - word.name_length - 1);
		error = value ? visit(value, data) : error_no_memory();
		free(value);
		TRY(error);
	}
	return NULL;
}

bool command_line_has(const char *command_line, const char *name)
{
	return command_line_count(command_line, name) > 0;
}

bool command_line_size(const char **text, uint64_t *ret)
{
	static const char suffixes[] = "kmgtpe";
	const char *suffix;
	char *end;

	errno = 0;
	*ret = strtoull(*text, &end, 0);
	if (end == *text || errno || **text == '-')
		return false;
	suffix = *end ? strchr(suffixes, *end | 0x20) : NULL;
	if (suffix) {
		unsigned int shift = 10 * (unsigned int)(suffix - suffixes + 1);

		if (*ret << shift >> shift != *ret)
			return false;
		*ret <<= shift;
		end++;
	}
	*text = end;
	return true;
}

static bool belongs_to_old_boot(const struct word *word, enum target target)
{
	for (size_t i = 0; i < sizeof(old_boot) / sizeof(old_boot[0]); i++)
		if (word_is(word, old_boot[i].name))
			return !old_boot[i].crash_only || target == TARGET_CRASH;
	return false;
}

/* Append @length bytes of @text to the string in @line, after a space unless it is empty. */
static struct error *append(struct blob *line, const char *text, size_t length)
{
	if (!length)
		return NULL;
	if (line->size)
		TRY(blob_append(line, " ", 1));
	return blob_append(line, text, length);
}

static struct error *append_reused(
	const char *old, enum target target, struct blob *line, struct blob *dropped)
{
	struct word word;

	for (; next_word(old, &word); old = word.start + word.length)
		TRY(append(belongs_to_old_boot(&word, target) ? dropped : line, word.start,
			word.length));
	return NULL;
}

static struct error *to_string(const struct blob *blob, char **ret)
{
	*ret = blob->size ? strndup((const char *)blob->data, blob->size) : strdup("");
	return *ret ? NULL : error_no_memory();
}

struct error *command_line_compose(const struct request *request, const struct machine *machine,
	char **ret, char **ret_dropped)
{
	_cleanup_blob_ struct blob line = {0}, dropped = {0};

	*ret = NULL;
	*ret_dropped = NULL;
	if (request->reuse_command_line && !machine->command_line)
		return error_new(ERROR_UNSUPPORTED,
			"command line: the running kernel's is not known (/proc/cmdline was not "
			"read); give one");
	if (request->reuse_command_line)
		TRY(append_reused(machine->command_line, request->target, &line, &dropped));
	if (request->command_line)
		TRY(append(&line, request->command_line, strlen(request->command_line)));
	if (request->append)
		TRY(append(&line, request->append, strlen(request->append)));
	TRY(to_string(&line, ret));
	return dropped.size ? to_string(&dropped, ret_dropped) : NULL;
}
